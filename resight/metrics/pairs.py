"""Figures of pairs, and their intervals: pairs that share a photo are no independent draws, so photos are resampled.

Which pairs are of one class, or instance, is told by a score, larger is likelier. An interval resamples what pairs are
made of, classes or photos, and weighs each pair by how often both of its ends were drawn (Owen 2007, *The pigeonhole
bootstrap*): one that resamples the pairs themselves takes a million pairs of a thousand photos for a million draws.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from resight.errors import ShapeError
from resight.types import Array

from .checks import flags, numbers
from .interval import Estimate, with_wilson_end

PairFigure = Callable[[Array, Array, Array], float]
"""Scores ``(p,)`` rising, whether each pair is of one class ``(p,)``, and its weight ``(p,)``, to one number."""


def accuracy(scores: Array, same: Array, weights: Array) -> float:
    """Share of the pairs that are told rightly, where a score of 0 or more says "of one class"."""
    return float(((scores >= 0) == same) @ weights / weights.sum())


def balanced_accuracy(scores: Array, same: Array, weights: Array) -> float:
    """Mean of the accuracies on pairs of one class and of two, which "always of one class" makes ½."""
    right = (scores >= 0) == same
    return float(
        (right[same] @ weights[same] / weights[same].sum() + right[~same] @ weights[~same] / weights[~same].sum()) / 2
    )


def auc(scores: Array, same: Array, weights: Array) -> float:
    """Chance that a pair of one class scores above one of two, ties half (Hanley 1982)."""
    inside, outside = _tied(scores, same, weights)
    below = outside.cumsum() - outside / 2
    return float(inside @ below / (inside.sum() * outside.sum()))


def missed_at(false_rate: float) -> PairFigure:
    """The share of pairs of one class that is missed where at most so large a share of those of two is taken for one.

    FNMR at FMR (ISO/IEC 19795-1), at the smallest threshold that keeps to it.
    """

    def missed(scores: Array, same: Array, weights: Array) -> float:
        inside, outside = _tied(scores, same, weights)
        taken = outside[::-1].cumsum()[::-1] / outside.sum()  # with the threshold at each score
        return float(inside[: int((taken > false_rate).sum())].sum() / inside.sum())

    return missed


def _tied(scores: Array, same: Array, weights: Array) -> tuple[Array, Array]:
    """The weight of the pairs of one class and of two at each distinct one of rising scores."""
    starts = np.flatnonzero(np.concatenate([[True], np.diff(scores) > 0]))
    return np.add.reduceat(weights * same, starts), np.add.reduceat(weights * ~same, starts)


def pair_figure(
    figure: PairFigure,
    scores: Array,
    same: Array,
    ends: Array,
    *,
    rng: np.random.Generator,
    rounds: int = 300,
    level: float = 0.95,
) -> Estimate:
    """A figure of pairs, and its interval over resampled ends.

    ``scores`` and ``same`` are (p,), ``ends (p, 2)`` the class or the photo at both ends of each pair, whole numbers
    from 0. Where both ends are one class, the pair weighs as often as it was drawn. A resample in which the figure is
    undefined, such as one without pairs of one class, is left out. Raises ShapeError, and ValueError where the figure
    is undefined on the pairs themselves or on more than half of the resamples. Where all resamples are flawless, the
    interval ends where Wilson's of as many hits as there are ends does.
    """
    same = flags("same", same)
    scores = numbers("scores", scores, shape=same.shape)
    if ends.shape != (len(same), 2):
        raise ShapeError(f"ends of pairs have shape {ends.shape}; wanted ({len(same)}, 2)")
    if same.all() or not same.any():
        raise ValueError(f"{same.sum()} of {same.size} pairs are of one class; wanted some of each kind")
    order = np.argsort(scores, kind="stable")
    scores, same, ends = scores[order], same[order], ends[order]
    names, places = np.unique(ends, return_inverse=True)
    first, second = places.reshape(ends.shape).T
    alone = first == second
    found = []
    for _ in range(rounds):
        times = np.bincount(rng.integers(len(names), size=len(names)), minlength=len(names)).astype(np.float64)
        weights = times[first] * np.where(alone, 1.0, times[second])
        if weights[same].any() and weights[~same].any():
            found.append(figure(scores, same, weights))
    if 2 * len(found) < rounds:
        raise ValueError(
            f"the figure is undefined on {rounds - len(found)} of {rounds} resamples of {len(names)} ends; wanted it "
            "defined on half at least: measure on more of them"
        )
    low, high = np.quantile(found, [(1 - level) / 2, (1 + level) / 2])
    value = figure(scores, same, np.ones(len(same)))
    return with_wilson_end(Estimate(value, float(low), float(high), len(same)), len(names))
