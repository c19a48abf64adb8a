"""Rectangles around masks."""

from __future__ import annotations

import numpy as np
import pytest

from resight.verification.polygons import area, inside
from resight.verification.rectangle import rectangle


def test_an_empty_mask_has_no_rectangle() -> None:
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
