"""Connected parts of masks against a flood by hand, and the rectangles around them."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from resight.core.polygons import area, inside
from resight.local.components import components, rectangle

Array = npt.NDArray[Any]


def _flooded(mask: Array) -> list[set[tuple[int, int]]]:
    """Parts by walking from cell to touching cell."""
    left = {(int(i), int(j)) for i, j in zip(*np.nonzero(mask), strict=True)}
    parts = []
    while left:
        waiting, part = [left.pop()], set()
        while waiting:
            i, j = waiting.pop()
            part.add((i, j))
            around = {(i + di, j + dj) for di in (-1, 0, 1) for dj in (-1, 0, 1)} & left
            left -= around
            waiting += around
        parts.append(part)
    return parts


def test_parts_are_those_of_a_flood(rng: np.random.Generator) -> None:
    for share in (0.1, 0.3, 0.5):
        mask = rng.random((15, 20)) < share
        found = [
            frozenset(zip(*(axis.tolist() for axis in np.nonzero(part)), strict=True)) for part in components(mask)
        ]
        assert len(found) == len(set(found))
        assert set(found) == {frozenset(part) for part in _flooded(mask)}


def test_an_empty_mask_has_no_part_and_no_rectangle() -> None:
    assert components(np.zeros((3, 4), bool)) == []
    with pytest.raises(ValueError, match="a mask without a cell has no rectangle"):
        rectangle(np.zeros((3, 4), bool))


def test_the_rectangle_of_upright_cells_is_their_border() -> None:
    mask = np.zeros((9, 9), bool)
    mask[2:5, 3:8] = True
    found = rectangle(mask)
    assert {(round(float(x)), round(float(y))) for x, y in found} == {(3, 2), (8, 2), (8, 5), (3, 5)}


def test_the_rectangle_of_a_turned_bar_is_turned_and_holds_it() -> None:
    y, x = np.mgrid[0:40, 0:40] + 0.5
    along, across = (x + y - 40) / np.sqrt(2), (x - y) / np.sqrt(2)
    mask = (np.abs(along) < 18) & (np.abs(across) < 4)
    found = rectangle(mask)
    cells = np.column_stack([axis[mask] for axis in (x, y)])
    assert inside(cells, found).all()
    assert mask.sum() <= area(found) < 1.3 * mask.sum()
