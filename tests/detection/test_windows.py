"""Cells over a photo: as many as cover it, and where they lie."""

from __future__ import annotations

from fractions import Fraction
from math import ceil

import numpy as np
import pytest

from resight.detection.windows import plane, windows


@pytest.mark.parametrize(
    ("size", "along", "shape"),
    [((640, 480), 32, (24, 32)), ((641, 479), 32, (24, 32)), ((1, 1), 30, (30, 30)), ((3, 900), 30, (30, 1))],
)
def test_a_plane_covers_the_photo(size: tuple[int, int], along: int, shape: tuple[int, int]) -> None:
    assert plane(size, along) == shape


@pytest.mark.parametrize("times", [1, 2, 4])
def test_no_photo_has_a_cell_without_a_pixel(times: int) -> None:
    """Of 1010 pixels in floats, 1010 / (1010 / 30) is above 30."""
    assert ceil(1010 / (1010 / 30)) == 31
    for longer in range(1, 3000, 7):
        assert max(plane((longer, 1), 30, times=times)) == ceil(Fraction(30, times))
        assert plane((1010, longer), 30, times=times) == plane((longer, 1010), 30, times=times)[::-1]
    assert plane((1010, 505), 30, times=times) == (ceil(Fraction(15, times)), ceil(Fraction(30, times)))


def test_windows_are_centred_on_their_cells() -> None:
    """A cell of ten pixels from 10 j has its middle between two of them."""
    found = windows((2, 3), 10.0, 4.0).reshape(2, 3, 4)
    for i in range(2):
        for j in range(3):
            x, y = (sum(range(10 * each, 10 * each + 10)) / 10 for each in (j, i))
            np.testing.assert_allclose(found[i, j], (x - 2, y - 2, x + 2, y + 2))
