"""Near duplicates: one picture, saved anew, that is known under several names."""

from __future__ import annotations

from collections.abc import Collection, Generator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Final, Self

import numpy as np

from resight import calibration
from resight.candidates import CLEAR, NO_VOTES
from resight.core.polygons import area, outline
from resight.enrolment import Duplicate
from resight.errors import GalleryError
from resight.evidence import LEAST, LOCAL, Sight, compare, overlay
from resight.io import images
from resight.known import KnownPhotos
from resight.local.registration import resized
from resight.local.reprint import is_reprint
from resight.progress import Progress
from resight.questions import LEFT_OUT, Asked
from resight.runtimes import processors
from resight.sighting import featureless
from resight.stores.gallery import Gallery
from resight.stores.records import Arrays, Item
from resight.types import Array

NEAR: Final = 8
"""Bits of 64 in which the fingerprints of two prints may differ: of 1,070 photos saved anew none differed in more than
6. What is that near is compared, so that it may be generous."""

SKETCH: Final = (16, 16)
"""Greys to which photos of like fingerprints are brought first: packages of one shape have like fingerprints, and by
these a hundred thousand pairs are told apart in seconds."""

SKETCHED: Final = 24
"""Grey levels by which no place of a sketch of two prints differs."""

ALIKE: Final = 0.8
"""Correlation of two photos' luminance from which they are laid over each other once more."""

STEP: Final = 256
"""Photos between two words on how far the look at them has come."""

Pair = tuple[int, int]
"""Ids of two photos, the smaller one first."""

_KEYS: Final = ("print_ids", "prints", "duplicates")


@dataclass(frozen=True, eq=False)
class Duplicates:
    """What a gallery's photos look like, and which of them are prints of one picture.

    Attributes
    ----------
    ids : (n,) photos that were looked at.
    prints : (n,) uint64, their fingerprints.
    pairs : (p, 2) ids of two prints of one picture, the smaller first.
    """

    ids: Array
    prints: Array
    pairs: Array

    def arrays(self) -> Arrays:
        """For the gallery's file."""
        return dict(zip(_KEYS, (self.ids, self.prints, self.pairs), strict=True))

    @classmethod
    def of(cls, arrays: Arrays) -> Self:
        """From the gallery's file; of one that knows of none, nothing was looked at."""
        if not all(key in arrays for key in _KEYS):
            return cls(np.zeros(0, np.int64), np.zeros(0, np.uint64), np.zeros((0, 2), np.int64))
        ids, prints, pairs = (arrays[key] for key in _KEYS)
        if ids.ndim != 1 or prints.shape != ids.shape or pairs.shape != (len(pairs), 2):
            raise GalleryError(f"near duplicates are ids {ids.shape}, prints {prints.shape}, pairs {pairs.shape}")
        return cls(ids, prints, pairs)

    def forgetting(self, ids: Collection[int]) -> Self:
        """As if these photos had not been looked at."""
        kept, whole = ~np.isin(self.ids, list(ids)), ~np.isin(self.pairs, list(ids)).any(axis=1)
        return replace(self, ids=self.ids[kept], prints=self.prints[kept], pairs=self.pairs[whole])

    def adding(self, pairs: Collection[Pair]) -> Self:
        """With more pairs."""
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
        """Under which other names each instance's pictures are known."""
        links: dict[str, set[str]] = {}
        for each in self.among(items):
            for one, other in ((each.first, each.second), (each.second, each.first)):
                links.setdefault(one.instance, set()).add(other.instance)
        return links


def known_in(gallery: Gallery) -> tuple[Duplicate, ...]:
    """The near duplicates that a gallery's calibration has found."""
    stored = calibration.stored(gallery)
    if stored is None:
        return ()
    return tuple(Duplicates.of(stored.arrays).among({item.id: item for item in gallery.items()}))


def looked_at(known: KnownPhotos, before: Duplicates) -> Generator[Progress, None, Duplicates]:
    """Look at the photos that were not looked at ``before``, and compare each with all others that look alike."""
    new = sorted(set(known.items) - set(before.ids.tolist()))
    looks = _Looks(known)
    prints: list[np.uint64] = []
    with ThreadPoolExecutor(processors.available()) as workers:
        for found in workers.map(looks.fingerprint, new):
            prints.append(found)
            if len(prints) % STEP == 0:
                yield Progress("near duplicates", len(prints), len(new))
    everything = replace(
        before,
        ids=np.concatenate([before.ids, np.array(new, np.int64)]),
        prints=np.concatenate([before.prints, np.array(prints, np.uint64)]),
    )
    rows = range(len(before.ids), len(everything.ids))
    return everything.adding({pair for row in rows for pair in looks.pairs(everything, row)})


def among_answers(known: KnownPhotos, asked: Asked, found: Duplicates) -> set[Pair]:
    """More pairs: of photos that were asked with their own thing left out, and got one that can be laid over them.

    These are prints that were cut or turned as well, whose fingerprints are not alike.
    """
    votes, registered, structure = (asked.evidence[..., LOCAL.index(name)] for name in LOCAL[:3])
    alike = asked.present & (registered > 0) & (structure >= ALIKE) & (votes >= np.log1p(CLEAR))
    rows, columns = np.nonzero(alike & (asked.kinds == LEFT_OUT)[:, None])
    both = np.sort(np.column_stack([asked.ids[rows], asked.candidates[rows, columns]]), axis=1)
    suspects = set(map(tuple, both.tolist())) - set(map(tuple, found.pairs.tolist()))
    return {pair for pair in suspects if _is_registered(known, *pair)}


def _is_registered(known: KnownPhotos, first: int, second: int) -> bool:
    """Whether two photos that were compared are prints of one picture."""
    one, other = known.sight(first), known.sight(second)
    transform = compare(one, other, NO_VOTES).check.transform
    return transform is not None and _is_reprint(one, other, transform)


def _is_reprint(one: Sight, other: Sight, transform: Array) -> bool:
    (width, height), size = one.features.size, other.features.size
    corners = np.array([(0, 0), (size[0], 0), size, (0, size[1])], np.float64) - 0.5
    laid = overlay(one, other, transform, corners)
    share = area(outline(transform, size, (width, height))) / (width * height)
    return bool(laid.mask.sum() >= LEAST) and is_reprint(laid, share)


def _ordered(one: int, other: int) -> Pair:
    return min(one, other), max(one, other)


def _ignored(pair: Duplicate) -> bool:
    both = ((pair.first, pair.second), (pair.second, pair.first))
    return any(other.photo in one.about.get("ignore", ()) for one, other in both)


class _Looks:
    """Known photos as they look, whole."""

    def __init__(self, known: KnownPhotos) -> None:
        self._known = known
        self._sketches: dict[int, Array] = {}

    def fingerprint(self, id: int) -> np.uint64:
        """Of a photo, whose sketch is kept, for it is decoded now."""
        image = self._known.image(id)
        self._sketches[id] = _sketch(image)
        return images.fingerprint(image)

    def pairs(self, every: Duplicates, row: int) -> list[Pair]:
        """A photo with each one before it that is a print of the same picture, under another name."""
        own, id = every.prints[row], int(every.ids[row])
        if not own:  # a photo of one colour has the print 0, whichever colour it is
            return []
        near = every.ids[:row][np.bitwise_count(every.prints[:row] ^ own) <= NEAR].tolist()
        instance = self._known.items[id].instance
        near = [other for other in near if other in self._known.items and self._known.items[other].instance != instance]
        return [_ordered(id, other) for other in self._sketched(id, near) if self._is_reprint(id, other)]

    def _sketched(self, id: int, near: Sequence[int]) -> list[int]:
        """Those that have much the same sketch."""
        if not near:
            return []
        apart = np.array([self._sketch(other) for other in near]) - self._sketch(id)
        apart -= np.median(apart, axis=1, keepdims=True)
        return [other for other, far in zip(near, np.abs(apart).max(axis=1), strict=True) if far <= SKETCHED]

    def _sketch(self, id: int) -> Array:
        if id not in self._sketches:
            self._sketches[id] = _sketch(self._known.image(id))
        return self._sketches[id]

    def _is_reprint(self, id: int, other: int) -> bool:
        """Whether the whole of one is the whole of the other."""
        one, two = (Sight(featureless(self._size(each)), self._known.image(each)) for each in (id, other))
        return _is_reprint(one, two, resized(np.array(self._size(other)) / np.array(self._size(id))))

    def _size(self, id: int) -> tuple[int, int]:
        item = self._known.items[id]
        return item.width, item.height


def _sketch(image: Array) -> Array:
    """(256,) greys in [0, 255]."""
    return images.resize(image, SKETCH, resampling="area").mean(axis=2, dtype=np.float32).ravel()
