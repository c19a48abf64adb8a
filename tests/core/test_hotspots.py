"""Heat on a plane against loops over cells and points."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from resight.core.hotspots import plane, rise, spread, windows

Array = npt.NDArray[Any]


@pytest.mark.parametrize(
    ("size", "pitch", "shape"),
    [((640, 480), 20.0, (24, 32)), ((641, 479), 20.0, (24, 33)), ((1, 1), 1 / 30, (30, 30)), ((3, 900), 30.0, (30, 1))],
)
def test_a_plane_covers_the_photo(size: tuple[int, int], pitch: float, shape: tuple[int, int]) -> None:
    assert plane(size, pitch) == shape


def test_windows_are_centred_on_their_cells() -> None:
    found = windows((2, 3), 10.0, 4.0).reshape(2, 3, 4)
    for i in range(2):
        for j in range(3):
            x, y = 10 * j + 5, 10 * i + 5
            np.testing.assert_allclose(found[i, j], (x - 2, y - 2, x + 2, y + 2))


def test_heat_is_the_sum_of_bells(rng: np.random.Generator) -> None:
    points, weights, widths = rng.uniform(0, 60, (9, 2)), rng.uniform(0.1, 2, 9), rng.uniform(3, 20, 9)
    found = spread(points, weights, widths, (5, 7), 10.0)
    assert found.shape == (5, 7)
    for i in range(5):
        for j in range(7):
            wanted = 0.0
            for (x, y), weight, width in zip(points, weights, widths, strict=True):
                square = (10 * j + 5 - x) ** 2 + (10 * i + 5 - y) ** 2
                wanted += weight * math.exp(-square / (2 * width**2))
            assert found[i, j] == pytest.approx(wanted)


def test_no_points_give_no_heat() -> None:
    assert not spread(np.zeros((0, 2)), np.zeros(0), np.zeros(0), (3, 4), 1.0).any()


def test_heat_rises_from_the_ground_to_its_peak(rng: np.random.Generator) -> None:
    heat = rng.normal(5, 3, (20, 30))
    risen = rise(heat)
    ordered = sorted(heat.ravel().tolist())
    assert (risen.min(), risen.max()) == (0, 1)
    assert (risen == 0).mean() == pytest.approx(0.1, abs=0.01)
    ground = ordered[59] + 0.9 * (ordered[60] - ordered[59])  # the quantile lies at 0.1 · 599
    np.testing.assert_allclose(risen, np.clip((heat - ground) / (ordered[-1] - ground), 0, 1))
    np.testing.assert_allclose(rise(7 * heat - 2), risen)


@pytest.mark.parametrize("value", [0.0, -3.5])
def test_flat_heat_rises_nowhere(value: float) -> None:
    assert not rise(np.full((4, 5), value)).any()
