"""Things that look alike lie near each other on the map, and few or equal ones have a place as well."""

from __future__ import annotations

import numpy as np
import pytest

from resight.service.galleries.gallery_map import laid_out


def test_neighbours_stay_neighbours() -> None:
    rng = np.random.default_rng(0)
    kinds = np.repeat(np.eye(3, 16), 8, axis=0)
    places = laid_out(kinds + 0.05 * rng.normal(size=kinds.shape))
    assert places.min() == 0
    assert places.max() == 1
    distances = np.linalg.norm(places[:, None] - places[None], axis=2) + 9 * np.eye(24)
    assert (distances.argmin(axis=1) // 8 == np.arange(24) // 8).all()


@pytest.mark.parametrize("count", [0, 1, 4, 7])
def test_few_and_equal_things_lie_in_a_row(count: int) -> None:
    places = laid_out(np.ones((count, 8)))
    assert places.shape == (count, 2)
    assert len(np.unique(places[:, 0])) == count
