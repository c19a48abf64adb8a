"""Audit for leaks: questions whose photo is known or learned, by content or by looks."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from resight.evaluation.duplicates import DuplicateIndex, Leak
from resight.io import images
from resight.types import Array

from .decoded_photos import DecodedPhotos
from .split import Split


def prints(names: Sequence[str], digests: Sequence[bytes], pixels: Array) -> DuplicateIndex:
    """The prints of photos ``(n, s, s, 3)`` uint8; those of looks are of the square that is learned."""
    return DuplicateIndex(
        tuple(names), tuple(digests), np.array([images.fingerprint(square) for square in pixels], np.uint64)
    )


def leaks(found: DuplicateIndex, parts: Split) -> tuple[Leak, ...]:
    """Questions whose photo is also among the others; a view of a known photo is none, for it is told as a view."""
    return between(found, np.union1d(parts.known, parts.learned), parts.asked[~parts.viewed])


def between(found: DuplicateIndex, others: Array, asked: Array) -> tuple[Leak, ...]:
    """Photos in the rows ``asked`` that are also among those in the rows ``others``."""
    names, digests = (tuple(column[row] for row in others) for column in (found.names, found.digests))
    known = DuplicateIndex(names, digests, found.bits[others])
    seen = (known.leak(found.names[row], found.digests[row], found.bits[row]) for row in asked)
    return tuple(leak for leak in seen if leak is not None)


def decoded(names: Sequence[str], pixels: Array) -> DuplicateIndex:
    """The prints of photos ``(n, s, s, 3)`` uint8 whose content is what was decoded of them."""
    return prints(names, [images.digest(square.tobytes()) for square in pixels], pixels)


def among(album: DecodedPhotos, asked: Array, others: Array) -> tuple[Leak, ...]:
    """Decoded photos in the rows ``asked`` that are, as they were decoded, also among those in ``others``."""
    return between(decoded(album.names, album.pixels), others, asked)
