"""Relation of two photos where one is made of the other: a crop, a turn, or the same picture saved anew."""

from __future__ import annotations

from typing import Final

import numpy as np

from resight.types import Array, SpatialVerification

from .comparison import LocalFeatures
from .polygons import area, outline
from .reprint import are_prints

TURNED: Final = 10.0
"""Degrees from which a picture is told to be turned."""

WHOLE: Final = 0.9
"""Share of a picture that the other one shows, below which that is a crop."""

PRINT = "the same picture, saved anew"
CROP = "a crop of the other"
TURN = "the other, turned by {:.0f}°"


def relation(first: LocalFeatures, second: LocalFeatures, check: SpatialVerification) -> str:
    """Tells how one photo is made of the other, in words; "" where they are two shots, or cannot be laid together."""
    if check.transform is None or not are_prints(first, second, check.transform):
        return ""
    angle = float(np.degrees(np.arctan2(check.transform[1, 0], check.transform[0, 0])))
    if abs(angle) >= TURNED:
        return TURN.format(abs(angle))
    shares = _shown(check.transform, second, first), _shown(np.linalg.inv(check.transform), first, second)
    return CROP if min(shares) < WHOLE else PRINT


def _shown(transform: Array, of: LocalFeatures, on: LocalFeatures) -> float:
    """The share of one photo that the other shows, where the transform leads from that one to it."""
    width, height = on.features.size
    return area(outline(transform, of.features.size, (width, height))) / (width * height)
