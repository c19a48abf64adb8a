"""Where the known paintings of museum's photos are, as people marked them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from data.packs import Pack, short

from resight.io.datasets.dataset import Entry
from resight.io.datasets.parquet import Table
from resight.types import Array

ON_A_WALL: Final = ("w3", "w4")
"""Parts of the pack with paintings on the wall and in the room; the others are clean crops."""

COLUMNS: Final = ("file_name", "corners", "width", "orig_width", "subset")


@dataclass(frozen=True, slots=True, eq=False)
class Wall:
    """One photo, the names of the ``known`` paintings in it, and the outline ``(4, 2)`` of each, None if not marked."""

    entry: Entry
    known: tuple[str, ...]
    outlines: tuple[Array | None, ...]


def walls(pack: Pack) -> list[Wall]:
    """The photos of paintings on a wall, in the order of the pack."""
    rows = {short(row["file_name"]): row for row in Table(pack.file).rows(COLUMNS)}
    paintings = set(pack.instances.values())
    found = []
    for entry in pack.queries:
        row = rows[entry.name]
        if row["subset"].rpartition("_")[2] in ON_A_WALL:
            known = tuple(label for label in entry.labels if label in paintings)  # "a|b" is a label, but no painting
            found.append(Wall(entry, known, _outlines(row, len(known))))
    return found


def _outlines(row: dict[str, Any], count: int) -> tuple[Array | None, ...]:
    """Marked in pixels of the photo as it was taken; the pack's are smaller."""
    if not row["corners"]:
        return (None,) * count
    scale = int(row["width"]) / int(row["orig_width"])
    return tuple(scale * np.array(corners, np.float64) for corners in row["corners"][:count])
