"""Entries of a table's rows: in order, the wrong ones told, and splits as others write them noted."""

from __future__ import annotations

from pathlib import Path, PurePath, PurePosixPath
from typing import Any

import numpy as np
import pytest

from resight.errors import DatasetError
from resight.io import images
from resight.io.datasets.entries import Entry, FoundPhoto, ListedPhotos, listed
from resight.io.datasets.tables import Sheet, TableRow
from resight.io.decoding.memory import Budget

PLACE = Path("set")


def _listed(*rows: dict[str, Any] | str) -> ListedPhotos:
    """Rows of cells, or what is wrong with one."""
    made = [
        TableRow(f"line {n}", {}, row) if isinstance(row, str) else TableRow(f"line {n}", row)
        for n, row in enumerate(rows)
    ]
    sheet = Sheet(PLACE / "metadata.csv", frozenset({"file_name", "label"}), ("file_name", "label"), tuple(made))

    def find(number: int, name: PurePosixPath) -> FoundPhoto:
        if name.name == "gone.jpg":
            raise ValueError("'gone.jpg' is no file")
        return name, PLACE / name

    def split(path: PurePath) -> str:
        return "train" if path.parts[0] == "train" else "reference"

    return listed(PLACE, sheet, find, split)


def test_entries_stand_in_the_order_of_the_rows() -> None:
    found = _listed(
        {"file_name": "b.jpg", "label": "x", "ignore": "a.jpg"},
        {"file_name": "train/a.jpg", "labels": "y|z"},
        {"file_name": "c.jpg", "label": "x", "split": "distractor"},
    )
    assert [(entry.name, entry.labels, entry.split, entry.ignore) for entry in found.entries] == [
        ("set/b.jpg", ("x",), "reference", ("set/a.jpg",)),
        ("set/train/a.jpg", ("y", "z"), "train", ()),
        ("set/c.jpg", (), "distractor", ()),
    ]
    assert (found.refused, found.words) == ([], {})


def test_wrong_rows_are_told_with_their_place() -> None:
    found = _listed(
        "is no JSON", {"file_name": "gone.jpg"}, {"file_name": "a.jpg"}, {"file_name": "./a.jpg", "label": "y"}
    )
    assert [entry.label for entry in found.entries] == [None]
    assert [(one.place, one.reason) for one in found.refused] == [
        ("set/metadata.csv, line 0", "is no JSON"),
        ("set/metadata.csv, line 1", "'gone.jpg' is no file"),
        ("set/metadata.csv, line 3", "'a.jpg' stands there for the second time"),
    ]


def test_the_photos_of_wrong_rows_are_known_where_the_rows_tell() -> None:
    found = _listed({"file_name": "a.jpg"}, {"file_name": "b.jpg", "split": "refrence"}, {"file_name": "gone.jpg"})
    assert (len(found.refused), found.wrong) == (2, {PLACE / "b.jpg"})


def test_splits_that_are_written_otherwise_are_noted() -> None:
    splits = ["Reference", "reference", "TEST", "fold 1"]
    found = _listed(*({"file_name": f"{n}.jpg", "split": split} for n, split in enumerate(splits)))
    assert [entry.split for entry in found.entries] == ["reference", "reference", "query", "fold 1"]
    assert found.words == {
        "split 'Reference' read as reference": ["set/0.jpg"],
        "split 'TEST' read as query": ["set/2.jpg"],
    }


@pytest.mark.parametrize(
    ("rows", "problem"),
    [
        ((), "has no rows: wanted one for each photo"),
        (("is no JSON",) * 7, "is wrong: line 0: is no JSON, .* and 2 more"),
    ],
)
def test_a_table_that_gives_no_photo_is_refused(rows: tuple[str, ...], problem: str) -> None:
    with pytest.raises(DatasetError, match=f"the table of 'set' {problem}"):
        _listed(*rows)


def test_a_photo_is_read_inside_the_budget(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.png"
    path.write_bytes(images.encode(np.full((6, 9, 3), 40, np.uint8), ".png"))
    held: list[int] = []
    monkeypatch.setattr(Budget, "hold", lambda self, count: held.append(count if self._own.keeping else 0))
    photo = Entry("a.png", path).photo(long_side=4)
    assert (photo.size, photo.digest) == ((9, 6), images.digest(path.read_bytes()))
    assert held == [path.stat().st_size]
