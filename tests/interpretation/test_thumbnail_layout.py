"""No thumbnail upon another, and each near its point."""

from __future__ import annotations

import numpy as np
import pytest

from resight.interpretation.thumbnail_layout import laid_out, spread_sample


@pytest.mark.parametrize("n", [1, 2, 60])
def test_no_cell_is_given_twice(n: int, rng: np.random.Generator) -> None:
    points = rng.normal(size=(n, 2)) ** 3
    cells, (columns, rows) = laid_out(points)
    assert len({*map(tuple, cells.tolist())}) == n
    assert (cells >= 0).all()
    assert (cells < [columns, rows]).all()
    scaled = (points - points.min(axis=0)) / np.maximum(np.ptp(points, axis=0), 1e-9) * [columns - 1, rows - 1]
    apart = ((scaled[:, None] - cells) ** 2).sum(axis=2)
    own = np.diagonal(apart)
    assert (own[:, None] + own <= apart + apart.T + 1e-9).all()  # no two would be nearer in each other's cells


def test_a_sample_has_each_once(rng: np.random.Generator) -> None:
    points = rng.random((30, 2))
    assert len({*spread_sample(points, 10, rng=rng).tolist()}) == 10
    assert spread_sample(points, 50, rng=rng).tolist() == [*range(30)]
