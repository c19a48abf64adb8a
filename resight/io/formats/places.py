"""Places by their coordinates, as place recognition hands them out: right is what lies within 25 metres.

    FOLDER/database/@UTM_EAST@UTM_NORTH@….jpg     known; also nested, and other words for splits
    FOLDER/queries/@UTM_EAST@UTM_NORTH@….jpg      asked
    FOLDER/coordinates.csv                        or a table: file_name, utm_east and utm_north or latitude and
                                                  longitude, perhaps split and frame

Each photo that is known is a thing of its own, and a query's right answers are those near it. Where there are no splits
each photo is asked as well, without itself and without the frames around it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Final, Self

import numpy as np

from resight.errors import DatasetError
from resight.io.datasets.dataset import Dataset
from resight.io.datasets.entries import REFERENCE
from resight.io.datasets.folders import listing, shown
from resight.io.datasets.splits import WORDS
from resight.types import Array

from .collection import Collection
from .columns import ForeignTable, opened

METRES: Final = 25.0
"""Distance up to which a photo shows the same place, as the field has it (Torii et al. 2013)."""

NAMED: Final = re.compile(r"@(-?\d+(?:\.\d+)?)@(-?\d+(?:\.\d+)?)@.*")
"""A file name with easting and northing in metres."""

TABLE: Final = "coordinates.csv"

EAST_NORTH: Final = (("utm_east", "utm_north"), ("utm_easting", "utm_northing"), ("easting", "northing"))
DEGREES: Final = (("latitude", "longitude"), ("lat", "lon"), ("lat", "lng"))
"""Columns of coordinates: on a plane in metres, or in degrees."""

DEGREE: Final = np.pi / 180 * 6_371_008.8
"""Metres of one degree of latitude, by the Earth's mean radius (GRS 80)."""


@dataclass(frozen=True, slots=True)
class _Spot:
    """A photo, where it was taken in metres, in which zone, its split, and its number in a sequence, if it has any."""

    path: PurePosixPath
    east: float
    north: float
    zone: str
    split: str
    frame: int | None


def is_places(root: Path) -> bool:
    """Whether a folder holds a table of coordinates, or photos whose names are coordinates and no others."""
    if not root.is_dir():
        return False
    if (root / TABLE).is_file():
        return True
    names = (path.name for path in root.rglob("*.jp*g"))
    first = next(names, "")
    return NAMED.fullmatch(first) is not None and all(NAMED.fullmatch(name) for name in names)


def places(root: Path, *, frame_gap: int = 0, metres: float = METRES) -> Dataset:
    """The photos of a database to know, and queries with those within ``metres`` as right answers.

    With ``frame_gap`` the photos fewer than so many frames from a query are left out of its ranking. Raises
    DatasetError for a table that cannot be read, names without coordinates, and a gap between photos without numbers.
    """
    collection = Collection(root)
    spots = _of_table(root, collection) if (root / TABLE).is_file() else _of_names(root, collection)
    splits = {spot.split for spot in spots}
    alone = not ("query" in splits and REFERENCE in splits)
    known = [spot for spot in spots if alone or spot.split == REFERENCE]
    asked = [spot for spot in spots if alone or spot.split == "query"]
    gap = max(frame_gap, 1) if alone else frame_gap
    if gap > 1 and any(spot.frame is None for spot in spots):
        raise DatasetError(
            f"{str(root)!r} has photos without a frame number, between which no gap of {gap} frames can be told: "
            "wanted a column frame, or file names that end in a number"
        )
    if len({spot.zone for spot in spots}) > 1:
        collection.note("zone of UTM; photos of two are never near each other", sorted({spot.zone for spot in spots}))
    if alone:
        collection.note("data set without splits: each photo is known and asked, itself left out", [shown(root)])
    for spot in known:
        collection.add(shown(root), [spot.path], REFERENCE, [spot.path.as_posix()])
    there = {entry.source for entry in collection.entries}
    known = [spot for spot in known if root / spot.path in there]
    ground = _Ground.of(known)
    for spot in asked:
        near, trail = ground.near(spot, metres), ground.trail(spot, gap, alone=alone)
        names = [known[row].path.as_posix() for row in np.flatnonzero(near & ~trail)]
        ignore = [collection.name(known[row].path) for row in np.flatnonzero(trail)]
        collection.add(shown(root), [spot.path], "query", names, ignore=ignore)
    return collection.dataset()


@dataclass(frozen=True, slots=True, eq=False)
class _Ground:
    """Known photos as arrays: metres (n, 2), frame numbers (n,), NaN where there is none, zones and paths (n,)."""

    metres: Array
    frames: Array
    zones: Array
    paths: Array

    @classmethod
    def of(cls, known: Sequence[_Spot]) -> Self:
        return cls(
            np.array([[spot.east, spot.north] for spot in known]).reshape(-1, 2),
            np.array([np.nan if spot.frame is None else spot.frame for spot in known]),
            np.array([spot.zone for spot in known], object),
            np.array([spot.path.as_posix() for spot in known], object),
        )

    def near(self, spot: _Spot, metres: float) -> Array:
        """Flags of those that lie within so many metres."""
        apart = np.hypot(self.metres[:, 0] - spot.east, self.metres[:, 1] - spot.north)
        return np.asarray((apart <= metres) & (self.zones == spot.zone))

    def trail(self, spot: _Spot, gap: int, *, alone: bool) -> Array:
        """Flags of those that are the query itself, or so few frames away that they were seen a moment ago."""
        own = np.asarray(self.paths == spot.path.as_posix()) & alone
        if gap <= 1 or spot.frame is None:
            return own
        return np.asarray(own | (np.abs(self.frames - spot.frame) < gap))


def _of_names(root: Path, collection: Collection) -> list[_Spot]:
    """Photos by the coordinates in their names."""
    found, spots, others = listing(root), list[_Spot](), list[str]()
    for path in found.photos:
        if (match := NAMED.fullmatch(path.name)) is None:
            others.append(shown(root / path))
            continue
        fields = path.name.rpartition(".")[0].split("@")
        split = WORDS.get(path.parts[0].casefold(), "") if len(path.parts) > 1 else ""
        zone, frame = fields[3] if len(fields) > 3 else "", _number("@".join(fields[4:]))
        spots.append(_Spot(PurePosixPath(path), float(match[1]), float(match[2]), zone, split, frame))
    if others:
        collection.note("photo without coordinates in its name, not read", others)
    if not spots:
        raise DatasetError(
            f"{str(root)!r} has no photo whose name has coordinates: wanted @UTM_EAST@UTM_NORTH@….jpg, or {TABLE}"
        )
    return spots


def _of_table(root: Path, collection: Collection) -> list[_Spot]:
    """Photos by a table."""
    table = opened(root / TABLE, "file_name")
    plane = next((pair for pair in EAST_NORTH if set(pair) <= set(table.columns)), None)
    degrees = next((pair for pair in DEGREES if set(pair) <= set(table.columns)), None)
    pair = plane or degrees
    if pair is None:
        raise DatasetError(
            f"{str(table.path)!r} has the columns {', '.join(table.columns)}: wanted utm_east and utm_north, or "
            "latitude and longitude"
        )
    used = {"file_name", *pair, "split", "frame", "utm_zone"}
    if unused := [name for name in table.columns if name not in used]:
        collection.note(f"column of {TABLE}, not used", unused)
    rows = [(line, cells, _pair(table, line, cells, pair)) for line, cells in table.rows()]
    origin = rows[0][2] if rows else (0.0, 0.0)
    return [
        _Spot(
            _path(table, line, cells),
            *(place if plane else _on_plane(place, origin)),
            cells.get("utm_zone", ""),
            WORDS.get(cells.get("split", "").casefold(), ""),
            _number(cells["frame"]) if cells.get("frame") else _number(PurePosixPath(cells["file_name"]).stem),
        )
        for line, cells, place in rows
    ]


def _pair(table: ForeignTable, line: int, cells: Mapping[str, str], names: Sequence[str]) -> tuple[float, float]:
    """Two coordinates; raises DatasetError for a row that has none."""
    try:
        one, other = (float(cells[name]) for name in names)
        if not np.isfinite([one, other]).all():
            raise ValueError("not finite")
    except (KeyError, ValueError) as error:
        raise DatasetError(
            f"{str(table.path)!r}, line {line}: {' and '.join(names)} are {[cells.get(name) for name in names]}; "
            "wanted two numbers, with a point as the decimal sign"
        ) from error
    return one, other


def _path(table: ForeignTable, line: int, cells: Mapping[str, str]) -> PurePosixPath:
    path = PurePosixPath(cells.get("file_name", "").replace("\\", "/"))
    if not path.parts or path.is_absolute() or ".." in path.parts:
        raise DatasetError(f"{str(table.path)!r}, line {line}: {path.as_posix()!r} is no path inside the folder")
    return path


def _on_plane(place: tuple[float, float], origin: tuple[float, float]) -> tuple[float, float]:
    """Metres east and north of the first photo, on a plane that is right to a thousandth within 10 km of it."""
    east = (place[1] - origin[1] + 180) % 360 - 180
    return float(east * DEGREE * np.cos(np.radians(origin[0]))), (place[0] - origin[0]) * DEGREE


def _number(text: str) -> int | None:
    """The last whole number in a name."""
    found = re.findall(r"\d+", text)
    return int(found[-1]) if found else None
