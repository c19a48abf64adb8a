"""The Met data set as it is handed out (Ypsilantis et al. 2021): lists in JSON, and photos in images/.

FOLDER/MET_database.json     [{"id": 11, "path": "MET/11/0.jpg"}, …], also mini_MET_database.json
FOLDER/testset.json          [{"path": "test_met/….jpg", "MET_id": 11}, …]; without MET_id it is a distractor
FOLDER/valset.json           the same, to choose settings by
FOLDER/images/MET/11/0.jpg   or beside the folder of the lists, called ground_truth
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath
from typing import Any, Final

from resight.errors import DatasetError
from resight.io.datasets.dataset import Dataset
from resight.io.datasets.folders import shown

from .collection import Collection

DATABASES: Final = ("MET_database.json", "mini_MET_database.json")
USED: Final = frozenset({"id", "path", "MET_id"})


def is_met(root: Path) -> bool:
    """Whether a folder holds the list of the Met's exhibits."""
    return root.is_dir() and any(_list(root, name) is not None for name in DATABASES)


def met(root: Path) -> Dataset:
    """Exhibits to know, and the queries of the test set, those of other museums and of no art as distractors.

    Where there is only the validation set it is asked. Raises DatasetError for a list that is not there, or is none.
    """
    collection = Collection(root)
    database = next((path for name in DATABASES if (path := _list(root, name)) is not None), None)
    if database is None:
        raise DatasetError(f"{str(root)!r} has no {DATABASES[0]}: wanted the lists of the Met data set in it")
    for item in _items(database, collection):
        collection.add(shown(database), _places(item), "reference", [_text(item, "id")])
    sets = {name: path for name in ("testset.json", "valset.json") if (path := _list(root, name)) is not None}
    for name, path in sets.items():
        split = "query" if name == "testset.json" or len(sets) == 1 else "val"
        for item in _items(path, collection):
            labels = [_text(item, "MET_id")] if "MET_id" in item else []
            collection.add(shown(path), _places(item), split, labels)
    if len(sets) == 2:
        collection.note("list to choose settings by, not asked", [shown(sets["valset.json"])])
    if database.name == DATABASES[1]:
        collection.note("list of a part of the exhibits, for want of the whole", [shown(database)])
    return collection.dataset()


def _items(path: Path, collection: Collection) -> Iterator[Mapping[str, Any]]:
    """The items of a list; raises DatasetError for one that is none."""
    try:
        found = json.loads(path.read_bytes().decode("utf-8-sig"))
    except (OSError, ValueError, RecursionError) as error:
        raise DatasetError(f"{str(path)!r} is no JSON ({error}): copy it again") from error
    if not isinstance(found, list) or not all(map(_has_path, found)):
        raise DatasetError(f"{str(path)!r} is no list of objects with a path: wanted one as the Met data set has it")
    if unused := sorted({key for one in found for key in one} - USED):
        collection.note(f"key of {path.name}, not used", unused)
    yield from found


def _has_path(item: Any) -> bool:
    return isinstance(item, dict) and isinstance(item.get("path"), str)


def _text(item: Mapping[str, Any], key: str) -> str:
    """A number of an exhibit as text; raises DatasetError for what is none."""
    value = item.get(key)
    if isinstance(value, bool) or not isinstance(value, int | str):
        raise DatasetError(f"{item['path']!r} has {value!r} where {key} was wanted: the number of an exhibit")
    return str(value)


def _places(item: Mapping[str, Any]) -> tuple[PurePosixPath, ...]:
    """The path at which a photo may lie; raises DatasetError for a path that leads elsewhere."""
    path = PurePosixPath(item["path"])
    if path.is_absolute() or ".." in path.parts:
        raise DatasetError(f"{item['path']!r} leads out of the folder; wanted a path inside it")
    return PurePosixPath("images") / path, path


def _list(root: Path, name: str) -> Path | None:
    return next((path for path in (root / name, root / "ground_truth" / name) if path.is_file()), None)
