"""Contrast of two photos with a look-alike: what a gallery knows of near twins, for a pair that it is asked about."""

from __future__ import annotations

from typing import Final

import numpy as np

from resight.calibration.decision import DecisionRule
from resight.search.candidates import Candidates, candidates
from resight.search.describe import PhotoFeatures
from resight.search.gallery_index import GalleryIndex
from resight.verification.comparison import LOCAL

from .choice import choose

_CONTRAST: Final = LOCAL.index("contrast")


def twin_contrast(index: GalleryIndex, rule: DecisionRule, first: PhotoFeatures, second: PhotoFeatures) -> float:
    """Deficit of two photos: how much nearer either is to a look-alike of the other's thing than to that, at most 0.

    It is 0 where neither is nearer to a look-alike, and NaN where the gallery has nothing to say: none of both gets a
    name by ``rule``, or nothing that is known looks like its thing. Compared are the known photos, where they differ.
    """
    found = [candidates(index, photo) for photo in (first, second)]
    things = [_thing(index, rule, photo, proposed) for photo, proposed in zip((first, second), found, strict=True)]
    said = [_beside(index, proposed, thing) for proposed, thing in zip(found, reversed(things), strict=True)]
    return min((each for each in said if each is not None), default=np.nan)


def _thing(index: GalleryIndex, rule: DecisionRule, photo: PhotoFeatures, found: Candidates) -> str | None:
    """The instance that a photo shows, by its file or as it is recognised; None where it gets no name."""
    held = index.holding(photo.digest)
    return choose(index, [found], rule).instance if held is None else index.instance(held)


def _beside(index: GalleryIndex, found: Candidates, thing: str | None) -> float | None:
    """The contrast of a photo's candidate that is that thing; None where no other candidate looks like it."""
    alike = {row for pair in found.twins for row in pair}
    rows = [row for row in alike if index.instance(found.ids[row]) == thing]
    return float(found.evidence[rows[0], _CONTRAST]) if rows else None
