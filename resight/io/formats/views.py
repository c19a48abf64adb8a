"""UKBench as it is handed out (Nistér & Stewénius 2006): files in a row, of which each four show one object.

    FOLDER/ukbench00000.jpg … ukbench00003.jpg     the first object; also in a folder full/

All photos are known and all are asked, each without itself. The usual score, N-S, is told beside.
"""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path, PurePosixPath
from typing import Final

from resight.errors import DatasetError
from resight.io.datasets.dataset import Dataset
from resight.io.datasets.entries import REFERENCE
from resight.io.datasets.folders import listing, shown

from .collection import Collection

NAMED: Final = re.compile(r"ukbench(\d{5})")
VIEWS: Final = 4
"""Photos of each object."""


def is_ukbench(root: Path) -> bool:
    """Whether a folder holds files called so, itself or in ``full``, and no table that says more."""
    if not root.is_dir() or any(root.glob("metadata.*")):
        return False
    return any(NAMED.fullmatch(path.stem) for folder in (root, root / "full") for path in folder.glob("ukbench*.jpg"))


def ukbench(root: Path) -> Dataset:
    """All photos, known and asked. Raises DatasetError where none is called so."""
    collection = Collection(root)
    found = listing(root).photos
    numbers = {path: int(match[1]) for path in found if (match := NAMED.fullmatch(path.stem))}
    if not numbers:
        raise DatasetError(f"{str(root)!r} has no photo called ukbench00000.jpg and so on: wanted four of each object")
    if others := [shown(root / path) for path in found if path not in numbers]:
        collection.note("photo that is not called ukbench and a number of five digits, not read", others)
    views = Counter(number // VIEWS for number in numbers.values())
    if few := [_label(thing) for thing, count in sorted(views.items()) if count != VIEWS]:
        collection.note(f"object without {VIEWS} views, for which the N-S score is not defined", few)
    for split in (REFERENCE, "query"):
        for path, number in numbers.items():
            ignore = () if split == REFERENCE else (collection.name(path),)
            collection.add(shown(root), [PurePosixPath(path)], split, [_label(number // VIEWS)], ignore=ignore)
    return collection.dataset()


def _label(thing: int) -> str:
    return f"{thing:04d}"
