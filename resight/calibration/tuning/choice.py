"""Choice of search settings by a gallery's own questions: what a gain is, and when it is more than noise."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from resight.metrics.holm import holm
from resight.search.search_settings import SearchSettings
from resight.types import Array

LEVEL: Final = 0.05
"""Chance with which any settings are chosen where none is better than the default, at most."""

FEW: Final = 20
"""Things below which no gain is told from noise."""


@dataclass(frozen=True, slots=True, eq=False)
class Trial:
    """Settings that a gallery was asked its questions with.

    Attributes
    ----------
    settings : that were tried.
    scores : (q,) log probability of each right answer, by a fit that knows nothing of its instance.
    milliseconds : of an answer once the photo is read; half of the answers take less.
    """

    settings: SearchSettings
    scores: Array = field(repr=False)
    milliseconds: float

    def score(self, importance: Array) -> float:
        """The mean of the scores, weighed by the ``importance (q,)`` of the questions."""
        return float(importance @ self.scores / max(float(importance.sum()), 1e-300))


@dataclass(frozen=True, slots=True)
class Gain:
    """Gain of one setting over another, in log probability of a right answer per question.

    Attributes
    ----------
    mean, error : over things, and its standard error; an endless error where there are fewer than FEW.
    """

    mean: float
    error: float

    @property
    def p(self) -> float:
        """Chance of at least this gain where there is none: the upper tail of a normal distribution."""
        if not math.isfinite(self.error) or self.error == 0:
            return 1.0
        return math.erfc(self.mean / self.error / math.sqrt(2)) / 2


def gain(scores: Array, base: Array, importance: Array, instances: Sequence[str]) -> Gain:
    """The gain of ``scores (q,)`` over those of the ``base``, of the same questions, paired and by instance.

    ``importance (q,)`` weighs the questions. Questions about one thing are one draw: their weighted differences are
    summed before the spread is taken.
    """
    weighed = importance * (scores - base) / max(float(importance.sum()), 1e-300)
    _, groups = np.unique(np.array(instances, object).astype(str), return_inverse=True)
    sums = np.bincount(groups, weighed) if len(groups) else np.zeros(0)
    count = len(sums)
    if count < FEW:
        return Gain(float(sums.sum()), math.inf)
    return Gain(float(sums.sum()), float(sums.std(ddof=1) * math.sqrt(count)))


def best(gains: Sequence[Gain], *, level: float = LEVEL) -> int | None:
    """The row of the largest of several gains over one default that is more than noise; None where none is.

    Each p is corrected for all others (Holm 1979): the more is tried, the more has to be gained.
    """
    if not gains:
        return None
    adjusted = holm(np.array([one.p for one in gains]))
    sure = [row for row, p in enumerate(adjusted) if p <= level]
    return max(sure, key=lambda row: gains[row].mean, default=None)
