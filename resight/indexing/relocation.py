"""Relocation of known photos: met again, moved, gone, or on a drive that is not there."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path, PurePath

from resight.errors import DatasetError, GalleryError
from resight.gallery.protocol import Gallery
from resight.gallery.records import Item
from resight.gallery.stores.opening import open_gallery
from resight.io.datasets.dataset import Entry
from resight.io.datasets.place import Place, Root, located, resolved, several


@dataclass(frozen=True, slots=True)
class AbsentFolder:
    """A folder that is missing or empty, and how many known photos lie there: a drive that is not mounted, perhaps."""

    folder: str
    photos: int


class Movements:
    """Known photos that lie elsewhere than is written down.

    Attributes
    ----------
    names, places : new paths and places by the photo's id.
    """

    def __init__(self, known: Mapping[int, Place], here: Mapping[str, Place]) -> None:
        """``known``: the places written down, by id. ``here``: those of the photos that are met, by name."""
        self.names: dict[int, str] = {}
        self.places: dict[int, Place] = {}
        self._known = known
        self._here = here
        self._met = {place.path for place in here.values()}

    def meet(self, item: Item, entry: Entry) -> None:
        """A known photo was met again: where its file is gone from where it was, this is its place now."""
        place = self._known.get(item.id)
        is_there = os.path.lexists(item.photo) if place is None else self._is_there(place)
        if not is_there:
            self.names[item.id] = entry.name
        if entry.name in self._here and (not is_there or (place is None and item.photo == entry.name)):
            self.places[item.id] = self._here[entry.name]

    def _is_there(self, place: Place) -> bool:
        return place.path in self._met or os.path.lexists(place.path)


@dataclass(frozen=True, slots=True)
class MissingPhotos:
    """Known photos that were not met where they are known from.

    Attributes
    ----------
    missing_files : those that are gone or changed.
    away : folders that are missing or empty, each with its photos told once.
    unplaced : how many may lie there or not, for an older resight did not write down where it found them.
    """

    missing_files: tuple[Item, ...]
    away: tuple[AbsentFolder, ...]
    unplaced: int


def missing(
    gallery: Gallery, roots: Root | Iterable[Root], seen: Collection[int], closed: Iterable[str]
) -> MissingPhotos:
    """Finds what is missing below ``roots``, where photos ``seen`` were met and ``closed`` folders were not read."""
    typed, folders = [os.path.normpath(root) for root in several(roots)], [resolved(root) for root in several(roots)]
    shut = [place.path for place in located(closed, roots).values()]
    places = gallery.places()
    gone: list[tuple[Item, str]] = []
    unplaced = 0
    for item in gallery.items():
        if item.id in seen:
            continue
        place = places.get(item.id, Place("", item.photo))
        home = next((root for root in (*folders, *typed) if os.path.isabs(place.path) and place.lies_in(root)), None)
        if home is None:
            unplaced += item.id not in places and any(place.lies_in(root) or root == "." for root in typed)
        elif not any(map(place.lies_in, shut)):
            gone.append((item, _hollow_above(place.path, home)))
    hollow = Counter(folder for _, folder in gone)
    several_in = {folder for folder, count in hollow.items() if folder and count > 1}
    return MissingPhotos(
        tuple(item for item, folder in gone if folder not in several_in),
        tuple(AbsentFolder(folder, hollow[folder]) for folder in sorted(several_in)),
        unplaced,
    )


def mounted(roots: Root | Sequence[Root], path: Path) -> tuple[list[Root], tuple[AbsentFolder, ...]]:
    """The roots that are there, and those that are missing or empty where the gallery at ``path`` knows photos.

    Raises DatasetError where none is there. Roots of which nothing is known are left to whoever reads them.
    """
    there = several(roots)
    hollow = {root: folder for root in there if is_away(folder := resolved(root))}
    if not hollow or not path.is_file():
        return there, ()
    with suppress(GalleryError), open_gallery(path) as gallery:
        places = gallery.places().values()
        counts = {root: sum(place.lies_in(folder) for place in places) for root, folder in hollow.items()}
        away = tuple(AbsentFolder(hollow[root], count) for root, count in counts.items() if count)
        there = [root for root in there if not counts.get(root)]
        if not there:
            told = ", ".join(
                f"{one.folder} ({one.photos:,} known photo{'' if one.photos == 1 else 's'})" for one in away
            )
            raise DatasetError(
                f"missing or empty: {told}: mount the drive, or name the folder where they lie now; nothing was changed"
            )
        return there, away
    return there, ()


def still_away(gallery: Gallery, away: Iterable[AbsentFolder], seen: Collection[int]) -> tuple[AbsentFolder, ...]:
    """Folders that were away and where photos still lie that were not ``seen`` elsewhere meanwhile."""
    unseen = [place for id, place in gallery.places().items() if id not in seen]
    counts = {one.folder: sum(place.lies_in(one.folder) for place in unseen) for one in away}
    return tuple(AbsentFolder(folder, count) for folder, count in counts.items() if count)


def hollow(places: Iterable[Place]) -> list[str]:
    """Folders that are missing or empty where these places are: roots, and what lies below them and held several."""
    known = list(places)
    found = Counter(one.root if is_away(one.root) else _hollow_above(one.path, one.root) for one in known)
    roots = {one.root for one in known}
    return sorted(folder for folder, count in found.items() if folder and (count > 1 or folder in roots))


def closed_above(place: Place, closed: Collection[str]) -> str:
    """Path that hides the photo of a place: one of those ``closed``, or one that nobody may read; "" for neither."""
    met = next((path for path in closed if place.lies_in(path)), "")
    root = PurePath(place.root)
    above = (*reversed(PurePath(place.path).parents), PurePath(place.path))
    return met or next((str(path) for path in above if is_closed(path, passage=path in root.parents)), "")


def is_closed(path: PurePath, *, passage: bool = False) -> bool:
    """Whether nobody here may read a file, or enter and list a folder; a ``passage`` need not be listed."""
    wanted = (0 if passage else os.R_OK) | (os.X_OK if os.path.isdir(path) else 0)
    return os.path.exists(path) and not os.access(path, wanted)


def is_away(folder: str) -> bool:
    """Whether a folder is missing or empty, as that of a drive that is not mounted."""
    return _is_hollow(folder) or not os.path.lexists(folder)


def _hollow_above(path: str, home: str) -> str:
    """The uppermost folder, from ``home`` down to that of ``path``, that has nothing in it; "" for none."""
    above = [str(folder) for folder in PurePath(path).parents if PurePath(folder).is_relative_to(home)]
    return next((folder for folder in reversed(above) if _is_hollow(folder)), "")


def _is_hollow(folder: str) -> bool:
    """Whether a folder holds nothing that can be seen, or is a link into nowhere, as an unmounted drive leaves it."""
    try:
        with os.scandir(folder) as entries:
            return all(entry.name.startswith(".") for entry in entries)
    except (OSError, ValueError):  # of a path that no file can have, in a damaged gallery
        return os.path.islink(folder) and not os.path.exists(folder)
