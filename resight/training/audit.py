"""What lies on both sides of a split: questions whose photo is known or learned, by content or by looks."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from resight.evaluation import NEAR, Leak
from resight.io import images
from resight.training.split import Split
from resight.types import Array


@dataclass(frozen=True, slots=True, eq=False)
class Prints:
    """What tells photos apart without a network: names, ``digests`` of content and ``bits (n,)`` of looks."""

    names: tuple[str, ...]
    digests: tuple[bytes, ...]
    bits: Array

    def identity(self, labels: Iterable[str]) -> str:
        """SHA-256 of the photos' content and labels, whatever their order."""
        said = sorted(zip((digest.hex() for digest in self.digests), labels, strict=True))
        return hashlib.sha256(repr(said).encode()).hexdigest()


def prints(names: Sequence[str], digests: Sequence[bytes], pixels: Array) -> Prints:
    """The prints of photos ``(n, s, s, 3)`` uint8; those of looks are of the square that is learned."""
    return Prints(tuple(names), tuple(digests), np.array([images.fingerprint(square) for square in pixels], np.uint64))


def leaks(found: Prints, parts: Split) -> tuple[Leak, ...]:
    """Questions whose photo is also among the others; a view of a known photo is none, for it is told as a view."""
    others = np.union1d(parts.known, parts.learned)
    by_content = {found.digests[row]: row for row in others}
    leaked = []
    for row in parts.asked[~parts.viewed]:
        if found.digests[row] in by_content:
            leaked.append(Leak(found.names[row], found.names[by_content[found.digests[row]]], "content"))
            continue
        apart = np.bitwise_count(found.bits[others] ^ found.bits[row])
        if found.bits[row] and apart.min() <= NEAR:  # a photo of one colour has the print 0, whichever colour it is
            leaked.append(Leak(found.names[row], found.names[others[apart.argmin()]], "near duplicate"))
    return tuple(leaked)
