"""Detectors of points, for comparison: SIFT's, ORB's and Harris', each described by rootSIFT."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

import cv2
import numpy as np

from resight.features import sift
from resight.features.sift import root, steady
from resight.runtimes import forking
from resight.types import Array, Image

WINDOW: Final = 6.0
"""Times the size of a point that SIFT looks at around it: four bins of one and a half sizes."""

PATCH: Final = 31.0
"""Pixels that ORB describes around a point of its first level (Rublee et al. 2011, section 4.2), and that we describe
around a corner, which has no size of its own."""

Detector = Callable[[Image, int], tuple[Array, Array]]
"""A photo ``(h, w, 3)`` and a number to at most so many points ``(m, 2)``, strongest first, and rootSIFT ``(m, 128)``.
"""


def sift_points(image: Image, count: int) -> tuple[Array, Array]:
    """Extrema of differences of Gaussians (Lowe 2004), as the classical encoder takes them."""
    points, values = sift.detect(image, count)
    return _places(points), values


@forking.held_off()
def orb_points(image: Image, count: int) -> tuple[Array, Array]:
    """Oriented FAST corners of a pyramid (Rublee et al. 2011), with their sizes and angles, described by rootSIFT."""
    grey = steady(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY))
    found = cv2.ORB.create(nfeatures=count).detect(grey, None)
    order = np.argsort([-point.response for point in found], kind="stable")[:count]
    chosen = [found[row] for row in order]
    return _described(grey, [_point(point.pt, point.size, point.angle) for point in chosen])


@forking.held_off()
def harris_points(image: Image, count: int) -> tuple[Array, Array]:
    """Corners of Harris & Stephens (1988), which have neither size nor angle: described upright, at one size."""
    grey = steady(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY))
    found = cv2.goodFeaturesToTrack(grey, count, 0.01, 3, useHarrisDetector=True, k=0.04)
    corners = np.zeros((0, 2)) if found is None else found.reshape(-1, 2)
    return _described(grey, [_point(corner, PATCH, 0.0) for corner in corners.tolist()])


DETECTORS: Final[dict[str, Detector]] = {"sift": sift_points, "orb": orb_points, "harris": harris_points}
"""Detectors by name."""


def _point(place: Sequence[float], patch: float, angle: float) -> cv2.KeyPoint:
    """A point whose ``patch``, a diameter in pixels, is what SIFT describes."""
    return cv2.KeyPoint(place[0], place[1], patch / WINDOW, angle, 1.0, 0)


def _described(grey: Array, points: Sequence[cv2.KeyPoint]) -> tuple[Array, Array]:
    if not points:
        return np.zeros((0, 2), np.float32), np.zeros((0, 128), np.float32)
    kept, descriptors = cv2.SIFT.create().compute(grey, list(points))
    return _places(kept), root(descriptors)


def _places(points: Sequence[cv2.KeyPoint]) -> Array:
    return np.array([point.pt for point in points], np.float32).reshape(-1, 2)
