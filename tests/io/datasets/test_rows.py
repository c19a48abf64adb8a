"""One row of a table: its file by whatever name, and its labels, split and ignored photos, or why it is wrong."""

from __future__ import annotations

import re
import unicodedata
from pathlib import Path, PurePosixPath
from typing import Any

import pytest

from resight.io.datasets.rows import Files, checked_row, inside

PLACE = Path("set")


def test_a_row_says_all_it_can() -> None:
    what = checked_row(
        {
            "file_name": "b/1.jpg",
            "label": " 007 ",
            "labels": "007|a/b| |Cafe\u0301",
            "split": "TEST",
            "ignore": ["a.jpg", "b.jpg"],
            "ambiguous_with": "./b.jpg|c.jpg",
        },
        PLACE,
    )
    assert (what.file_name, what.labels) == (PurePosixPath("b/1.jpg"), ("007", "a/b", "Caf\u00e9"))
    assert (what.word, what.split) == ("TEST", "query")
    assert [path.as_posix() for path in what.ignore] == ["a.jpg", "b.jpg", "c.jpg"]


@pytest.mark.parametrize(
    ("label", "labels"),
    [(None, ()), ("", ()), ("a|b", ("a|b",)), (7, ("7",)), (float("nan"), ()), (7.0, ("7",)), ([1.0, "b"], ("1", "b"))],
)
def test_a_label_is_text_or_nothing(label: Any, labels: tuple[str, ...]) -> None:
    assert checked_row({"file_name": "1.jpg", "label": label}, PLACE).labels == labels


@pytest.mark.parametrize(
    ("cells", "problem"),
    [
        ({}, "no file_name"),
        ({"file_name": "  "}, "no file_name"),
        ({"file_name": "."}, "no file_name"),
        ({"file_name": None}, "no file_name"),
        ({"file_name": float("nan")}, "no file_name"),
        ({"file_name": 7}, "7 where file_name was wanted; write it as text, in quotes"),
        ({"file_name": ["1.jpg"]}, r"\['1.jpg'\] where file_name was wanted"),
        ({"file_name": "/a.jpg"}, "leads out of the folder"),
        ({"file_name": "a/../../b.jpg"}, "leads out of the folder"),
        ({"file_name": r"a\..\..\b.jpg"}, "leads out of the folder"),
        ({"file_name": r"D:\a.jpg"}, "leads out of the folder"),
        ({"file_name": r"\\server\a.jpg"}, "leads out of the folder"),
        ({"file_name": "1.jpg", "ignore": "../2.jpg"}, "leads out of the folder"),
        ({"file_name": "1.jpg", "label": 1.5}, "1.5 where text was wanted"),
        ({"file_name": "1.jpg", "label": 1e300}, "where text was wanted"),
        ({"file_name": "1.jpg", "label": {"a": 1}}, "where text was wanted"),
        ({"file_name": "1.jpg", "label": True}, "True where text was wanted; write it as text, in quotes"),
        ({"file_name": "1.jpg", "labels": ["a", False]}, "False where text was wanted"),
        ({"file_name": "1.jpg", "label": "a\ud800"}, "no text in Unicode"),
        ({"file_name": "1.jpg", "split": "refrence"}, "did you mean 'reference'"),
    ],
)
def test_a_wrong_row_says_why(cells: dict[str, Any], problem: str) -> None:
    with pytest.raises(ValueError, match=problem):
        checked_row(cells, PLACE)


def test_a_whole_path_may_lie_in_the_folder_however_that_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "set").mkdir()
    (tmp_path / "link").symlink_to("set", target_is_directory=True)
    monkeypatch.chdir(tmp_path)
    for place in (Path("set"), tmp_path / "set", Path("link")):
        for above in (tmp_path / "set", tmp_path / "link", tmp_path.resolve() / "set"):
            assert inside(f"{above}/1.jpg", place) == PurePosixPath("1.jpg")
        assert inside(f"{tmp_path.resolve() / 'set'}/a/1.jpg", place) == PurePosixPath("a/1.jpg")
    for other in (tmp_path / "set2" / "1.jpg", tmp_path / "set", tmp_path / "1.jpg", "/set/1.jpg"):
        with pytest.raises(ValueError, match="leads out of the folder"):
            inside(str(other), Path("set"))
    with pytest.raises(ValueError, match="leads out of the folder"):
        inside(f"{tmp_path}/set/../1.jpg", Path("set"))


@pytest.fixture
def files(tmp_path: Path) -> Files:
    photos = ["img/0.jpg", "img/Cafe\u0301.jpg", "IMG_1.JPG", " blank.jpg", r"odd\name.jpg", "x/same.jpg", "y/same.jpg"]
    for photo in photos:
        (tmp_path / photo).parent.mkdir(exist_ok=True)
        (tmp_path / photo).touch()
    return Files(tmp_path, map(PurePosixPath, photos))


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("img/0.jpg", "img/0.jpg"),
        (r"img\0.jpg", "img/0.jpg"),
        (r".\img\0.jpg ", "img/0.jpg"),
        ("img/Caf\u00e9.jpg", "img/Cafe\u0301.jpg"),
        (r"img\Caf" + "\u00e9.jpg", "img/Cafe\u0301.jpg"),
        (" blank.jpg", " blank.jpg"),
        (r"odd\name.jpg", r"odd\name.jpg"),
    ],
)
def test_a_file_is_found_by_what_windows_and_macs_call_it(files: Files, name: str, found: str) -> None:
    path = files.find(PurePosixPath(name))
    assert unicodedata.normalize("NFC", path.as_posix()) == unicodedata.normalize("NFC", found)
    assert (files.folder / path).is_file()


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("img_1.jpg", "IMG_1.JPG"),
        ("IMG/0.jpg", "img/0.jpg"),
        ("0.jpg", "img/0.jpg"),
        ("img/0", "img/0.jpg"),
        ("0", "img/0.jpg"),
        ("img/0.png", "img/0.jpg"),
        (r"X\SAME", "x/same.jpg"),
        ("same.jpg", None),
        ("z.jpg", None),
    ],
)
def test_a_file_that_is_not_there_may_be_another(files: Files, name: str, meant: str | None) -> None:
    with pytest.raises(ValueError, match=re.escape(f"{name!r} is no file in this folder")) as refused:
        files.find(PurePosixPath(name))
    assert ("did you mean" in str(refused.value)) == bool(meant)
    assert (meant or "") in str(refused.value)
