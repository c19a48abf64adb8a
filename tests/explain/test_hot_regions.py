"""Hot places by hand and against a loop."""

from __future__ import annotations

import numpy as np
import pytest

from resight.explain.hot_regions import hot, on_pixels, regions, rise, widened


def test_pixels_have_the_value_of_their_cell() -> None:
    cells = np.arange(6.0).reshape(2, 3)
    found = on_pixels(cells, stride=2, shape=(3, 5))
    assert found.shape == (3, 5)
    for y in range(3):
        for x in range(5):
            assert found[y, x] == cells[y // 2, x // 2]


def test_hot_is_above_the_mean_by_two_deviations(rng: np.random.Generator) -> None:
    heat = rng.exponential(size=(12, 9))
    values = heat.ravel().tolist()
    mean = sum(values) / len(values)
    deviation = (sum((value - mean) ** 2 for value in values) / len(values)) ** 0.5
    found = hot(heat)
    assert 0 < found.sum() < 12 * 9
    for place in np.ndindex(*heat.shape):
        assert found[place] == (heat[place] > mean + 2 * deviation)


def test_a_higher_threshold_leaves_less(rng: np.random.Generator) -> None:
    heat = rng.exponential(size=(20, 20))
    assert hot(heat, deviations=3).sum() < hot(heat, deviations=1).sum()


@pytest.mark.parametrize("value", [0.0, 0.1, 7.3])
def test_nothing_is_hot_on_a_map_that_is_the_same_everywhere(value: float) -> None:
    heat = np.full((5, 6), value)
    assert not hot(heat, deviations=-1.0).any()
    boxes, sums = regions(heat, hot(heat))
    assert (boxes.shape, sums.shape) == ((0, 4), (0,))


def test_boxes_come_with_their_heat_the_hottest_first() -> None:
    heat = np.zeros((6, 8))
    heat[0, 0:2] = 1.0
    heat[3:6, 5] = 4.0
    heat[4, 6] = 0.5
    boxes, sums = regions(heat, heat > 0)
    assert boxes.tolist() == [[5, 3, 7, 6], [0, 0, 2, 1]]
    assert sums.tolist() == [12.5, 2.0]


@pytest.mark.parametrize(("between", "gap", "count"), [(1, 0, 2), (1, 1, 1), (2, 2, 1), (3, 2, 2), (3, 4, 1)])
def test_regions_with_a_small_gap_are_one(between: int, gap: int, count: int) -> None:
    heat = np.zeros((5, 12))
    heat[2, [3, 4 + between]] = 1.0, 2.0
    boxes, sums = regions(heat, heat > 0, gap=gap)
    assert len(boxes) == count
    assert sums.sum() == 3.0
    if count == 1:
        assert boxes.tolist() == [[3, 2, 5 + between, 3]]


def test_widening_grows_every_way(rng: np.random.Generator) -> None:
    mask = rng.random((7, 9)) < 0.1
    found = widened(mask, 3)
    for y, x in np.ndindex(7, 9):
        near = mask[max(0, y - 2) : y + 3, max(0, x - 2) : x + 3].any()
        assert found[y, x] == near
    np.testing.assert_array_equal(widened(mask, 0), mask)


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
