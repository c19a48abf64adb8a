"""Intervals of the bootstrap, corrected for bias and acceleration (Efron & Tibshirani 1993, section 14.3)."""

from __future__ import annotations

import numpy as np
import scipy  # its submodules are loaded where they are first asked for

from resight.types import Array


def interval_ends(value: float, drawn: Array, left_out: Array, level: float) -> tuple[float, float]:
    """The ends of the interval of a measure that is ``value`` on the queries themselves.

    ``drawn (r,)`` are its values on resamples, ``left_out (g,)`` those without each query or group, the jackknife.
    Where the correction is undefined, as where nothing varies or the measure needs one of the queries, the ends are the
    percentiles.
    """
    edges = np.array([(1 - level) / 2, (1 + level) / 2])
    with np.errstate(all="ignore"):
        bias, acceleration = _bias(value, drawn), _acceleration(left_out)
        shifted = bias + scipy.special.ndtri(edges)
        corrected = scipy.special.ndtr(bias + shifted / (1 - acceleration * shifted))
    low, high = np.quantile(drawn, corrected if np.isfinite(corrected).all() else edges)
    return float(low), float(high)


def share_below(bound: float, value: float, drawn: Array, left_out: Array) -> float:
    """The corrected share of resamples below a bound, ties half: the level at which an interval ends there.

    Arguments as of :func:`interval_ends`.
    """
    share = (drawn < bound).mean() + (drawn == bound).mean() / 2
    with np.errstate(all="ignore"):
        bias, acceleration = _bias(value, drawn), _acceleration(left_out)
        away = scipy.special.ndtri(share) - bias
        corrected = scipy.special.ndtr(away / (1 + acceleration * away) - bias)
    return float(corrected if np.isfinite(corrected) else share)


def _bias(value: float, drawn: Array) -> float:
    below = (drawn < value).mean() + (drawn == value).mean() / 2
    return float(scipy.special.ndtri(below))


def _acceleration(left_out: Array) -> float:
    strays = left_out.mean() - left_out
    return float((strays**3).sum() / (6 * (strays**2).sum() ** 1.5))
