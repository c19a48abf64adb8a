from __future__ import annotations

import numpy as np
import pytest

from resight.explain.pair import SMALLEST, SUPPORT, around, map_shape, placed, reduction
from resight.search.describe import featureless
from resight.types import Features
from resight.verification.comparison import LocalFeatures


def _features(points: list[tuple[float, float]], scale: float, grid: tuple[int, int] | None = None) -> Features:
    count = len(points)
    scales = np.full(count, scale, np.float32)
    return Features(
        np.array(points, np.float32), np.zeros((count, 4)), scales, np.zeros(count, np.float32), (400, 300), grid
    )


@pytest.mark.parametrize(("size", "shape"), [((400, 300), (120, 160)), ((30, 60), (160, 80)), ((1, 1), (160, 160))])
def test_a_map_is_as_long_as_any_other(size: tuple[int, int], shape: tuple[int, int]) -> None:
    assert map_shape(LocalFeatures(featureless(size), np.zeros((2, 2, 3), np.uint8))) == shape


def test_a_transform_leads_to_the_map() -> None:
    local = LocalFeatures(featureless((400, 300)), np.zeros((2, 2, 3), np.uint8))
    corner = reduction(local, (120, 160)) @ np.array([399.5, 299.5, 1])
    np.testing.assert_allclose(corner, [159.5, 119.5, 1])


def test_points_are_spread_over_what_they_see() -> None:
    """A quarter of what a SIFT descriptor spans is the deviation, and what is too small to be seen is made larger."""
    for scale, deviation in ((60.0, 60 * SUPPORT / 4), (1.0, SMALLEST * 400 / 4)):
        found = around(_features([(200, 150)], scale), np.array([0]), np.ones(1), (300, 400))
        row = found.sum(axis=0)
        half = np.exp(-0.5 * (50 / deviation) ** 2)
        assert row[250] / row[200] == pytest.approx(half, rel=0.01)
        assert found.sum() == pytest.approx(1)


def test_cells_of_a_grid_are_joined_and_points_are_spread() -> None:
    corners = [(0.0, 0.0), (399, 0), (0, 299), (399, 299)]
    weights = np.array([0.0, 1, 0, 1])
    grid = placed(_features(corners, 9, (2, 2)), weights, (30, 40))
    np.testing.assert_allclose(grid, np.tile(grid[:1], (30, 1)), atol=1e-12)
    assert (np.diff(grid[0]) > 0).all()
    loose = placed(_features(corners, 9), weights, (30, 40))
    assert loose.sum() == pytest.approx(2)
    assert loose[:, :20].sum() < 0.01
