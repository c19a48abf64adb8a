from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from resight.explain.occlusion import occlusion


def test_it_is_the_mean_fall_of_the_windows_by_a_loop(rng: np.random.Generator) -> None:
    weights = rng.random((5, 8))
    found = occlusion(lambda seen: float(weights[seen].sum()), (5, 8), window=3, stride=2)
    for i, j in np.ndindex(5, 8):
        falls = [
            weights[top : top + 3, left : left + 3].sum()
            for top in (0, 2)
            for left in (0, 2, 4, 5)
            if top <= i < top + 3 and left <= j < left + 3
        ]
        assert found[i, j] == pytest.approx(np.mean(falls))


def test_the_place_that_counts_is_found() -> None:
    weights = np.zeros((12, 16))
    weights[7, 11] = 1.0
    found = occlusion(lambda seen: float(weights[seen].sum()), weights.shape)
    assert found[7, 11] == found.max() == 1
    assert found[:4].max() == found[:, :7].max() == 0


def test_what_speaks_against_is_below_zero() -> None:
    assert occlusion(lambda seen: float((~seen).sum()), (4, 4)).max() < 0


@pytest.mark.parametrize("shape", [(1, 1), (1, 16), (2, 3)])
def test_photos_smaller_than_a_window_are_hidden_whole(shape: Any) -> None:
    np.testing.assert_array_equal(occlusion(lambda seen: float(seen.any()), shape, window=20), np.ones(shape))
