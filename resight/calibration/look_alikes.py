"""Look-alikes: things of which known photos look alike, as labels of one design do, found by a gallery's questions."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from resight.gallery.protocol import Gallery
from resight.gallery.records import Item
from resight.search.candidates import CLEAR
from resight.verification.comparison import LOCAL

from . import calibration
from .near_duplicates import Duplicates
from .samples import CalibrationSamples, QueryKind


@dataclass(frozen=True, slots=True)
class LookAlikePair:
    """Known photos of two things that look alike.

    Attributes
    ----------
    first, second : the photos that have most in common.
    score : of what agrees between them, as log(1 + votes).
    """

    first: Item
    second: Item
    score: float

    def to_dict(self) -> dict[str, Any]:
        """The public JSON."""
        both = (self.first, self.second)
        return {"instances": [item.instance for item in both], "photos": [item.photo for item in both]}


def look_alikes_in(gallery: Gallery) -> tuple[LookAlikePair, ...]:
    """The pairs of things that look alike, the most alike first, as a gallery's calibration has come upon them.

    A photo that is asked without its own thing names those that look like it. What is one picture under two names is
    told by :func:`resight.calibration.near_duplicates.known_in`.
    """
    stored = calibration.stored(gallery)
    if stored is None:
        return ()
    items = {item.id: item for item in gallery.items()}
    links = Duplicates.of(stored.arrays).links(items)
    found: dict[frozenset[str], LookAlikePair] = {}
    for one, other, score in _named(CalibrationSamples.of(stored.arrays)):
        if one not in items or other not in items:
            continue
        first, second = items[min(one, other)], items[max(one, other)]
        names = frozenset((first.instance, second.instance))
        if len(names) == 2 and second.instance not in links.get(first.instance, ()):
            best = found.get(names)
            found[names] = best if best is not None and best.score >= score else LookAlikePair(first, second, score)
    return tuple(sorted(found.values(), key=lambda pair: (-pair.score, pair.first.id, pair.second.id)))


def _named(samples: CalibrationSamples) -> Iterator[tuple[int, int, float]]:
    """Photos asked about as they are known, without their own thing, and others that they agree with clearly."""
    votes, registered = (samples.evidence[..., LOCAL.index(name)] for name in ("votes", "registered"))
    alike = samples.present & (registered > 0) & (votes >= np.log1p(CLEAR))
    rows, columns = np.nonzero(alike & (samples.kinds == QueryKind.LEFT_OUT)[:, None])
    numbers = samples.ids[rows], samples.candidates[rows, columns], votes[rows, columns]
    yield from zip(*(each.tolist() for each in numbers), strict=True)
