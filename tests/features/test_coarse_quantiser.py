"""The coarse quantiser against a loop over its centres."""

from __future__ import annotations

import numpy as np

from resight.features.coarse_quantiser import ROWS, CoarseQuantiser


def test_cells_are_the_nearest_centres(rng: np.random.Generator) -> None:
    centres = rng.integers(0, 256, (40, 8), dtype=np.uint8)
    cells = CoarseQuantiser(centres)
    codes = rng.integers(0, 256, (2 * ROWS + 1, 8), dtype=np.uint8)
    slow = [
        min(range(40), key=lambda cell: sum((int(x) - int(y)) ** 2 for x, y in zip(code, centres[cell], strict=True)))
        for code in codes
    ]
    assert cells.assign(codes).dtype == np.uint16
    np.testing.assert_array_equal(cells.assign(codes), slow)
    np.testing.assert_array_equal(cells.assign(centres), range(40))
    assert cells.assign(codes[:0]).shape == (0,)


def test_what_is_no_code_or_has_a_cell_that_there_is_not_is_not_held() -> None:
    cells = CoarseQuantiser(np.zeros((3, 8), np.uint8))
    codes, lists = np.zeros((2, 8), np.uint8), np.array([0, 2], np.uint16)
    assert cells.holds(codes, lists)
    assert cells.holds(codes[:0], lists[:0])
    assert not cells.holds(codes, lists + 1)
    assert not cells.holds(codes.astype(np.float32), lists)
    assert not cells.holds(codes[:, :7], lists)
