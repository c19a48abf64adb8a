"""Rank correlation: whether two maps are bright in the same places."""

from __future__ import annotations

import numpy as np

from resight.errors import ShapeError
from resight.types import Array


def rank_correlation(a: Array, b: Array) -> float:
    """Spearman's ρ of the elements of two arrays of one shape, in [-1, 1]: the correlation of their ranks.

    Equals share the mean of their ranks; 0 where one of the two does not vary. Raises ShapeError for other shapes.
    """
    if a.shape != b.shape:
        raise ShapeError(f"arrays of {a.shape} and {b.shape} are compared; wanted one shape: resize one of them")
    x, y = _ranks(a.ravel()), _ranks(b.ravel())
    spread = float(np.sqrt((x @ x) * (y @ y)))
    return float(x @ y) / spread if spread else 0.0


def _ranks(values: Array) -> Array:
    """Ranks about their mean."""
    _, places, counts = np.unique(values, return_inverse=True, return_counts=True)
    last = np.cumsum(counts)
    ranks = (last - (counts - 1) / 2)[places]
    return ranks - ranks.mean()
