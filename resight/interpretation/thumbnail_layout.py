"""Places for thumbnails near their points, none upon another (Shi 2018, Figure 5, whose thumbnails hide each other)."""

from __future__ import annotations

from typing import Final

import numpy as np
import scipy

from resight.types import Array

ROOM: Final = 2.0
"""Cells for each thumbnail: what is left free shows where points lie apart."""


def laid_out(points: Array, *, aspect: float = 1.5) -> tuple[Array, tuple[int, int]]:
    """A cell (column, row) for each of ``points (n, 2)``, all different, ``(n, 2)``, and the grid's (columns, rows).

    The sum of squared distances from points to their cells is as small as it can be (linear assignment). ``aspect`` is
    the grid's width over its height; y grows downwards.
    """
    wanted = max(ROOM * len(points), 1)
    rows = max(int(np.ceil(np.sqrt(wanted / aspect))), 1)
    columns = max(int(np.ceil(wanted / rows)), 1)
    low, high = points.min(axis=0), points.max(axis=0)
    scaled = (points - low) / np.where(high > low, high - low, 1) * [columns - 1, rows - 1]
    cells = np.stack(np.meshgrid(np.arange(columns), np.arange(rows)), axis=-1).reshape(-1, 2)
    costs = ((scaled[:, None] - cells) ** 2).sum(axis=2)
    chosen = scipy.optimize.linear_sum_assignment(costs)[1]
    return cells[chosen], (columns, rows)


def spread_sample(points: Array, count: int, *, rng: np.random.Generator) -> Array:
    """Rows ``(min(n, count),)`` of points drawn without choice, in order: Shi 2018 shows about 500 of 15,204."""
    return np.sort(rng.permutation(len(points))[:count])
