"""Rank correlation: whether two maps are bright in the same places."""

from __future__ import annotations

import numpy as np
import scipy

from resight.errors import ShapeError
from resight.types import Array


def rank_correlation(a: Array, b: Array) -> float:
    """Spearman's ρ of the elements of two arrays of one shape, in [-1, 1]: the correlation of their ranks.

    Equals share the mean of their ranks; 0 where one of the two does not vary. Raises ShapeError for other shapes.
    """
    if a.shape != b.shape:
        raise ShapeError(f"arrays of {a.shape} and {b.shape} are compared; wanted one shape: resize one of them")
    if not np.ptp(a) or not np.ptp(b):
        return 0.0
    return float(scipy.stats.spearmanr(a.ravel(), b.ravel()).statistic)
