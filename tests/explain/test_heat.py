"""Maps from points and from grids: their sums, their places, and what has no place."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from resight.errors import ShapeError
from resight.explain.heat import interpolated, normalised, spread
from resight.verification.consensus import consensus, frames

SIZE, SHAPE = (400, 300), (30, 40)


@pytest.fixture
def points(rng: np.random.Generator) -> tuple[Any, Any, Any]:
    """Points, some at the very border, deviations from less than a cell to an eighth of the photo, and weights."""
    places = np.concatenate([rng.uniform((0, 0), SIZE, (60, 2)), [(-0.5, -0.5), (399.5, 299.5), (0, 150)]])
    return places.astype(np.float32), rng.uniform(0.3, 50, 63), rng.uniform(0.02, 1, 63)


def test_the_map_sums_to_the_weights(points: tuple[Any, Any, Any]) -> None:
    places, deviations, weights = points
    found = spread(places, deviations, weights, size=SIZE, shape=SHAPE, conserved=True)
    assert found.shape == SHAPE
    assert (found >= 0).all()
    assert found.sum() == pytest.approx(weights.sum(), rel=1e-12)


def test_the_map_of_votes_sums_to_the_score(rng: np.random.Generator) -> None:
    """Consistent votes among others: what agrees on one motion is spread, and nothing else."""
    query = rng.uniform((0, 0), SIZE, (40, 2))
    reference = np.concatenate([query[:25] + np.array([5, -3]), rng.uniform((0, 0), SIZE, (15, 2))])
    scales, angles = rng.uniform(5, 40, 40), np.zeros(40)
    check = consensus(
        *(frames(points, scales, angles) for points in (query, reference)), rng.uniform(0.1, 1, 40), diagonal=500
    )
    assert len(check.inliers) >= 25
    for column, places in enumerate((query, reference)):
        rows = check.inliers[:, column]
        found = spread(places[rows], scales[rows], check.weights, size=SIZE, shape=SHAPE, conserved=True)
        assert found.sum() == pytest.approx(check.score)


def test_a_point_is_spread_as_the_formula_says() -> None:
    """``exp(−d² / 2σ²)`` around the point, by loops over the cells."""
    found = spread(np.array([(120.0, 90.0)]), np.array([20.0]), np.array([2.0]), size=SIZE, shape=SHAPE, conserved=True)
    slow = [
        [math.exp(-((10 * x + 4.5 - 120) ** 2 + (10 * y + 4.5 - 90) ** 2) / (2 * 20**2)) for x in range(40)]
        for y in range(30)
    ]
    np.testing.assert_allclose(found, 2 * np.array(slow) / np.sum(slow))


def test_without_its_weight_a_bell_keeps_its_height(rng: np.random.Generator) -> None:
    """On a map of square cells that is wider than the photo; some bells lie partly beyond it."""
    points, weights, deviations = rng.uniform(0, 60, (9, 2)), rng.uniform(0.1, 2, 9), rng.uniform(5, 20, 9)
    found = spread(points, deviations, weights, size=(70.0, 50.0), shape=(5, 7), conserved=False)
    assert found.shape == (5, 7)
    for i in range(5):
        for j in range(7):
            wanted = 0.0
            for (x, y), weight, deviation in zip(points, weights, deviations, strict=True):
                square = (10 * j + 4.5 - x) ** 2 + (10 * i + 4.5 - y) ** 2
                wanted += weight * math.exp(-square / (2 * deviation**2))
            assert found[i, j] == pytest.approx(wanted)


def test_a_point_smaller_than_a_cell_stays_where_it_is() -> None:
    found = spread(np.array([(203.0, 41.0)]), np.array([0.1]), np.ones(1), size=SIZE, shape=SHAPE, conserved=True)
    assert np.unravel_index(found.argmax(), SHAPE) == (4, 20)


def test_points_far_beyond_the_border_count_at_the_border() -> None:
    found = spread(np.array([(1e6, 150.0)]), np.ones(1), np.ones(1), size=SIZE, shape=SHAPE, conserved=True)
    assert found[:, -1].sum() == pytest.approx(1)


def test_no_points_are_no_heat() -> None:
    for conserved in (True, False):
        none = spread(np.zeros((0, 2)), np.zeros(0), np.zeros(0), size=SIZE, shape=SHAPE, conserved=conserved)
        np.testing.assert_array_equal(none, np.zeros(SHAPE))
    np.testing.assert_array_equal(normalised(none), np.zeros(SHAPE))


def test_what_does_not_belong_together_is_refused() -> None:
    with pytest.raises(ShapeError, match=r"wanted \(m, 2\) and \(m,\)"):
        spread(np.zeros((3, 2)), np.ones(3), np.ones(2), size=SIZE, shape=SHAPE, conserved=True)
    with pytest.raises(ShapeError, match="2 columns and 3 rows"):
        interpolated(np.zeros((2, 3)), np.array([0, 1]), np.array([0, 1, 2]), size=SIZE, shape=SHAPE)


def test_cells_are_found_where_their_centres_are() -> None:
    """Centres on the map's own places, so that each cell is there unchanged, and between two lies their mean."""
    cells = np.arange(6, dtype=float).reshape(2, 3)
    across, down = np.array([4.5, 24.5, 44.5]), np.array([14.5, 34.5])
    found = interpolated(cells, across, down, size=(100, 50), shape=(5, 10))
    np.testing.assert_allclose(found[1, [0, 2, 4]], cells[0])
    np.testing.assert_allclose(found[3, [0, 2, 4]], cells[1])
    assert found[2, 1] == pytest.approx((0 + 1 + 3 + 4) / 4)
    np.testing.assert_allclose(found[:, 5:], found[:, 4:5] @ np.ones((1, 5)))


def test_a_flat_grid_is_a_flat_map(rng: np.random.Generator) -> None:
    across, down = np.sort(rng.uniform(0, 400, 7)), np.sort(rng.uniform(0, 300, 5))
    np.testing.assert_allclose(interpolated(np.full((5, 7), 3.5), across, down, size=SIZE, shape=SHAPE), 3.5)


def test_one_cell_is_everywhere() -> None:
    np.testing.assert_allclose(interpolated(np.ones((1, 1)), np.zeros(1), np.zeros(1), size=(1, 1), shape=(4, 3)), 1)


def test_heat_is_between_nothing_and_one() -> None:
    np.testing.assert_allclose(normalised(np.array([[-2.0, 0.5], [1.0, 4.0]])), [[0, 0.125], [0.25, 1]])
    for nothing in (np.zeros((2, 2)), np.full((2, 2), -3.0), np.zeros((0, 0))):
        np.testing.assert_array_equal(normalised(nothing), np.zeros(nothing.shape))
