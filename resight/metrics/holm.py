"""Holm's correction: what a table of many comparisons leaves of each one's p (Holm 1979)."""

from __future__ import annotations

import numpy as np

from resight.types import Array

from .checks import numbers


def holm(p_values: Array) -> Array:
    """Adjusted p of each comparison, (m,) in [0, 1]; at most α of them lets the chance of any false finding be α.

    The smallest of ``p_values (m,)`` is taken m times, the next m − 1 times, and none is less than one before it.
    Nothing is supposed of how the comparisons depend on each other. Raises ShapeError, and ValueError for a p that is
    not in [0, 1].
    """
    p = numbers("p_values", p_values).astype(np.float64)
    if p.min() < 0 or p.max() > 1:
        raise ValueError(f"p values span {p.min():g} to {p.max():g}, wanted [0, 1]")
    order = np.argsort(p, kind="stable")
    stepped = np.maximum.accumulate(p[order] * np.arange(p.size, 0, -1))
    adjusted = np.empty(p.size)
    adjusted[order] = np.minimum(stepped, 1)
    return adjusted
