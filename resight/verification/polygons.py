"""Outlines of things on a photo: convex polygons, their areas, and how far two of them cover each other.

A polygon is ``(c, 2)`` corners ``(x, y)`` in order, either way round; fewer than three enclose nothing.
"""

from __future__ import annotations

import numpy as np

from resight.types import Array

NOWHERE = np.zeros((0, 2))
"""The polygon that encloses nothing."""


def area(polygon: Array) -> float:
    """Area of a polygon without crossing sides, ``½ |Σ xᵢ yᵢ₊₁ − xᵢ₊₁ yᵢ|`` (the shoelace formula)."""
    return abs(_signed_area(polygon))


def inside(points: Array, polygon: Array) -> Array:
    """Flags of the points ``(i, 2)`` that lie in a convex polygon or on its border, ``(i,)`` bool."""
    homogeneous = np.column_stack([points, np.ones(len(points))])
    within: Array = np.logical_and.reduce(homogeneous @ _sides(polygon).T >= 0, axis=1)
    return within & (len(polygon) >= 3)


def intersection(a: Array, b: Array) -> Array:
    """Intersection of two convex polygons, a convex polygon (Sutherland and Hodgman 1974)."""
    if min(len(a), len(b)) < 3:
        return NOWHERE
    shared = np.column_stack([a, np.ones(len(a))])
    for side in _sides(b):
        shared = _cut(shared, side)
    return shared[:, :2]


def iou(a: Array, b: Array) -> float:
    """Intersection over union of two convex polygons, in [0, 1]; 0 where both enclose nothing."""
    shared = area(intersection(a, b))
    return _share(shared, area(a) + area(b) - shared)


def overlap(a: Array, b: Array) -> float:
    """Intersection over the smaller of two convex polygons, in [0, 1]: 1 for a part of a thing and the whole."""
    return _share(area(intersection(a, b)), min(area(a), area(b)))


def box(low: Array, high: Array) -> Array:
    """The upright rectangle ``(4, 2)`` between two corners ``(2,)``, from the upper left clockwise."""
    return np.array([(low[0], low[1]), (high[0], low[1]), (high[0], high[1]), (low[0], high[1])], np.float64)


def corners(transform: Array, reference: tuple[int, int]) -> Array:
    """The corners of a photo of size ``reference``, carried back by the transform ``(3, 3)`` that leads onto it.

    Homogeneous ``(4, 3)``, clockwise from its upper left one; ``(0, 3)`` where the transform leads nowhere back.
    """
    width, height = reference
    known = np.array([(0, 0, 1), (width, 0, 1), (width, height, 1), (0, height, 1)], np.float64)
    try:
        return known @ np.linalg.inv(transform).T
    except np.linalg.LinAlgError:
        return np.zeros((0, 3))


def outline(transform: Array, reference: tuple[int, int], query: tuple[int, int]) -> Array:
    """The border of a known photo of size ``reference`` on the query, ``(c, 2)``, as far as it lies on it."""
    return clipped(corners(transform, reference), query)


def clipped(corners: Array, size: tuple[int, int]) -> Array:
    """The part ``(c, 2)`` of a convex polygon that lies on a photo of ``size``; ``(0, 2)`` where none does.

    ``corners (c, 3)`` are homogeneous ``(x, y, w)``, so that what lies beyond the horizon, ``w ≤ 0``, is cut off before
    it is divided by ``w`` (Sutherland and Hodgman 1974, in the coordinates of Blinn and Newell 1978).
    """
    width, height = size
    polygon = np.asarray(corners, np.float64)
    for side in ((1, 0, 0), (0, 1, 0), (-1, 0, width), (0, -1, height), (0, 0, 1)):
        polygon = _cut(polygon, np.array(side, np.float64))
    polygon = polygon[polygon[:, 2] > 0]
    return polygon[:, :2] / polygon[:, 2:]


def _signed_area(polygon: Array) -> float:
    if len(polygon) < 3:
        return 0.0
    x, y = (polygon - polygon[0]).astype(np.float64).T  # near the origin the products lose no digits
    return float(x @ np.roll(y, -1) - np.roll(x, -1) @ y) / 2


def _sides(polygon: Array) -> Array:
    """Lines ``(c, 3)`` through the sides of a convex polygon; ``(x, y, 1) @ side ≥ 0`` inside."""
    here = polygon.astype(np.float64)
    x, y = (np.roll(here, -1, axis=0) - here).T
    lines = np.column_stack([-y, x, y * here[:, 0] - x * here[:, 1]])
    return lines if _signed_area(polygon) >= 0 else -lines


def _cut(polygon: Array, side: Array) -> Array:
    """The part of the polygon ``(c, 3)`` where ``polygon @ side ≥ 0``."""
    kept = []
    for here, there in zip(polygon, np.roll(polygon, -1, axis=0), strict=True):
        a, b = here @ side, there @ side
        if a >= 0:
            kept.append(here)
        if (a >= 0) != (b >= 0):
            kept.append(here + (there - here) * (a / (a - b)))
    return np.array(kept).reshape(-1, 3)


def _share(part: float, whole: float) -> float:
    return min(part / whole, 1.0) if whole > 0 else 0.0
