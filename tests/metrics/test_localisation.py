"""Pointing, heat inside a box and overlap, by hand and against loops."""

from __future__ import annotations

import numpy as np
import pytest

from resight.errors import ShapeError
from resight.metrics.localisation import energy_inside, iou, pointing

BOX = np.array([2, 1, 5, 4])


@pytest.mark.parametrize(("place", "hit"), [((1, 2), 1), ((3, 4), 1), ((0, 2), 0), ((3, 5), 0), ((4, 4), 0)])
def test_the_hottest_place_decides(place: tuple[int, int], hit: int) -> None:
    """Corners of the box: its ends are exclusive."""
    heat = np.zeros((6, 8))
    heat[place] = 0.1
    assert pointing(heat, BOX) == hit


def test_several_hottest_places_share_the_point() -> None:
    heat = np.zeros((6, 8))
    heat[1, 2] = heat[0, 0] = heat[5, 5] = heat[2, 2] = 3.0
    assert pointing(heat, BOX) == 0.5
    assert pointing(np.ones((6, 8)), BOX) == 9 / 48


def test_energy_is_the_sum_inside_of_the_sum(rng: np.random.Generator) -> None:
    heat = rng.normal(size=(6, 8))
    low = min(heat.ravel().tolist())
    inside = sum(heat[y, x] - low for y in range(1, 4) for x in range(2, 5))
    assert energy_inside(heat, BOX) == pytest.approx(inside / sum(value - low for value in heat.ravel().tolist()))
    assert energy_inside(7 * heat + 3, BOX) == pytest.approx(energy_inside(heat, BOX))
    assert energy_inside(np.zeros((6, 8)), BOX) == 9 / 48


def test_overlap_counts_cells(rng: np.random.Generator) -> None:
    for _ in range(30):
        boxes = []
        masks = np.zeros((2, 9, 9), bool)
        for mask in masks:
            left, top = rng.integers(0, 8, 2)
            right, bottom = rng.integers(left + 1, 10), rng.integers(top + 1, 10)
            boxes.append(np.array([left, top, right, bottom]))
            mask[top:bottom, left:right] = True
        wanted = (masks[0] & masks[1]).sum() / (masks[0] | masks[1]).sum()
        assert iou(*boxes) == pytest.approx(wanted)
        assert iou(*boxes) == iou(*boxes[::-1])


@pytest.mark.parametrize("box", [[2, 1, 9, 4], [-1, 0, 3, 3], [2, 1, 2, 4], [0, 0, 3, 7]])
def test_a_box_off_the_map_is_refused(box: list[int]) -> None:
    with pytest.raises(ShapeError, match=r"is no part of a map \(6, 8\)"):
        pointing(np.zeros((6, 8)), np.array(box))
