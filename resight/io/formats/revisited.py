"""Revisited Oxford and Paris as they are handed out (Radenović et al. 2018): a pickle of the ground truth, and jpg/.

    FOLDER/gnd_roxford5k.pkl     {"imlist": […], "qimlist": […], "gnd": [{"easy", "hard", "junk", "bbx"}, …]}
    FOLDER/jpg/all_souls_000013.jpg

Each photo of the database is a thing of its own; a query's right answers are the photos that show its building. Old
ground truth with ``ok`` and ``junk`` alone is read as well.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import Any, Final

import numpy as np

from resight.errors import DatasetError
from resight.io.datasets.dataset import Dataset
from resight.io.datasets.folders import shown

from .collection import Collection
from .plain_pickle import read_plain

SETTINGS: Final = {
    "easy": (("easy", "ok"), ("junk", "hard")),
    "medium": (("easy", "hard", "ok"), ("junk",)),
    "hard": (("hard", "ok"), ("junk", "easy")),
}
"""Lists that are right, and lists that are left out of a query's ranking, in each setting."""

PATTERN: Final = "gnd_*.pkl"


def is_revisited(root: Path) -> bool:
    """Whether a folder holds such a ground truth."""
    return root.is_dir() and any(root.glob(PATTERN))


def revisited(root: Path, *, setting: str = "medium") -> Dataset:
    """The database to know, and the queries, cut out by their boxes, with what is right in one of the SETTINGS.

    Raises DatasetError for a ground truth that is none.
    """
    files = sorted(root.glob(PATTERN))
    if len(files) != 1:
        raise DatasetError(f"{str(root)!r} has {len(files)} files {PATTERN}: wanted one, of one data set")
    (path,) = files
    known, asked, truth = _parts(path)
    collection = Collection(root)
    for name in known:
        collection.add(shown(path), _places(name), "reference", [name])
    there = {entry.labels[0] for entry in collection.entries}
    right_lists, junk_lists = SETTINGS[setting]
    for name, gnd in zip(asked, truth, strict=True):
        right, junk = (_named(path, name, gnd, lists, known) for lists in (right_lists, junk_lists))
        found = [one for one in right if one in there]
        if not found:
            collection.note(f"query without a right answer ({setting}), asked as unknown", [name])
        places = [collection.name(place) for one in junk if one in there for place in _places(one)[:1]]
        box = _box(path, name, gnd.get("bbx"))
        collection.add(shown(path), _places(name), "query", found, ignore=places, box=box)
    collection.note(f"ground truth read in its setting {setting}; --format revisited-… names another", [shown(path)])
    return collection.dataset()


def _parts(path: Path) -> tuple[Sequence[str], Sequence[str], Sequence[Mapping[str, Any]]]:
    """Names of the database and of the queries, and what is said of each query; raises DatasetError for others."""
    found = read_plain(path)
    if not isinstance(found, dict) or not {"imlist", "qimlist", "gnd"} <= found.keys():
        raise DatasetError(f"{str(path)!r} holds no imlist, qimlist and gnd: wanted the ground truth of revisitop")
    lists = [found[key] for key in ("imlist", "qimlist", "gnd")]
    if not all(isinstance(one, list | tuple | np.ndarray) for one in lists):
        raise DatasetError(f"{str(path)!r} has no lists as imlist, qimlist and gnd: wanted those of revisitop")
    known, asked, truth = map(list, lists)
    if len(asked) != len(truth) or not all(isinstance(gnd, dict) for gnd in truth):
        raise DatasetError(f"{str(path)!r} has {len(asked)} queries and {len(truth)} of gnd: wanted one for each")
    names = [str(name) for name in (*known, *asked)]
    if wrong := [name for name in names if not name or PurePosixPath(name).is_absolute() or ".." in name]:
        raise DatasetError(f"{str(path)!r} names {wrong[0]!r}; wanted the name of a photo in jpg/")
    return names[: len(known)], names[len(known) :], truth


def _named(path: Path, name: str, gnd: Mapping[str, Any], lists: Sequence[str], known: Sequence[str]) -> list[str]:
    """Names of the photos that some lists of a query number."""
    numbers = [int(number) for key in lists for number in gnd.get(key, ())]
    if wrong := [number for number in numbers if not 0 <= number < len(known)]:
        raise DatasetError(
            f"{str(path)!r} numbers a photo {wrong[0]} for the query {name}: wanted 0 to {len(known) - 1}"
        )
    return [known[number] for number in numbers]


def _box(path: Path, name: str, found: Any) -> tuple[float, float, float, float] | None:
    if found is None:
        return None
    values = [float(value) for value in found]
    if len(values) != 4 or not (values[0] < values[2] and values[1] < values[3]):
        raise DatasetError(f"{str(path)!r} has the box {values} for the query {name}: wanted left, top, right, bottom")
    return values[0], values[1], values[2], values[3]


def _places(name: str) -> tuple[PurePosixPath, ...]:
    return PurePosixPath("jpg", f"{name}.jpg"), PurePosixPath(f"{name}.jpg")
