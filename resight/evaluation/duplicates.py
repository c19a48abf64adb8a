"""Duplicate search without a network, to find one photo on both sides of a measurement."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np

from resight.types import Array

NEAR: Final = 4
"""Bits of 64 in which the fingerprints of two prints of one photo may differ; two photos differ in about 32."""


@dataclass(frozen=True, slots=True)
class Leak:
    """A query whose photo is also known, by its "content" or as a "near duplicate"."""

    query: str
    reference: str
    kind: str


@dataclass(frozen=True, eq=False)
class DuplicateIndex:
    """Photos by ``names``, ``digests`` of their content, and ``bits (n,)`` uint64, fingerprints of their looks."""

    names: tuple[str, ...]
    digests: tuple[bytes, ...]
    bits: Array

    @cached_property
    def _places(self) -> dict[bytes, int]:
        """The first photo of each content: of ten thousand questions each would else be compared with all."""
        return {digest: place for place, digest in reversed([*enumerate(self.digests)])}

    def leak(self, query: str, digest: bytes, bits: np.uint64) -> Leak | None:
        """Whether another photo is one of these; None where it is none."""
        if (place := self._places.get(digest)) is not None:
            return Leak(query, self.names[place], "content")
        apart = np.bitwise_count(self.bits ^ bits)
        # A photo of one colour has the print 0, whichever colour it is.
        near = bool(bits) and int(apart.min(initial=64)) <= NEAR
        return Leak(query, self.names[int(apart.argmin())], "near duplicate") if near else None
