"""Google Landmarks v2 as it is handed out (Weyand et al. 2020): lists of ids, and photos under a/b/c/ of each id.

FOLDER/train.csv                           id, url, landmark_id: what is known
FOLDER/recognition_solution_v2.1.csv       id, landmarks, Usage: what is asked; without landmarks it is unknown
FOLDER/retrieval_solution_v2.1.csv         id, images, Usage: what is asked of the photos of index.csv
FOLDER/train/0/0/0/000….jpg                also test/ and index/; a list may lie in the folder of its photos
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Final

from resight.errors import DatasetError
from resight.io.datasets.dataset import Dataset
from resight.io.datasets.folders import shown

from .collection import Collection
from .columns import ForeignTable, opened

RECOGNITION: Final = "recognition_solution*.csv"
RETRIEVAL: Final = "retrieval_solution*.csv"
IGNORED: Final = "ignored"
"""Usage of a photo that takes part in no score, in lower case."""


def is_landmarks(root: Path) -> bool:
    """Whether a folder holds one of the solutions of Google Landmarks v2."""
    return root.is_dir() and (_list(root, RECOGNITION) is not None or _list(root, RETRIEVAL) is not None)


def recognition(root: Path) -> Dataset:
    """Landmarks of ``train.csv`` to know, and the queries of the recognition solution.

    Raises DatasetError for a list that is not there, or cannot be read.
    """
    collection = Collection(root)
    train, solution = _need(root, "train.csv", "id", "landmark_id"), _need(root, RECOGNITION, "id", "landmarks")
    for row in _rows(train):
        collection.add(shown(train.path), _places("train", row["id"]), "reference", [row["landmark_id"]])
    for row in _scored(solution, collection):
        collection.add(shown(solution.path), _places("test", row["id"]), "query", row["landmarks"].split())
    _note_columns(collection, train, {"id", "landmark_id"})
    if (other := _list(root, RETRIEVAL)) is not None:
        collection.note("list of the retrieval task, not read without --format gldv2-retrieval", [shown(other)])
    if (clean := _list(root, "train_clean.csv")) is not None:
        collection.note("list of cleaned photos, not read beside train.csv", [shown(clean)])
    return collection.dataset()


def retrieval(root: Path) -> Dataset:
    """Photos of ``index.csv``, each a thing of its own, and for each query of the retrieval solution those to find.

    Raises DatasetError for a list that is not there, or cannot be read.
    """
    collection = Collection(root)
    index, solution = _need(root, "index.csv", "id"), _need(root, RETRIEVAL, "id", "images")
    for row in _rows(index):
        collection.add(shown(index.path), _places("index", row["id"]), "reference", [row["id"]])
    there = {entry.labels[0] for entry in collection.entries}
    lost: set[str] = set()
    for row in _scored(solution, collection):
        right = row["images"].split()
        lost |= set(right) - there
        collection.add(shown(solution.path), _places("test", row["id"]), "query", [id for id in right if id in there])
    if lost:
        collection.note("photo to be found that is not there: it counts for nothing", sorted(lost))
    return collection.dataset()


def _scored(solution: ForeignTable, collection: Collection) -> Iterator[dict[str, str]]:
    """The rows of a solution that take part in its scores; the others are told."""
    for row in _rows(solution):
        if row.get("usage", "").lower() == IGNORED:
            collection.note("photo that the solution ignores, not asked", [row["id"]])
        else:
            yield row


def _rows(table: ForeignTable) -> Iterator[dict[str, str]]:
    """The rows, each with a whole id; raises DatasetError for one whose id is no name of a file."""
    for line, cells in table.rows():
        row = {name: cells.get(name, "") for name in table.columns}
        if len(row["id"]) < 3 or not row["id"].isalnum():
            raise DatasetError(
                f"{str(table.path)!r}, line {line}: the id {row['id']!r} is none; wanted three letters or digits or "
                "more, such as 6e158a47eb2ca3f6"
            )
        yield row


def _places(split: str, id: str) -> tuple[PurePosixPath, ...]:
    """Paths at which the photo of an id may lie."""
    below = PurePosixPath(*id[:3], f"{id}.jpg")
    return PurePosixPath(split) / below, below, PurePosixPath("images", split) / below


def _need(root: Path, pattern: str, *columns: str) -> ForeignTable:
    if (path := _list(root, pattern)) is None:
        raise DatasetError(
            f"{str(root)!r} has no {pattern}: wanted the lists of Google Landmarks v2 in it, or in one of its folders"
        )
    return opened(path, *columns)


def _list(root: Path, pattern: str) -> Path | None:
    """The list of this name in the folder or in one of those directly inside, the last of several versions."""
    here = sorted(root.glob(pattern)) or sorted(root.glob(f"*/{pattern}"))
    return here[-1] if here else None


def _note_columns(collection: Collection, table: ForeignTable, used: set[str]) -> None:
    if unused := [name for name in table.columns if name not in used]:
        collection.note(f"column of {table.path.name}, not used", unused)
