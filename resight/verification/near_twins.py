"""Near twins, such as two flavours of one brand: where two photos that match differ, and how that is told."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from resight.types import Array, SpatialVerification

from .comparison import LocalFeatures, lay, overlay
from .components import components
from .difference_map import difference
from .likeness import blur_of, blurred, in_light

DIFFERENT: Final = 0.5
"""Difference from which two places are told to differ."""

TELLING: Final = 0.2
"""Share that must differ between the points that agree to be worth a word; see `benchmarks/near_twins.py`."""

ODD: Final = 0.3
"""Difference from which a place counts that differs though the rest agrees."""

AGREEING: Final = (3.0, 5.0)
"""Median error of L*, a* or b*, in one light, up to which the rest agrees, so that what differs tells, and from which
it does not: in a poor view all differs a little, and a bulge or what stands in front as much as another thing does."""

LITTLE: Final = 0.02
"""Share that differs from which on more of it counts by its logarithm: the year on a label is a hundredth."""

PLACES: Final = (
    ("at the top left", "at the top", "at the top right"),
    ("on the left", "in the middle", "on the right"),
    ("at the bottom left", "at the bottom", "at the bottom right"),
)
"""Thirds of a photo, in words."""


@dataclass(frozen=True, slots=True, eq=False)
class Twins:
    """Two photos laid over each other, in the known photo's frame.

    Attributes
    ----------
    difference : (h, w) in [0, 1], 0 where nothing could be compared.
    between : (h, w) bool, what was compared between the points that agree.
    """

    difference: Array
    between: Array

    @property
    def share(self) -> float:
        """Share of what lies between the points that agree which differs, in [0, 1]."""
        return float(self.differs.sum() / max(self.between.sum(), 1))

    def sentence(self) -> str:
        """Whether and where the known photo differs, as the end of a sentence."""
        if self.share < TELLING:
            return "and hardly differs between the points that agree"
        numbers = components(self.differs)
        sizes = np.bincount(numbers.ravel())[1:]
        where = f"{place(numbers == sizes.argmax() + 1)} of the known photo"
        most = ", most of all" if sizes.max() < sizes.sum() / 2 else ""
        share = f"in all {100 * self.share:.0f} % of what lies between the points that agree"
        return f"but differs here: {where}{most}; {share}"

    @property
    def differs(self) -> Array:
        """(h, w) bool, which places between the points that agree differ."""
        return (self.difference > DIFFERENT) & self.between


def twins(query: LocalFeatures, reference: LocalFeatures, check: SpatialVerification) -> Twins | None:
    """A photo and a known one, laid over each other by a check's transform; None where they cannot be."""
    laid = lay(query, reference, check)
    if laid is None or check.transform is None:
        return None
    between = overlay(query, reference, check.transform, reference.features.points[check.inliers[:, 1]])
    return Twins(difference(laid.query, laid.reference, laid.mask), laid.mask & between.mask)


def local_difference(query: LocalFeatures, reference: LocalFeatures, check: SpatialVerification) -> float:
    """Share that differs of two photos laid over each other where the rest agrees, ``log(1 + share / LITTLE)`` ≥ 0.

    The known photo is blurred as far as the query is, for a view from afar, or of a small photo, lacks fine drawing
    everywhere. It is 0 where nothing differs, where the two cannot be laid over each other, and where everything
    differs a little, so that it cannot be told whether some place is another one.
    """
    laid = lay(query, reference, check)
    if laid is None:
        return 0.0
    seen = in_light(laid.query, laid.reference, laid.mask)
    sigma = blur_of(seen, laid.reference, laid.mask)
    if sigma is None:
        return 0.0
    known = blurred(laid.reference, sigma)
    astray = np.median(np.abs(seen - known)[laid.mask], axis=0)
    agreement = np.interp(astray.max(), AGREEING, (1.0, 0.0))
    if not agreement:
        return 0.0
    found = difference(seen, known, laid.mask)[laid.mask]
    return float(agreement * np.log1p((found > ODD).mean() / LITTLE))


def place(mask: Array) -> str:
    """Words on where the middle of a mask lies on its photo."""
    down, across = (
        int(3 * (np.median(places) + 0.5) / length) for places, length in zip(np.nonzero(mask), mask.shape, strict=True)
    )
    return PLACES[down][across]
