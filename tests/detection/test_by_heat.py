"""Heat of known things: what windows see, against a loop, and the outlines of what is hot."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from resight.detection import by_heat
from resight.detection.by_heat import CELLS, HOT, outlines
from resight.features.encoder import GlobalEncoder
from resight.types import Features
from resight.verification.polygons import box, iou

Array = npt.NDArray[Any]
SIZE = (600, 400)
CELL = 600 / CELLS


def _mean(values: Array) -> Array:
    return values.mean(axis=0)


MEAN = GlobalEncoder("mean", "mean", "mean", None, {}, _mean)  # type: ignore[arg-type]


def _features(rng: np.random.Generator, count: int) -> Features:
    points = rng.uniform((0, 0), SIZE, (count, 2)).astype(np.float32)
    values = rng.random((count, 3)).astype(np.float32)
    return Features(points, values, np.ones(count, np.float32), np.zeros(count, np.float32), SIZE)


@pytest.mark.parametrize(("times", "count"), [(1, 300), (2, 300), (4, 8)])
def test_every_cell_is_described_by_what_lies_around_it(times: int, count: int, rng: np.random.Generator) -> None:
    features, cell = _features(rng, count), times * CELL
    found = by_heat._described(MEAN, features, times)
    height, width = -(-400 // cell), -(-600 // cell)
    assert len(found) == height * width
    for number, descriptor in enumerate(found):
        x, y = (number % width + 0.5) * cell - 0.5, (number // width + 0.5) * cell - 0.5
        near = [
            row
            for row, (px, py) in enumerate(features.points)
            if max(abs(px - x), abs(py - y)) < by_heat.ACROSS * cell / 2
        ]
        near = near or [int(np.hypot(*(features.points - (x, y)).T).argmin())]
        wanted = np.mean([features.values[row] for row in near], axis=0)
        np.testing.assert_allclose(descriptor, wanted / np.linalg.norm(wanted), rtol=1e-4)


def _hill(left: int, top: int, right: int, bottom: int, height: float) -> Array:
    heat = np.zeros((20, 30))
    heat[top:bottom, left:right] = height
    return heat


def test_what_is_hot_is_outlined_part_by_part() -> None:
    heat = (
        _hill(2, 3, 9, 8, 1.0) + _hill(15, 4, 26, 16, 0.9) + _hill(12, 18, 13, 19, 0.4) + _hill(28, 1, 30, 3, HOT / 2)
    )
    found = outlines(heat, SIZE)
    wanted = [box(CELL * np.array(low), CELL * np.array(high)) for low, high in (((2, 3), (9, 8)), ((15, 4), (26, 16)))]
    assert len(found) == 2
    for one, other in zip(found, wanted, strict=True):
        assert iou(one, other) == pytest.approx(1, abs=1e-3)


def test_an_outline_ends_with_the_photo() -> None:
    (found,) = outlines(_hill(20, 10, 30, 20, 1.0), (600, 390))
    assert found.max(axis=0) == pytest.approx((600, 390), abs=1e-3)


@pytest.mark.parametrize("level", [0.0, 0.7, -2.0])
def test_flat_heat_has_no_outline(level: float) -> None:
    assert outlines(np.full((20, 30), level), SIZE) == []
