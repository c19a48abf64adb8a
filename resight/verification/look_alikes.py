"""Known photos that look alike, laid over each other: where they differ, as outlines to point with and in words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import cv2
import numpy as np

from resight.runtimes import forking
from resight.types import Array, SpatialVerification

from .comparison import NO_VOTES, LocalFeatures, agreed
from .components import components
from .near_twins import Twins, place, twins
from .polygons import clipped

POINTED: Final = 3
"""Places that are pointed at, at most: the largest."""

LESSER: Final = 0.25
"""Share of the largest place's size from which another one is pointed at as well."""

NEAR: Final = 0.06
"""Distance, as a share of a photo's longer side, up to which two spots that differ are one place, as letters of a word.
"""

ROOM: Final = 1.2
"""Width of an outline over that of its place, so that what is pointed at is not hidden by it."""

CORNERS: Final = 32
"""Corners of an outline, which is an ellipse."""


@dataclass(frozen=True, eq=False)
class LookAlikes:
    """Two known photos that look alike.

    Attributes
    ----------
    first, second : the photos.
    """

    first: LocalFeatures
    second: LocalFeatures

    @cached_property
    def check(self) -> SpatialVerification:
        """Verification of the second by the first."""
        return agreed(self.first.features, self.second.features, NO_VOTES)

    @cached_property
    def masks(self) -> tuple[Array, ...]:
        """Places ``(h, w)`` bool, in the second's frame, where the two differ, the largest first; none where nothing
        does, or where they cannot be laid over each other.
        """
        found = self._laid
        if found is None or not found.differs.any():
            return ()
        numbers = components(_joined(found.differs)) * found.differs
        sizes = np.bincount(numbers.ravel())[1:]
        largest = [row for row in np.argsort(-sizes, kind="stable") if sizes[row] >= LESSER * sizes.max()]
        return tuple(numbers == row + 1 for row in largest[:POINTED])

    @cached_property
    def on_second(self) -> tuple[Array, ...]:
        """Outlines ``(c, 2)`` of these places on the second photo, in its pixels."""
        return tuple(_around(mask) * (np.array(self.second.features.size) / mask.shape[::-1]) for mask in self.masks)

    @cached_property
    def on_first(self) -> tuple[Array, ...]:
        """Outlines of these places on the first photo, in its pixels."""
        return _carried(self.on_second, self.check, self.first.features.size)

    def on(
        self, query: LocalFeatures, to_first: SpatialVerification, to_second: SpatialVerification
    ) -> tuple[Array, ...]:
        """Outlines of these places on a photo that these checks lead from, in its pixels; none without a transform."""
        size = query.features.size
        return _carried(self.on_second, to_second, size) or _carried(self.on_first, to_first, size)

    def sentence(self, first: str, second: str) -> str:
        """Sentence on where the two differ, which calls them by these names."""
        both = f"{first} and {second} look alike"
        if self._laid is None:
            return f"{both}, but cannot be laid over each other"
        if not self.masks:
            return f"{both} and hardly differ between the points that agree"
        return f"{both} and differ most {place(self.masks[0])}: compare there"

    @cached_property
    def _laid(self) -> Twins | None:
        return twins(self.first, self.second, self.check)


@forking.held_off()
def _joined(differs: Array) -> Array:
    """A mask in which spots that are NEAR each other touch."""
    width = 1 + round(NEAR * max(differs.shape))
    return cv2.dilate(differs.astype(np.uint8), np.ones((width, width), np.uint8)) > 0


def _around(mask: Array) -> Array:
    """An ellipse ``(c, 2)`` around a mask's cells, in cells."""
    rows, columns = np.nonzero(mask)
    low, high = np.array([columns.min(), rows.min()]), np.array([columns.max(), rows.max()]) + 1
    angles = np.linspace(0, 2 * np.pi, CORNERS, endpoint=False)
    return (low + high) / 2 + ROOM * (high - low) / 2 * np.column_stack([np.cos(angles), np.sin(angles)])


def _carried(outlines: Sequence[Array], check: SpatialVerification, size: tuple[int, int]) -> tuple[Array, ...]:
    """Outlines on a photo of ``size`` from which the check's transform leads to where they are; none without one."""
    if check.transform is None:
        return ()
    back = np.linalg.inv(check.transform).T
    return tuple(clipped(np.column_stack([outline, np.ones(len(outline))]) @ back, size) for outline in outlines)
