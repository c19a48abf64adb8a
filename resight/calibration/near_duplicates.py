"""Near duplicates: one picture, saved anew, that is known under several names."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any, Final, Self

import numpy as np

from resight.errors import GalleryError
from resight.gallery.protocol import Gallery
from resight.gallery.records import Arrays, Item
from resight.io import images
from resight.progress import Job, Progress
from resight.runtimes import processors
from resight.search.candidates import CLEAR
from resight.search.describe import featureless
from resight.search.gallery_index import CACHED, GalleryIndex
from resight.types import Array
from resight.verification.colour_thumbnails import ColourThumbnails
from resight.verification.comparison import LOCAL, NO_VOTES, LocalFeatures, verify
from resight.verification.registration import resized
from resight.verification.reprint import are_prints

from . import calibration
from .samples import CalibrationSamples, QueryKind

NEAR: Final = 8
"""Bits of 64 in which the fingerprints of two prints may differ: of 1,070 photos saved anew none differed in more than
6. What is that near is compared, so that it may be generous."""

LAID: Final = 16
"""Photos at most that one is laid over, those with the nearest thumbnails: each takes some milliseconds."""

ALIKE: Final = 0.8
"""Correlation of two photos' luminance from which they are laid over each other once more."""

STEP: Final = 32
"""Photos between two words on how far the look at them has come."""

Pair = tuple[int, int]
"""Ids of two photos, the smaller one first."""

_KEYS: Final = ("print_ids", "prints", "duplicates")
_CROWDED: Final = "crowded"


@dataclass(frozen=True, slots=True)
class Duplicate:
    """A picture that is known under two names."""

    first: Item
    second: Item

    def to_dict(self) -> list[dict[str, Any]]:
        """The public JSON."""
        both = (self.first, self.second)
        return [{"id": item.id, "photo": item.photo, "instance": item.instance} for item in both]


@dataclass(frozen=True, eq=False)
class Duplicates:
    """Prints of one picture among a gallery's photos, and the fingerprints that tell them.

    Attributes
    ----------
    ids : (n,) photos that were looked at.
    prints : (n,) uint64, their fingerprints.
    pairs : (p, 2) ids of two prints of one picture, the smaller first.
    crowded : (c,) ids of photos with thumbnails like those of more than ``LAID`` others, laid over the nearest alone.
    """

    ids: Array
    prints: Array
    pairs: Array
    crowded: Array

    def arrays(self) -> Arrays:
        """The arrays that a gallery's file stores."""
        return dict(zip((*_KEYS, _CROWDED), (self.ids, self.prints, self.pairs, self.crowded), strict=True))

    @classmethod
    def of(cls, arrays: Arrays) -> Self:
        """Restores them from a gallery's file; without arrays, nothing has been looked at yet."""
        none = np.zeros(0, np.int64)
        if not all(key in arrays for key in _KEYS):
            return cls(none, np.zeros(0, np.uint64), np.zeros((0, 2), np.int64), none)
        ids, prints, pairs = (arrays[key] for key in _KEYS)
        if ids.ndim != 1 or prints.shape != ids.shape or pairs.shape != (len(pairs), 2):
            raise GalleryError(f"near duplicates are ids {ids.shape}, prints {prints.shape}, pairs {pairs.shape}")
        return cls(ids, prints, pairs, arrays.get(_CROWDED, none))

    def forgetting(self, ids: Collection[int]) -> Self:
        """A copy in which these photos have not been looked at."""
        kept, whole = ~np.isin(self.ids, list(ids)), ~np.isin(self.pairs, list(ids)).any(axis=1)
        crowded = self.crowded[~np.isin(self.crowded, list(ids))]
        return replace(self, ids=self.ids[kept], prints=self.prints[kept], pairs=self.pairs[whole], crowded=crowded)

    def adding(self, pairs: Collection[Pair]) -> Self:
        """A copy with more pairs."""
        every = sorted({*map(tuple, self.pairs.tolist()), *pairs})
        return replace(self, pairs=np.array(every, np.int64).reshape(-1, 2))

    def among(self, items: Mapping[int, Item]) -> list[Duplicate]:
        """The pairs of different names, but for those of which a table says that one is junk of the other."""
        both = [
            Duplicate(items[first], items[second])
            for first, second in self.pairs.tolist()
            if first in items and second in items
        ]
        return [each for each in both if each.first.instance != each.second.instance and not _ignored(each)]

    def links(self, items: Mapping[int, Item]) -> dict[str, set[str]]:
        """The other names under which each instance's pictures are known."""
        links: dict[str, set[str]] = {}
        for each in self.among(items):
            for one, other in ((each.first, each.second), (each.second, each.first)):
                links.setdefault(one.instance, set()).add(other.instance)
        return links


def known_in(gallery: Gallery) -> tuple[Duplicate, ...]:
    """The near duplicates that a gallery's calibration has found."""
    found, items = _stored(gallery)
    return tuple(found.among(items))


def crowded_in(gallery: Gallery) -> tuple[Item, ...]:
    """The photos that look like too many others for a gallery's calibration to have compared them with each."""
    found, items = _stored(gallery)
    return tuple(items[id] for id in found.crowded.tolist() if id in items)


def _stored(gallery: Gallery) -> tuple[Duplicates, dict[int, Item]]:
    stored = calibration.stored(gallery)
    if stored is None:
        return Duplicates.of({}), {}
    return Duplicates.of(stored.arrays), {item.id: item for item in gallery.items()}


def find_near_duplicates(index: GalleryIndex, before: Duplicates) -> Job[Duplicates]:
    """Look at the photos that were not looked at ``before``, and compare each with all others that look alike."""
    new = sorted(set(index.items) - set(before.ids.tolist()))
    looks = _Looks(index, before, np.array(new, np.int64))
    rows = range(len(before.ids), len(looks.ids))
    pairs: set[Pair] = set()
    with ThreadPoolExecutor(processors.available()) as workers:
        for done, _ in enumerate(workers.map(looks.look, rows), 1):
            if done % STEP == 0:
                yield Progress("looks", done, len(new))
        for done, found in enumerate(workers.map(looks.pairs, rows), 1):
            pairs.update(found)
            if done % STEP == 0:
                yield Progress("near duplicates", done, len(new))
    crowded = np.union1d(before.crowded, np.array(sorted(looks.crowded), np.int64))
    return replace(before, ids=looks.ids, prints=looks.prints, crowded=crowded).adding(pairs)


def among_answers(index: GalleryIndex, samples: CalibrationSamples, found: Duplicates) -> set[Pair]:
    """Pairs of photos that were asked with their own thing left out, and got one that can be laid over them.

    These are prints that were cut or turned as well, whose fingerprints are not alike.
    """
    rows, columns = np.nonzero(_alike(samples) & (samples.kinds == QueryKind.LEFT_OUT)[:, None])
    both = np.sort(np.column_stack([samples.ids[rows], samples.candidates[rows, columns]]), axis=1)
    suspects = set(map(tuple, both.tolist())) - set(map(tuple, found.pairs.tolist()))
    return {pair for pair in suspects if _is_print(*map(index.local, pair))}


def printed(index: GalleryIndex, photo: LocalFeatures, question: CalibrationSamples) -> int | None:
    """The known photo of which the photo of one question is a print; None where it is of none."""
    alike = question.candidates[0][_alike(question)[0]].tolist()
    return next((id for id in alike if _is_print(photo, index.local(id))), None)


def _alike(samples: CalibrationSamples) -> Array:
    """Flags ``(q, k)`` of the candidates that may be prints of what was asked about."""
    votes, registered, structure = (samples.evidence[..., LOCAL.index(name)] for name in LOCAL[:3])
    return samples.present & (registered > 0) & (structure >= ALIKE) & (votes >= np.log1p(CLEAR))


def _is_print(one: LocalFeatures, other: LocalFeatures) -> bool:
    """Whether two photos with points in common are prints of one picture."""
    transform = verify(one, other, NO_VOTES).check.transform
    return transform is not None and are_prints(one, other, transform)


def _ordered(one: int, other: int) -> Pair:
    return min(one, other), max(one, other)


def _ignored(pair: Duplicate) -> bool:
    both = ((pair.first, pair.second), (pair.second, pair.first))
    return any(other.photo in one.about.get("ignore", ()) for one, other in both)


class _Looks:
    """Known photos as they look, whole, by rows: those that were looked at before, and new ones."""

    def __init__(self, index: GalleryIndex, before: Duplicates, new: Array) -> None:
        self._known = index
        self.ids = np.concatenate([before.ids, new])
        self.prints = np.concatenate([before.prints, np.zeros(len(new), np.uint64)])
        self.crowded: set[int] = set()
        names = [index.items[id].instance if id in index.items else "" for id in self.ids.tolist()]
        self._names = np.unique(names, return_inverse=True)[1]
        self._known_now = np.array([name != "" for name in names], bool)
        self._thumbnails = ColourThumbnails(len(self.ids))
        self._image = lru_cache(CACHED)(index.image)

    def look(self, row: int) -> None:
        """Take a photo's fingerprint and thumbnail."""
        image = self._known.image(int(self.ids[row]))
        self.prints[row] = images.fingerprint(image)
        self._thumbnails.add(row, image)

    def pairs(self, row: int) -> list[Pair]:
        """A photo with each one before it that is a print of the same picture, under another name."""
        id, near = int(self.ids[row]), self._near(row)
        for other in near.tolist():
            if other not in self._thumbnails:
                self._thumbnails.add(other, self._known.image(int(self.ids[other])))
        alike = self.ids[self._thumbnails.alike(row, near)].tolist()
        if len(alike) > LAID:
            self.crowded.add(id)
        return [_ordered(id, other) for other in alike[:LAID] if self._is_reprint(id, other)]

    def _near(self, row: int) -> Array:
        """Rows of earlier photos of other names that have much the same fingerprint."""
        own = self.prints[row]
        if not own:  # a photo of one colour has the print 0, whichever colour it is
            return np.zeros(0, np.int64)
        near = np.bitwise_count(self.prints[:row] ^ own) <= NEAR
        return np.flatnonzero(near & self._known_now[:row] & (self._names[:row] != self._names[row]))

    def _is_reprint(self, id: int, other: int) -> bool:
        """Whether the whole of one is the whole of the other."""
        one, two = (LocalFeatures(featureless(self._size(each)), self._image(each)) for each in (id, other))
        return are_prints(one, two, resized(np.array(self._size(other)) / np.array(self._size(id))))

    def _size(self, id: int) -> tuple[int, int]:
        item = self._known.items[id]
        return item.width, item.height
