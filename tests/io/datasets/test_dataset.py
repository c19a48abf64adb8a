"""Data sets: folders, tables and Parquet files become the same records, and what contradicts itself is refused."""

from __future__ import annotations

import csv
import io
import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from resight.errors import DatasetError, PhotoError
from resight.io.datasets.dataset import Dataset, Entry, discover, unlabelled_photos


def _lay(root: Path, *names: str) -> Path:
    """A folder with a small file of each name; its bytes are the name."""
    for name in names:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(name.encode())
    return root


def _sheet(root: Path, *rows: tuple[Any, ...], encoding: str = "utf-8") -> Path:
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    root.mkdir(parents=True, exist_ok=True)
    (root / "metadata.csv").write_bytes(text.getvalue().encode(encoding))
    return root


def _seen(dataset: Dataset, root: Path) -> list[tuple[str, str, tuple[str, ...]]]:
    return [(entry.name.removeprefix(f"{root.as_posix()}/"), entry.split, entry.labels) for entry in dataset.entries]


# -- folders ---------------------------------------------------------------------------------------------------------


def test_one_folder_per_instance(tmp_path: Path) -> None:
    _lay(tmp_path, "b/2.jpg", "a/x/deep/1.png", "a/10.webp", "a/9.webp", "B/3.JPG", "a b/4.jpg")
    dataset = discover([tmp_path])
    assert _seen(dataset, tmp_path) == [
        ("B/3.JPG", "reference", ("B",)),
        ("a/10.webp", "reference", ("a",)),
        ("a/9.webp", "reference", ("a",)),
        ("a/x/deep/1.png", "reference", ("a",)),
        ("a b/4.jpg", "reference", ("a b",)),
        ("b/2.jpg", "reference", ("b",)),
    ]
    assert [entry.read() for entry in dataset.entries][:2] == [b"B/3.JPG", b"a/10.webp"]
    assert dataset.entries[1].label == "a"


def test_a_label_of_several_folders_is_told(tmp_path: Path) -> None:
    _lay(tmp_path, "hall/a/1.jpg", "hall/b/2.jpg", "b/far/away/3.jpg", "c/4.jpg", "c/far/5.jpg")
    assert discover(tmp_path).survey.nested == (f"{tmp_path}/hall",)


def test_splits_stand_above_labels(tmp_path: Path) -> None:
    _lay(tmp_path, "reference/a/1.jpg", "query/a/2.jpg", "query/b/c/3.jpg", "distractor/a/4.jpg", "distractor/5.jpg")
    _lay(tmp_path, "query/6.jpg", "extras/readme.txt")
    dataset = discover([tmp_path])
    assert _seen(dataset, tmp_path) == [
        ("distractor/5.jpg", "distractor", ()),
        ("distractor/a/4.jpg", "distractor", ()),
        ("query/6.jpg", "query", ()),
        ("query/a/2.jpg", "query", ("a",)),
        ("query/b/c/3.jpg", "query", ("b",)),
        ("reference/a/1.jpg", "reference", ("a",)),
    ]
    assert [entry.label for entry in dataset.of("query", "reference")] == [None, "a", "b", "a"]


def test_splits_beside_labels_are_refused(tmp_path: Path) -> None:
    _lay(tmp_path, "reference/a/1.jpg", "mona/2.jpg")
    with pytest.raises(DatasetError, match=r"holds 'reference' beside 'mona': wanted only splits .* or only labels"):
        discover([tmp_path])


def test_what_is_no_photo_is_passed_over(tmp_path: Path) -> None:
    _lay(tmp_path, "a/1.jpg", "a/.DS_Store", "a/._1.jpg", "a/Thumbs.db", "a/1.txt", ".cache/a/2.jpg", "notes.csv")
    assert _seen(discover([tmp_path]), tmp_path) == [("a/1.jpg", "reference", ("a",))]


def test_names_may_be_strange(tmp_path: Path) -> None:
    _lay(tmp_path, "Ægir  ß/two words.jpg", "line\nbreak/a|b,c;d.jpg", '\'/"quoted".jpg', "日本/絵.jpg")
    found = _seen(discover([tmp_path]), tmp_path)
    assert [labels for _, _, labels in found] == [("'",), ("line\nbreak",), ("Ægir  ß",), ("日本",)]


def test_labels_are_composed_so_that_every_system_spells_them_alike(tmp_path: Path) -> None:
    _lay(tmp_path, "Cafe\u0301/1.jpg")
    (entry,) = discover([tmp_path]).entries
    assert entry.label == "Caf\u00e9"
    assert entry.read() == "Cafe\u0301/1.jpg".encode()  # the file keeps its name


def test_folders_that_are_named_alike_are_one_thing(tmp_path: Path) -> None:
    _lay(tmp_path, "Mona/1.jpg", "Mona /2.jpg", "\u200bMona/3.jpg", "Mona \u00a0/deep/4.jpg", " /5.jpg")
    dataset = discover([tmp_path])
    assert sorted(entry.label or "" for entry in dataset.entries) == ["", "Mona", "Mona", "Mona", "Mona"]
    assert dataset.survey.nested == ()


def test_a_table_may_spell_its_files_in_another_form(tmp_path: Path) -> None:
    """A Mac writes é in two characters and Excel in one; whichever is on the disk is read."""
    _lay(tmp_path, "cafe\u0301/1.jpg", "na\u00efve.jpg", "b.jpg")
    rows = [
        ("caf\u00e9/1.jpg", " Caf\u00e9\u00a0", ""),
        ("nai\u0308ve.jpg", "Cafe\u0301", ""),
        ("b.jpg", "b", "caf\u00e9/1.jpg"),
    ]
    dataset = discover(_sheet(tmp_path, ("file_name", "label", "ignore"), *rows))
    assert [entry.labels for entry in dataset.entries] == [("Caf\u00e9",), ("Caf\u00e9",), ("b",)]
    assert [entry.read() for entry in dataset.entries[:2]] == ["cafe\u0301/1.jpg".encode(), "na\u00efve.jpg".encode()]
    assert dataset.entries[2].ignore == (dataset.entries[0].name,)
    assert dataset.survey.left_out == ()


def test_a_name_that_is_not_unicode_is_spelled_out_and_told(tmp_path: Path) -> None:
    try:
        _lay(tmp_path, "a/1.jpg").joinpath(os.fsdecode(b"a/caf\xe9.jpg")).write_bytes(b"there")
    except (OSError, UnicodeError):
        pytest.skip("this file system has only Unicode names")
    dataset = discover([tmp_path])
    assert [entry.name for entry in dataset.entries] == [f"{tmp_path}/a/1.jpg", f"{tmp_path}/a/caf\\xe9.jpg"]
    assert dataset.entries[1].read() == b"there"
    assert [(note.kind, note.count) for note in dataset.survey.noted] == [("name not in Unicode, spelled out", 1)]


def test_photos_without_a_folder_have_no_label(tmp_path: Path) -> None:
    dataset = discover(_lay(tmp_path, "1.jpg", "a/2.jpg", *(f"{i}.png" for i in range(10, 16))))
    assert [entry.label for entry in dataset.entries].count(None) == 7


def test_links_are_followed_but_loops_end(tmp_path: Path) -> None:
    _lay(tmp_path, "photos/a/1.jpg", "elsewhere/2.jpg")
    try:
        (tmp_path / "photos/b").symlink_to(tmp_path / "elsewhere")
    except OSError:
        pytest.skip("this file system has no links")
    (tmp_path / "photos/a/loop").symlink_to(tmp_path / "photos")
    (tmp_path / "photos/a/itself").symlink_to("itself")
    (tmp_path / "elsewhere/back").symlink_to(tmp_path / "photos/a")
    found = _seen(discover([tmp_path / "photos"]), tmp_path / "photos")
    assert [name for name, _, _ in found] == ["a/1.jpg", "b/2.jpg", "b/back/1.jpg"]


def test_a_link_that_leads_nowhere_is_listed_and_fails_when_read(tmp_path: Path) -> None:
    _lay(tmp_path, "a/1.jpg")
    try:
        (tmp_path / "a/2.jpg").symlink_to(tmp_path / "gone.jpg")
    except OSError:
        pytest.skip("this file system has no links")
    with pytest.raises(PhotoError, match="there is no such file; check the path"):
        discover([tmp_path]).entries[1].read()


def test_reading_keeps_the_limit_of_bytes(tmp_path: Path) -> None:
    with pytest.raises(PhotoError, match="MB or more"):
        discover([_lay(tmp_path, "a/1.jpg")]).entries[0].read(max_bytes=3)


# -- roots -----------------------------------------------------------------------------------------------------------


def test_names_begin_with_the_root_as_given(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _lay(tmp_path, "one/a/1.jpg", "two/a/1.jpg")
    monkeypatch.chdir(tmp_path)
    assert [entry.name for entry in discover(["two", Path("./one")]).entries] == ["two/a/1.jpg", "one/a/1.jpg"]
    assert [entry.name for entry in discover(".").entries] == ["one/a/1.jpg", "two/a/1.jpg"]


def test_a_photo_in_two_roots_is_refused(tmp_path: Path) -> None:
    _lay(tmp_path, "a/x/1.jpg")
    with pytest.raises(DatasetError, match=r"1\.jpg' lie in two of the folders given"):
        discover([tmp_path, tmp_path / "a"])


@pytest.mark.parametrize(
    ("names", "root", "message"),
    [
        ((), ".", "holds nothing: wanted files such as"),
        (("a/1.cr2", "a/2.cr2", "b.txt", "c"), ".", "holds no photos, but 2 of .cr2, 1 of .txt, 1 of no suffix"),
        ((), "missing", "cannot list '.*missing' .*: wanted a folder of photos; check path"),
        (("1.jpg",), "1.jpg", "is a file: wanted a folder of photos or a .parquet file; name its folder"),
        (("metadata.csv",), "metadata.csv", "is a file: wanted a folder"),
        (("a.parquet",), "a.parquet", "cannot be read as Parquet"),
    ],
)
def test_what_is_no_data_set_is_refused_with_what_to_do(
    tmp_path: Path, names: tuple[str, ...], root: str, message: str
) -> None:
    with pytest.raises(DatasetError, match=message):
        discover([_lay(tmp_path, *names) / root])


def test_no_root_is_refused() -> None:
    with pytest.raises(DatasetError, match="no folder was given"):
        discover([])


def test_a_folder_that_may_not_be_listed_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """By a stand-in for the system's refusal: whoever runs the tests may be allowed everything."""

    def refuse(folder: Path) -> None:
        raise PermissionError(13, "Permission denied", str(folder))

    monkeypatch.setattr(Path, "iterdir", refuse)
    with pytest.raises(DatasetError, match=r"cannot list '.*' \(Permission denied\)"):
        discover([tmp_path])


# -- metadata.csv ----------------------------------------------------------------------------------------------------


def test_a_table_beats_the_folders(tmp_path: Path) -> None:
    _lay(tmp_path, "reference/wrong/1.jpg", "reference/wrong/2.jpg", "b c.jpg", "unlisted/3.jpg", "4.jpg")
    _sheet(
        tmp_path,
        ("file_name", "label", "split", "labels", "ignore", "note"),
        ("b c.jpg", "007", "query", "007|a/b", "reference/wrong/1.jpg|./4.jpg", 'said "so", twice'),
        ("reference/wrong/1.jpg", "007", "", "", "", ""),
        ("reference/wrong/2.jpg", "a/b", "train", "", "", ""),
        ("4.jpg", "x", "distractor", "x", "", ""),
    )
    dataset = discover([tmp_path])
    assert _seen(dataset, tmp_path) == [
        ("b c.jpg", "query", ("007", "a/b")),
        ("reference/wrong/1.jpg", "reference", ("007",)),
        ("reference/wrong/2.jpg", "train", ("a/b",)),
        ("4.jpg", "distractor", ()),
    ]
    assert dataset.entries[0].ignore == (dataset.entries[1].name, dataset.entries[3].name)
    assert dataset.entries[0].read() == b"b c.jpg"
    assert dataset.survey.left_out == ((tmp_path / "unlisted/3.jpg").as_posix(),)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
def test_a_byte_order_mark_is_no_part_of_a_column(tmp_path: Path, encoding: str) -> None:
    _sheet(_lay(tmp_path, "1.jpg"), ("file_name ", " label"), ("1.jpg", " Ærø "), encoding=encoding)
    assert _seen(discover([tmp_path]), tmp_path) == [("1.jpg", "reference", ("Ærø",))]


def test_only_labels_are_several(tmp_path: Path) -> None:
    _lay(tmp_path, "1.jpg", "2.jpg", "3.jpg")
    rows = [("1.jpg", "AC|DC", ""), ("2.jpg", "", "b| |a|b"), ("3.jpg", "c", "a|c")]
    _sheet(tmp_path, ("file_name", "label", "labels"), *rows)
    assert [entry.labels for entry in discover([tmp_path]).entries] == [("AC|DC",), ("b", "a"), ("c", "a")]


def test_a_row_may_end_early(tmp_path: Path) -> None:
    _sheet(_lay(tmp_path, "1.jpg"), ("label", "file_name", "split"), ("a", "1.jpg"), ())
    assert _seen(discover([tmp_path]), tmp_path) == [("1.jpg", "reference", ("a",))]


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        (("gone.jpg", "a"), "'gone.jpg' is no file in this folder"),
        (("1.jpg", "a"), "'1.jpg' stands there for the second time"),
        (("./1.jpg", "a"), "'1.jpg' stands there for the second time"),
        (("../1.jpg", "a"), "'../1.jpg' leads out of the folder; wanted a path inside it"),
        (("a/../../1.jpg", "a"), "'a/../../1.jpg' leads out of the folder; wanted a path inside it"),
        (("/etc/passwd", "a"), "'/etc/passwd' leads out of the folder; wanted a path inside it"),
        (("C:\\photos\\1.jpg", "a"), r"'C:\\photos\\1.jpg' leads out of the folder; wanted a path inside it"),
        (("", "a"), "no file_name"),
        (("a", "b", "c"), "more cells than the header has names; put what holds a comma into quotes"),
        (("folder", "a"), "'folder' is no file in this folder"),
        (("2\0.jpg", "a"), "'2\\x00.jpg' is no file in this folder"),
        (("folder/2.jpg", "b", ""), None),
    ],
)
def test_a_wrong_row_is_told_with_its_line_and_the_others_are_taken(
    tmp_path: Path, row: tuple[str, ...], problem: str | None
) -> None:
    _sheet(_lay(tmp_path, "1.jpg", "folder/2.jpg"), ("file_name", "label"), ("1.jpg", "a"), row)
    dataset = discover([tmp_path])
    assert [entry.label for entry in dataset.entries] == (["a"] if problem else ["a", "b"])
    wrong = [(one.place, one.reason) for one in dataset.survey.refused]
    assert wrong == ([(f"{tmp_path}/metadata.csv, line 3", problem)] if problem else [])


def test_a_table_of_wrong_rows_alone_is_refused(tmp_path: Path) -> None:
    _sheet(tmp_path, ("file_name",), *((f"{number}.jpg",) for number in range(8)))
    with pytest.raises(DatasetError, match=r"line 2: '0\.jpg' .*, line 6: .* in this folder and 3 more: mend"):
        discover([tmp_path])


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (b"", "begins with nothing: wanted a line of column names, file_name among them"),
        (b"name,label\n1.jpg,a\n", "begins with 'name', 'label': wanted"),
        (b"file;label\n1.jpg;a\n", "begins with 'file;label': .* save the table with commas"),
        (b"path,label\n1.jpg,a\n", "did you mean 'path'"),
        (b"file_name,label,Label\n1.jpg,a,b\n", "has two columns label: wanted one"),
        (
            "file_name,label\n1.jpg,é\n".encode("latin-1"),
            "line 2: letters that are not in UTF-8; save the table as CSV",
        ),
        ("file_name\n".encode("utf-16"), "has no rows"),
        ("file_name\n".encode("utf-16")[:-1], "cannot be read .*: save it as CSV in UTF-8"),
        (b'file_name\n"1.jpg\n', "line 2: a quote too many or too few .*; write a quote inside quotes twice"),
        (b"file_name\n", "has no rows"),
    ],
)
def test_a_broken_table_is_refused(tmp_path: Path, text: bytes, message: str) -> None:
    _lay(tmp_path, "1.jpg").joinpath("metadata.csv").write_bytes(text)
    with pytest.raises(DatasetError, match=message):
        discover([tmp_path])


# -- Parquet ---------------------------------------------------------------------------------------------------------


def _parquet(path: Path, **columns: Any) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.table(columns), path)
    return path


def test_a_parquet_file_is_a_data_set(tmp_path: Path) -> None:
    path = _parquet(
        tmp_path / "set.PARQUET",
        image=[b"one", b"two", b"three"],
        file_name=["b/1.jpg", "a/1.jpg", "2.jpg"],
        label=["007", "x|y", "z"],
        labels=[["007", "8"], [], ["z"]],
        split=["query", None, "distractor"],
        ignore=["a/1.jpg|2.jpg", "", None],
    )
    dataset = discover([path])
    assert _seen(dataset, path) == [
        ("b/1.jpg", "query", ("007", "8")),
        ("a/1.jpg", "reference", ("x|y",)),
        ("2.jpg", "distractor", ()),
    ]
    assert dataset.entries[0].ignore == tuple(entry.name for entry in dataset.entries[1:])
    assert [entry.read() for entry in reversed(dataset.entries)] == [b"three", b"two", b"one"]


@pytest.mark.parametrize("name", ["images.parquet", "Images.Parquet"])
def test_a_folder_may_hold_only_images_parquet(tmp_path: Path, name: str) -> None:
    _parquet(tmp_path / name, image=[b"1"], label=[7], ambiguous_with=[["a.jpg", "b.jpg"]])
    (entry,) = discover([tmp_path]).entries
    place = (tmp_path / name).as_posix()
    assert [asked.read() for asked in unlabelled_photos([tmp_path]).entries] == [b"1"]
    assert (entry.name, entry.labels) == (f"{place}/000000", ("7",))
    assert entry.ignore == (f"{place}/a.jpg", f"{place}/b.jpg")
    _lay(tmp_path, "a/1.jpg")
    with pytest.raises(DatasetError, match=rf"holds {re.escape(name)} beside other photos \(1\)"):
        discover([tmp_path])


@pytest.mark.parametrize(
    ("columns", "problem"),
    [
        ({"file_name": ["a", "a"]}, "row 1: 'a' stands there for the second time"),
        ({"file_name": ["a", None]}, "row 1: no file_name"),
        ({"file_name": ["a", "../a"]}, "row 1: '../a' leads out of the folder"),
        ({"label": [1.5, 2.0]}, "row 0: 1.5 where text was wanted"),
        ({"label": [True, False]}, "row 0: True where text was wanted"),
    ],
)
def test_wrong_rows_of_a_parquet_file_are_named(tmp_path: Path, columns: dict[str, Any], problem: str) -> None:
    path = _parquet(tmp_path / "a.parquet", image=[b"1", b"2"], **columns)
    try:
        wrong = "; ".join(f"{one.place}: {one.reason}" for one in discover([path]).survey.refused)
    except DatasetError as error:  # both rows are
        wrong = str(error)
    assert problem in wrong.replace("a.parquet, ", "")


def test_folders_and_files_are_combined(tmp_path: Path) -> None:
    path = _parquet(tmp_path / "a.parquet", image=[b"1"])
    folder = _lay(tmp_path / "photos", "a/1.jpg")
    _sheet(_lay(tmp_path / "listed", "1.jpg", "2.jpg"), ("file_name",), ("2.jpg",))
    dataset = discover([path, folder, tmp_path / "listed"])
    assert [entry.read() for entry in dataset.entries] == [b"1", b"a/1.jpg", b"2.jpg"]
    assert dataset.survey.left_out == ((tmp_path / "listed/1.jpg").as_posix(),)


@pytest.mark.parametrize("name", ["museum", "sf-buildings"])
def test_a_pack_is_the_same_unpacked_or_not(name: str, shared: Path, pack: Callable[..., Path]) -> None:
    folder = pack(name)
    parquet = shared / "data" / name / "images.parquet"
    unpacked, packed = discover([folder]).entries, discover([parquet.parent]).entries
    file_names = {entry.name: Path(entry.name).name for entry in unpacked}  # without SPLIT/LABEL, which `unpack` adds
    file_names |= {e.name: e.name.removeprefix(f"{parquet.as_posix()}/").replace("/", "_") for e in packed}

    def described(entry: Entry) -> tuple[Any, ...]:
        """With the ignored photos that exist: `unpack` leaves out the names of others."""
        ignore = [file_names[name] for name in entry.ignore if name in file_names]
        return file_names[entry.name], entry.labels, entry.split, ignore

    assert [described(entry) for entry in unpacked] == [described(entry) for entry in packed]
    assert [entry.read() for entry in unpacked[::50]] == [entry.read() for entry in packed[::50]]
    assert any(entry.ignore for entry in packed) == (name == "sf-buildings")
    assert len({entry.name for entry in packed}) == len(packed) == {"museum": 437, "sf-buildings": 683}[name]
