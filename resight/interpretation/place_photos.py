"""Photos of places, made equal: one size, one JPEG quality, and the spot that each was taken at.

FOLDER/PLACE/…/FILE       one folder for each place; what lies deeper may tell spots apart
FOLDER/metadata.csv       file_name, label, and perhaps one of SPOT_COLUMNS
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Final

import numpy as np

from resight.errors import DatasetError, PhotoError
from resight.io import images
from resight.io.datasets.dataset import Entry, discover
from resight.io.datasets.preflight import DatasetRead, PhotosLeftOut, outset
from resight.io.formats.columns import opened
from resight.io.formats.places import NAMED
from resight.io.photo_position import Position, position
from resight.progress import Job, Progress
from resight.types import Array, Image

SIDE: Final = 224
"""Side of a photo that is explained, in pixels: Shi 2018, section 4.2.1."""

QUALITY: Final = 75
"""JPEG quality that all photos are written in once more before anything looks at them."""

SPOT_COLUMNS: Final = ("spot", "clip", "video", "sequence", "panorama")
"""Columns of metadata.csv that say which photos belong together, the first that is there."""

FEWEST: Final = 3
"""Spots that a place needs: one to learn, one to validate, one to test."""

STRETCHES: Final = 10
"""Stretches of consecutive photos that a place is cut into where nothing else tells its spots apart."""

UNEVEN: Final = 3.0
"""Photos of the largest place over those of the smallest from which the difference is told."""


@dataclass(frozen=True, slots=True)
class FileFacts:
    """Facts of photos' files before they were made equal, the medians of a place."""

    width: float
    height: float
    bytes: float


@dataclass(frozen=True, slots=True, eq=False)
class PlacePhotos:
    """Photos of places.

    Attributes
    ----------
    pixels : (n, SIDE, SIDE, 3) uint8, stretched to squares, all once through JPEG of QUALITY.
    labels : (n,) integers, an index into ``places``.
    places : names.
    spots : of each photo.
    entries : what each was read from.
    told_by : what spots are told apart by, a phrase.
    files : facts of each place's files.
    notes : what was left out or is odd, sentences.
    unreadable : photos that could not be read, with the reason.
    positions : of each photo where its EXIF has one, else None.
    """

    pixels: Array
    labels: Array
    places: tuple[str, ...]
    spots: tuple[str, ...]
    entries: tuple[Entry, ...]
    told_by: str
    files: Mapping[str, FileFacts]
    notes: tuple[str, ...]
    unreadable: tuple[str, ...]
    positions: tuple[Position | None, ...]

    def __len__(self) -> int:
        return len(self.labels)


def read_places(data: Path) -> Job[PlacePhotos]:
    """Read the photos of places, and make them equal.

    Photos without a place, and places with fewer than FEWEST spots, are left out and noted. Raises DatasetError where
    fewer than two places remain.
    """
    dataset = discover(data)
    yield DatasetRead.of(outset(dataset, dataset.entries), len(dataset.entries))
    entries = [entry for entry in dataset.entries if entry.label is not None]
    notes = []
    if len(entries) < len(dataset.entries):
        notes.append(f"{len(dataset.entries) - len(entries)} photos lie in no place's folder and are left out.")
    _require_places({_label(entry) for entry in entries}, data)
    spots, told_by = spots_of(data, entries)
    kept = _enough(entries, spots, notes)
    _require_places({_label(entries[row]) for row in kept}, data)
    pixels, facts, unreadable, rows = [], list[tuple[str, int, int, int]](), [], []
    positions, astray = list[Position | None](), dict[str, list[str]]()
    for done, row in enumerate(kept, 1):
        try:
            encoded = entries[row].read()
            photo = images.read(encoded)
        except PhotoError as error:
            unreadable.append(f"{entries[row].name}: {error}")
            continue
        pixels.append(equal(photo.image))
        facts.append((_label(entries[row]), *photo.size, len(encoded)))
        rows.append(row)
        found = position(encoded)
        if isinstance(found, str):
            astray.setdefault(found, []).append(entries[row].name)
        positions.append(found if isinstance(found, Position) else None)
        yield Progress("photos", done, len(kept))
    yield PhotosLeftOut.of(unreadable, len(kept))
    places = tuple(sorted({_label(entries[row]) for row in rows}))
    _require_places(set(places), data)
    labels = np.array([places.index(_label(entries[row])) for row in rows])
    notes += _positions_left_out(astray)
    notes += _oddities(labels, places, facts)
    return PlacePhotos(
        np.stack(pixels),
        labels,
        places,
        tuple(spots[row] for row in rows),
        tuple(entries[row] for row in rows),
        told_by,
        {place: _facts([one for one in facts if one[0] == place]) for place in places},
        tuple(notes),
        tuple(unreadable),
        tuple(positions),
    )


def _positions_left_out(reasons: Mapping[str, Sequence[str]]) -> list[str]:
    """A sentence for each reason why positions in EXIF are none, of the photos by reason."""
    return [
        f"The position of {names[0]}{f' and {len(names) - 1} more' if len(names) > 1 else ''} is left out: {reason}."
        for reason, names in reasons.items()
    ]


def equal(image: Image) -> Image:
    """A photo ``(h, w, 3)`` as all are seen: ``(SIDE, SIDE, 3)``, written as JPEG of QUALITY and read again."""
    small = images.resize(image, (SIDE, SIDE))
    return images.read(images.encode(small, ".jpg", quality=QUALITY)).image


def spots_of(data: Path, entries: Sequence[Entry]) -> tuple[tuple[str, ...], str]:
    """The spot of each photo, and what tells spots apart, a phrase.

    The first of these that there is, and that gives each place FEWEST spots or more and fewer spots than photos: a
    column of metadata.csv, coordinates in file names, folders inside a place's folder, and names but for the number at
    their end. Else photos in the order of their names are cut into STRETCHES of time for each place.
    """
    ways: tuple[tuple[str, Callable[[Entry], str]], ...] = (
        ("the coordinates in file names", _coordinates),
        ("the folders inside a place's folder", _folder),
        ("names but for the number at their end", _stem),
    )
    if (table := data / "metadata.csv").is_file() and (column := _column(table)):
        said = _of_table(table, column)
        found = [said.get(entry.name.removeprefix(f"{data.as_posix()}/"), "") for entry in entries]
        if all(found):
            return tuple(found), f"the column {column} of metadata.csv"
    for phrase, way in ways:
        found = [way(entry) for entry in entries]
        if _tells(entries, found):
            return tuple(found), phrase
    return _stretches(entries), f"time: {STRETCHES} stretches of each place's photos in the order of their names"


def _tells(entries: Sequence[Entry], spots: Sequence[str]) -> bool:
    counts = _spots_by_place(entries, spots)
    return all(spots) and len({*spots}) < len(spots) and min(counts.values()) >= FEWEST


def _spots_by_place(entries: Sequence[Entry], spots: Sequence[str]) -> Counter[str]:
    return Counter(place for place, _ in {(_label(entry), spot) for entry, spot in zip(entries, spots, strict=True)})


def _label(entry: Entry) -> str:
    return entry.label or ""


def _column(table: Path) -> str | None:
    columns = opened(table, "file_name").columns
    return next((name for name in SPOT_COLUMNS if name in columns), None)


def _of_table(table: Path, column: str) -> dict[str, str]:
    return {cells["file_name"]: cells.get(column, "") for _, cells in opened(table, "file_name").rows()}


def _coordinates(entry: Entry) -> str:
    found = NAMED.fullmatch(PurePosixPath(entry.name).name)
    return "" if found is None else f"{float(found[1]):.0f} {float(found[2]):.0f}"


def _folder(entry: Entry) -> str:
    """The folder that a photo lies in, where it is inside the place's own."""
    parts = PurePosixPath(entry.name).parts[:-1]
    inside = parts[parts.index(_label(entry)) + 1 :] if _label(entry) in parts else ()
    return "/".join((_label(entry), *inside)) if inside else ""


def _stem(entry: Entry) -> str:
    """The name of a photo without the number at its end, which counts frames."""
    stem = re.sub(r"[\s_.-]*\d+$", "", PurePosixPath(entry.name).stem)
    return f"{_label(entry)}/{stem}"


def _stretches(entries: Sequence[Entry]) -> tuple[str, ...]:
    found = [""] * len(entries)
    for place in {_label(entry) for entry in entries}:
        rows = sorted((row for row, one in enumerate(entries) if _label(one) == place), key=lambda r: entries[r].name)
        for number, some in enumerate(np.array_split(rows, min(STRETCHES, len(rows)))):
            for row in some:
                found[int(row)] = f"{place}/{number}"
    return tuple(found)


def _enough(entries: Sequence[Entry], spots: Sequence[str], notes: list[str]) -> list[int]:
    """The rows of places with enough spots; the others are noted."""
    counts = _spots_by_place(entries, spots)
    few = sorted(place for place, count in counts.items() if count < FEWEST)
    if few:
        notes.append(
            f"Left out, since a place needs {FEWEST} spots, one for each split: "
            + ", ".join(f"{place} ({counts[place]})" for place in few)
            + "."
        )
    return [row for row, entry in enumerate(entries) if counts[_label(entry)] >= FEWEST]


def _require_places(places: set[str], data: Path) -> None:
    if len(places) < 2:
        found = f"only {next(iter(places))!r}" if places else "none"
        raise DatasetError(
            f"{str(data)!r} holds {found} of the places that can be told apart; wanted two at least, each a folder of "
            f"photos from {FEWEST} spots or more: add another place"
        )


def _facts(found: Sequence[tuple[str, int, int, int]]) -> FileFacts:
    width, height, size = np.median([one[1:] for one in found], axis=0).tolist()
    return FileFacts(width, height, size)


def _oddities(labels: Array, places: Sequence[str], facts: Sequence[tuple[str, int, int, int]]) -> list[str]:
    """Sentences on classes of very different size, and on photos that had to be enlarged."""
    found = []
    counts = np.bincount(labels)
    if counts.max() > UNEVEN * counts.min():
        most, least = int(counts.argmax()), int(counts.argmin())
        found.append(
            f"Places differ much in size, from {counts[least]} photos ({places[least]}) to {counts[most]} "
            f"({places[most]}): each is divided alike, and accuracy is also given as the mean of the places'."
        )
    if small := sum(min(width, height) < SIDE for _, width, height, _ in facts):
        found.append(f"{small} photos are smaller than {SIDE} pixels on one side and are enlarged.")
    return found
