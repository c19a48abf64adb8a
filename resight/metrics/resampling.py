"""Resampling of many measures at once: one set of draws for all cells of a table, so that any two can be compared.

`interval.bootstrap` calls a statistic for each resample. Here resamples are weights, how often each query was drawn,
and µAP of all of them is a matter of sums.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from resight.errors import ShapeError
from resight.types import Array

from .bias_correction import interval_ends, share_below
from .checks import ranked_answers
from .interval import Estimate, Statistic


@dataclass(frozen=True, slots=True, eq=False)
class Resamples:
    """Draws of queries.

    Attributes
    ----------
    drawn : (r, q) how often each query is in each resample; where queries share a group, they come and go together.
    left_out : (g, q) 0 for the queries of one group and 1 for the rest, for each group: the jackknife.
    """

    drawn: Array
    left_out: Array

    @classmethod
    def of(cls, groups: Array, *, rng: np.random.Generator, rounds: int = 2000) -> Resamples:
        """So many ``rounds`` of draws of whole ``groups (q,)``; give ``np.arange(q)`` where each query is its own.

        Raises ShapeError where there are no queries, ValueError for fewer than one round.
        """
        if np.ndim(groups) != 1 or not len(groups):
            raise ShapeError(f"groups have shape {np.shape(groups)}, wanted (q,), one value for each query")
        if rounds < 1:
            raise ValueError(f"a bootstrap of {rounds} rounds gives no interval, wanted at least 1, better 1,000")
        values, place = np.unique(groups, return_inverse=True)
        counts = rng.multinomial(len(values), np.full(len(values), 1 / len(values)), size=rounds)
        return cls(counts[:, place], 1 - np.eye(len(values), dtype=np.int64)[:, place])

    def apply(self, statistic: Statistic, *arrays: Array) -> ResampledMeasure:
        """A statistic of arrays with one row per query, of the queries, of each resample, and without each group.

        It is NaN where the statistic raises ValueError.
        """

        def of(weights: Array) -> float:
            rows = np.repeat(np.arange(len(weights)), weights)
            try:
                return float(statistic(*(array[rows] for array in arrays)))
            except ValueError:
                return np.nan

        whole = np.ones(self.drawn.shape[1], np.int64)
        drawn, left_out = (np.array([of(row) for row in weights]) for weights in (self.drawn, self.left_out))
        return ResampledMeasure(of(whole), drawn, left_out)

    def estimate(self, cell: ResampledMeasure, *, level: float = 0.95) -> Estimate:
        """A cell with its interval, corrected for bias and acceleration (Efron & Tibshirani 1993, section 14.3).

        Where the correction is undefined, as where nothing varies, the interval is the percentiles'; resamples on which
        the measure is undefined are left out. Raises ValueError where these are more than half.
        """
        defined = cell.drawn[np.isfinite(cell.drawn)]
        if 2 * len(defined) < len(cell.drawn):
            raise ValueError(
                f"the measure is undefined on {len(cell.drawn) - len(defined)} of {len(cell.drawn)} resamples, wanted "
                "it defined on at least half: measure on more queries of the rarer kind"
            )
        low, high = interval_ends(cell.value, defined, cell.left_out, level)
        return Estimate(cell.value, low, high, self.drawn.shape[1])

    def p_value(self, gain: ResampledMeasure) -> float:
        """Two-sided p of a difference that is said to be 0: the level from which on its interval holds 0.

        The interval is that of :meth:`estimate`, so that the two never contradict each other but for rounding. It is at
        least one in as many as there are resamples and one more, and 1 where nothing varies.
        """
        defined = gain.drawn[np.isfinite(gain.drawn)]
        tail = share_below(0.0, gain.value, defined, gain.left_out)
        return float(min(1.0, max(2 * min(tail, 1 - tail), 1 / (len(defined) + 1))))


@dataclass(frozen=True, slots=True, eq=False)
class ResampledMeasure:
    """A measure of the queries themselves, of each resample (r,), and without each group (g,); NaN where undefined."""

    value: float
    drawn: Array
    left_out: Array

    def __sub__(self, other: ResampledMeasure) -> ResampledMeasure:
        """The paired difference: both are of the same draws."""
        return ResampledMeasure(self.value - other.value, self.drawn - other.drawn, self.left_out - other.left_out)


def resampled_micro_ap(correct: Array, confidences: Array, answerable: Array, resamples: Resamples) -> ResampledMeasure:
    """`ranking.micro_ap` of the queries, of each resample, and without each group.

    Raises as that does.
    """
    correct, confidences, answerable = ranked_answers(correct, confidences, answerable)
    order = np.argsort(-confidences, kind="stable")
    falling = confidences[order]
    # Equal confidences enter the list together, each with the precision after the last of them.
    ends = np.searchsorted(-falling, -falling, side="right") - 1
    right, known = correct[order], answerable[order]

    def of(weights: Array) -> Array:
        taken = weights[:, order]
        hits = taken * right
        precision = hits.cumsum(axis=1)[:, ends] / np.maximum(taken.cumsum(axis=1)[:, ends], 1)
        with np.errstate(invalid="ignore", divide="ignore"):
            return (hits * precision).sum(axis=1) / (taken * known).sum(axis=1)

    whole = np.ones((1, correct.size), np.int64)
    return ResampledMeasure(float(of(whole)[0]), of(resamples.drawn), of(resamples.left_out))
