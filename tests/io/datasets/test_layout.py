"""Layouts of folders: tables in one or several folders, splits by any word, and things that have no photo."""

from __future__ import annotations

from pathlib import Path

import pytest

from resight.errors import DatasetError
from resight.io.datasets.entries import Entry
from resight.io.datasets.folders import FolderListing, listing
from resight.io.datasets.layout import SPREADSHEET, laid_out, no_photos
from resight.io.datasets.survey import RefusedPlace, Survey


def _lay(root: Path, **files: str) -> None:
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def _laid(root: Path, files: dict[str, str]) -> tuple[list[tuple[str, str, tuple[str, ...]]], Survey]:
    _lay(root, **files)
    entries, survey = laid_out(root, listing(root))

    def told(entry: Entry) -> tuple[str, str, tuple[str, ...]]:
        return entry.name.removeprefix(f"{root}/"), entry.split, entry.labels

    return [told(entry) for entry in entries], survey


def _noted(survey: Survey) -> dict[str, int]:
    return {note.kind: note.count for note in survey.noted}


@pytest.mark.parametrize("name", ["metadata.csv", "Metadata.CSV"])
def test_a_table_in_each_split_s_folder(tmp_path: Path, name: str) -> None:
    """As Hugging Face's ImageFolder has it."""
    entries, survey = _laid(
        tmp_path,
        {
            "train/1.jpg": "",
            f"train/{name}": "file_name,label\n1.jpg,Cup\n",
            "Test/2.jpg": "",
            "Test/3.jpg": "",
            f"Test/{name}": "file_name,label\n2.jpg,Cat\n",
        },
    )
    assert entries == [("Test/2.jpg", "query", ("Cat",)), ("train/1.jpg", "train", ("Cup",))]
    assert survey.left_out == (f"{tmp_path}/Test/3.jpg",)
    assert _noted(survey) == {"split 'Test' read as query": 2}
    assert survey.passed_over == ()


def test_tables_further_down_count_for_their_folders_alone(tmp_path: Path) -> None:
    entries, survey = _laid(
        tmp_path,
        {
            "spring/img/1.jpg": "",
            "spring/metadata.jsonl": '{"file_name": "img/1.jpg", "label": "ant"}\n',
            "bee/2.jpg": "",
            "cat/3.jpg": "",
            "cat/metadata.csv": "file_name,photographer\n3.jpg,me\n",
            "bee/metadata.csv": "aperture,exposure\n2.8,1/60\n",
        },
    )
    assert entries == [
        ("spring/img/1.jpg", "reference", ("ant",)),
        ("bee/2.jpg", "reference", ("bee",)),
        ("cat/3.jpg", "reference", ("cat",)),
    ]
    assert _noted(survey) == {
        "table with no column label, only 'file_name', 'photographer', not read": 1,
        "table of another kind, not read": 1,
    }


def test_a_table_of_the_whole_folder_is_alone_in_force(tmp_path: Path) -> None:
    entries, survey = _laid(
        tmp_path,
        {
            "train/1.jpg": "",
            "test/2.jpg": "",
            "train/metadata.csv": "file_name,label\n1.jpg,Cup\n",
            "metadata.csv": "file_name,label\ntrain/1.jpg,Mug\ntest/2.jpg,Cat\n",
        },
    )
    assert entries == [("train/1.jpg", "train", ("Mug",)), ("test/2.jpg", "query", ("Cat",))]
    assert _noted(survey)["table beside one of the whole folder, not read"] == 1


def test_a_column_of_splits_beats_the_folders(tmp_path: Path) -> None:
    files = {"reference/1.jpg": "", "query/2.jpg": "", "other/3.jpg": ""}
    table = "file_name,label,split\nreference/1.jpg,a,Queries\nquery/2.jpg,b,\nother/3.jpg,c,fold 1\n"
    entries, survey = _laid(tmp_path, files | {"metadata.csv": table})
    assert [split for _, split, _ in entries] == ["query", "reference", "fold 1"]
    assert _noted(survey) == {"split 'Queries' read as query": 1}


def test_a_table_of_another_name_is_told_and_asked_about_where_it_alone_tells_things_apart(tmp_path: Path) -> None:
    labels = "file_name,label\nimg/1.jpg,a\n"
    with pytest.raises(DatasetError, match=r"but labels\.csv, a table with labels, .* Call it metadata\.csv"):
        _laid(tmp_path / "one", {"img/1.jpg": "", "labels.csv": labels})
    several = {"ant/1.jpg": "", "bee/2.jpg": "", "labels.csv": labels, "notes.csv": "x\n"}
    entries, survey = _laid(tmp_path / "two", several)
    assert [labels for _, _, labels in entries] == [("ant",), ("bee",)]
    assert _noted(survey) == {"table not called metadata.csv, not read": 2}
    assert _noted(_laid(tmp_path / "three", {"ant/1.jpg": "", "notes.csv": "x\n"})[1])


def test_the_table_of_a_split_that_cannot_be_read_is_refused(tmp_path: Path) -> None:
    files = {"train/1.jpg": "", "train/metadata.csv": "path,label\n1.jpg,a\n", "test/2.jpg": ""}
    with pytest.raises(DatasetError, match="did you mean 'path'"):
        _laid(tmp_path, files)


def test_two_tables_in_one_folder_are_refused(tmp_path: Path) -> None:
    files = {"1.jpg": "", "metadata.csv": "file_name\n1.jpg\n", "metadata.jsonl": '{"file_name": "1.jpg"}'}
    with pytest.raises(DatasetError, match=r"holds metadata\.csv and metadata\.jsonl: wanted one table"):
        _laid(tmp_path, files)


def test_a_table_that_may_not_be_read_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The folders would be taken for labels without it. By a stand-in for the system's refusal."""

    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    _lay(tmp_path, **{"img/1.jpg": "", "metadata.csv": "file_name,label\nimg/1.jpg,a\n"})
    monkeypatch.setattr(Path, "open", refuse)
    with pytest.raises(DatasetError, match=r"metadata\.csv' cannot be read .* nobody knows what the photos show"):
        laid_out(tmp_path, listing(tmp_path))


def test_splits_may_be_called_as_elsewhere(tmp_path: Path) -> None:
    entries, survey = _laid(tmp_path, {"Gallery/a/1.jpg": "", "query/a/2.jpg": "", "query/3.jpg": ""})
    assert entries == [
        ("Gallery/a/1.jpg", "reference", ("a",)),
        ("query/3.jpg", "query", ()),
        ("query/a/2.jpg", "query", ("a",)),
    ]
    assert _noted(survey) == {"split 'Gallery' read as reference": 1}


def test_a_split_s_folder_above_all_others_is_asked_about(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match=r"holds one folder, 'train', with 2 folders .* did you mean 'train' itself"):
        _laid(tmp_path, {"train/a/1.jpg": "", "train/b/2.jpg": ""})


def test_folders_that_may_be_splits_are_asked_about_unless_tables_describe_them(tmp_path: Path) -> None:
    files = {"latest/front/2.jpg": "", "known/front/1.jpg": ""}
    with pytest.raises(DatasetError, match="2 folders with folders of photos in them, 'known' among them, that may"):
        _laid(tmp_path, files)
    table = "file_name,label\nfront/{}.jpg,a\n"
    entries, _ = _laid(
        tmp_path, {"known/metadata.csv": table.format(1), "latest/metadata.csv": table.format(2), "ant/3.jpg": ""}
    )
    assert [(name, label) for name, _, label in entries] == [
        ("known/front/1.jpg", ("a",)),
        ("latest/front/2.jpg", ("a",)),
        ("ant/3.jpg", ("ant",)),
    ]


def test_the_photo_of_a_wrong_row_is_told_once(tmp_path: Path) -> None:
    rows = "1.jpg,a,\n2.jpg,b,refrence\n"
    _, survey = _laid(
        tmp_path, {"1.jpg": "", "2.jpg": "", "3.jpg": "", "metadata.csv": f"file_name,label,split\n{rows}"}
    )
    assert (len(survey.refused), survey.left_out) == (1, (f"{tmp_path}/3.jpg",))


def test_things_without_a_photo_are_named_and_the_files_in_their_place_counted(tmp_path: Path) -> None:
    files = {
        "ant/1.jpg": "",
        "bee/1.cr2": "",
        "bee/deep/2.cr2": "",
        "cat/3.jp2": "",
        "cat/notes.txt": "",
        "list.txt": "",
    }
    (tmp_path / "empty").mkdir()
    entries, survey = _laid(tmp_path, files)
    assert entries == [("ant/1.jpg", "reference", ("ant",))]
    assert survey.without_photos == tuple(f"{tmp_path}/{name}" for name in ("bee", "cat", "empty"))
    assert [(group.kind, group.count) for group in survey.passed_over] == [(".cr2", 2), (".txt", 2), (".jp2", 1)]


def test_below_splits_things_are_one_level_further_down(tmp_path: Path) -> None:
    files = {"reference/ant/1.jpg": "", "reference/bee/1.cr2": "", "query/ant/2.jpg": "", "extras/readme.txt": ""}
    assert _laid(tmp_path, files)[1].without_photos == (f"{tmp_path}/reference/bee",)


def test_a_file_that_a_table_names_is_a_photo_whatever_its_suffix(tmp_path: Path) -> None:
    files = {"1.dat": "", "2.dat": "", "3.jpg": "", "metadata.csv": "file_name,label\n1.dat,a\n3.jpg,b\n"}
    entries, survey = _laid(tmp_path, files)
    assert [name for name, _, _ in entries] == ["1.dat", "3.jpg"]
    assert [(group.kind, group.count) for group in survey.passed_over] == [(".dat", 1)]


@pytest.mark.parametrize(
    ("places", "beside", "told"),
    [
        (["a"], [], "it holds 1 folder or file that is closed: 'a' cannot be listed"),
        (["a", "b"], ["c.txt"], "it holds 2 folders and files that are closed beside 1 of .txt: 'a' cannot be listed"),
    ],
)
def test_what_is_closed_may_hold_photos(places: list[str], beside: list[str], told: str) -> None:
    closed = [RefusedPlace(place, "cannot be listed (Permission denied): check its permissions") for place in places]
    message = str(no_photos(Path("set"), FolderListing(closed=closed, others=[Path(name) for name in beside])))
    assert message.startswith(
        f"no photo in 'set' can be reached, for {told} (Permission denied): check its permissions;"
    )


@pytest.mark.parametrize("name", ["metadata.xlsx", "labels.XLS", "ant/cards.ods", "cards.numbers"])
def test_a_spreadsheet_that_may_hold_the_labels_is_told(tmp_path: Path, name: str) -> None:
    _, survey = _laid(tmp_path / "one", {"ant/1.jpg": "", name: "", "~$metadata.xlsx": ""})
    assert _noted(survey) == {SPREADSHEET: 1}
    table = {"metadata.csv": "file_name,label\nant/1.jpg,ant\n"}
    assert _noted(_laid(tmp_path / "two", {"ant/1.jpg": "", name: "", **table})[1]) == {}
