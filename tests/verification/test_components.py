"""Connected components against a flood fill."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest

from resight.verification.components import components

Mask = npt.NDArray[np.bool_]


def flooded(mask: Mask) -> npt.NDArray[np.int64]:
    """Cell by cell, with a stack."""
    numbers = np.zeros(mask.shape, np.int64)
    count = 0
    for start in np.argwhere(mask).tolist():
        if numbers[tuple(start)]:
            continue
        count += 1
        stack = [start]
        while stack:
            y, x = stack.pop()
            inside = 0 <= y < mask.shape[0] and 0 <= x < mask.shape[1]
            if inside and mask[y, x] and not numbers[y, x]:
                numbers[y, x] = count
                stack += [[y + i, x + j] for i in (-1, 0, 1) for j in (-1, 0, 1)]
    return numbers


@pytest.mark.parametrize("share", [0.0, 0.1, 0.3, 0.41, 0.6, 1.0])
def test_regions_are_those_of_a_flood_fill(share: float, rng: np.random.Generator) -> None:
    for shape in ((1, 1), (1, 30), (30, 1), (23, 31)):
        mask = rng.random(shape) < share
        np.testing.assert_array_equal(components(mask), flooded(mask))


def test_a_long_snake_is_one() -> None:
    mask = np.zeros((41, 41), bool)
    mask[::2] = True
    mask[1::4, -1] = mask[3::4, 0] = True
    np.testing.assert_array_equal(components(mask), mask.astype(int))
