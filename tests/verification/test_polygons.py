"""Polygons against a count of the pixels that they cover, and by hand."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from resight.verification.polygons import (
    NOWHERE,
    area,
    box,
    clipped,
    corners,
    inside,
    intersection,
    iou,
    outline,
    overlap,
)

Array = npt.NDArray[Any]
SQUARE = np.array([(0, 0), (4, 0), (4, 4), (0, 4)], np.float64)
STEP = 0.02


def _convex(rng: np.random.Generator) -> Array:
    """Some corners on an ellipse, in either order."""
    angles = np.sort(rng.uniform(0, 2 * np.pi, rng.integers(3, 8)))
    found = rng.uniform(1, 5, 2) + rng.uniform(0.5, 3, 2) * np.column_stack([np.cos(angles), np.sin(angles)])
    return found[:: rng.choice([-1, 1])]


def _covers(polygon: Array, points: Array) -> Array:
    """Whether rays from the points to the right cross the border an odd number of times."""
    odd = np.zeros(len(points), bool)
    for (ax, ay), (bx, by) in zip(polygon, np.roll(polygon, -1, axis=0), strict=True):
        crosses = (ay > points[:, 1]) != (by > points[:, 1])
        at = ax + (points[:, 1] - ay) * (bx - ax) / np.where(by == ay, 1, by - ay)
        odd ^= crosses & (points[:, 0] < at)
    return odd


def _grid() -> Array:
    """Points over all that ``_convex`` draws, each for a square of STEP."""
    ticks = np.arange(-2.5, 8.5, STEP) + STEP / 2
    return np.stack(np.meshgrid(ticks, ticks), axis=-1).reshape(-1, 2)


def test_areas_and_shares_are_those_of_the_pixels(rng: np.random.Generator) -> None:
    grid = _grid()
    met = 0
    for _ in range(25):
        a, b = _convex(rng), _convex(rng)
        on_a, on_b = _covers(a, grid), _covers(b, grid)
        both, either = (on_a & on_b).sum(), (on_a | on_b).sum()
        assert area(a) == pytest.approx(on_a.sum() * STEP**2, abs=0.1)
        assert area(intersection(a, b)) == pytest.approx(both * STEP**2, abs=0.1)
        assert iou(a, b) == pytest.approx(both / either, abs=0.03)
        assert overlap(a, b) == pytest.approx(both / min(on_a.sum(), on_b.sum()), abs=0.05)
        assert (inside(grid, a) != on_a).mean() < 1e-4
        met += bool(both)
    assert 5 < met < 25


def test_shares_know_no_order(rng: np.random.Generator) -> None:
    for _ in range(10):
        a, b = _convex(rng), _convex(rng)
        for share in (iou, overlap):
            assert share(a, b) == pytest.approx(share(b, a))
            assert share(a, b) == pytest.approx(share(a[::-1], np.roll(b, 1, axis=0)))
            assert share(a, a) == pytest.approx(1)


def test_a_part_overlaps_wholly_and_is_a_small_share() -> None:
    part = box(np.array([1.0, 1]), np.array([3.0, 2]))
    assert overlap(part, SQUARE) == 1
    assert iou(part, SQUARE) == pytest.approx(2 / 16)


@pytest.mark.parametrize("nothing", [NOWHERE, np.zeros((2, 2)), np.zeros((4, 2))])
def test_what_encloses_nothing_covers_nothing(nothing: Array) -> None:
    assert (area(nothing), iou(nothing, nothing), overlap(nothing, SQUARE), iou(SQUARE, nothing)) == (0, 0, 0, 0)


def test_nothing_lies_in_a_polygon_without_corners() -> None:
    assert not inside(np.array([(0.0, 0.0)]), NOWHERE).any()
    assert inside(np.array([(4.0, 2.0)]), SQUARE).all()


def test_the_outline_is_the_border_carried_back() -> None:
    """The query shows the known photo of 100 × 50 at half its size, ten pixels from its left and upper edge."""
    transform = np.array([(2, 0, -20), (0, 2, -20), (0, 0, 1)], np.float64)
    found = outline(transform, (100, 50), (200, 200))
    np.testing.assert_allclose(found, [(10, 10), (60, 10), (60, 35), (10, 35)])
    np.testing.assert_allclose(outline(transform, (100, 50), (40, 200))[:, 0].max(), 40)


def test_a_transform_that_leads_nowhere_back_has_no_corners() -> None:
    assert corners(np.zeros((3, 3)), (100, 50)).shape == (0, 3)
    assert outline(np.zeros((3, 3)), (100, 50), (200, 200)).shape == (0, 2)


SIZE = (8, 6)


def test_what_lies_on_the_photo_is_not_clipped() -> None:
    corners = np.array([(1, 1, 1), (7, 2, 1), (6, 5, 1), (2, 5, 1)], np.float64)
    np.testing.assert_allclose(clipped(corners, SIZE), corners[:, :2])


def test_a_photo_within_the_polygon_is_its_own_border() -> None:
    corners = np.array([(-9, -9, 1), (90, -9, 1), (90, 90, 1), (-9, 90, 1)], np.float64)
    found = {(float(x), float(y)) for x, y in clipped(corners, SIZE)}
    assert found == {(0, 0), (8, 0), (8, 6), (0, 6)}


@pytest.mark.parametrize("shift", [(20, 0), (-20, 0), (0, 20), (0, -20)])
def test_what_lies_beside_the_photo_leaves_nothing(shift: tuple[float, float]) -> None:
    corners = np.array([(0, 0, 1), (8, 0, 1), (8, 6, 1), (0, 6, 1)], np.float64) + np.array([*shift, 0])
    assert clipped(corners, SIZE).shape == (0, 2)


def test_the_clipped_area_is_that_of_the_points_that_map_into_the_border(rng: np.random.Generator) -> None:
    """Of random homographies, some of which put a corner beyond the horizon; counted on a fine grid."""
    y, x = np.mgrid[0:300, 0:400]
    grid = np.stack([(x + 0.5) / 50, (y + 0.5) / 50, np.ones_like(x)], axis=-1)
    horizons = 0
    for _ in range(40):
        back = np.eye(3) + rng.normal(0, 1, (3, 3)) * np.array([(0.3, 0.3, 2), (0.3, 0.3, 2), (0.15, 0.15, 0)])
        border = np.array([(0, 0, 1), (8, 0, 1), (8, 6, 1), (0, 6, 1)], np.float64) @ np.linalg.inv(back).T
        horizons += bool((border[:, 2] <= 0).any() and (border[:, 2] > 0).any())
        u, v, w = np.moveaxis(grid @ back.T, -1, 0)
        inside = (w > 0) & (u > 0) & (u < 8 * w) & (v > 0) & (v < 6 * w)
        found = clipped(border, SIZE)
        assert (found >= -1e-9).all()
        assert (found <= np.array(SIZE) + 1e-9).all()
        assert area(found) == pytest.approx(inside.mean() * 48, abs=0.15)
    assert horizons >= 5
