"""Risk over coverage: how many of the answers are wrong where only the surest are given.

Sources: El-Yaniv & Wiener 2010 (the curve), Geifman, Uziel & El-Yaniv 2019 (its area, and what of that is excess).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from resight.types import Array

from .checks import flags, numbers


@dataclass(frozen=True, slots=True, eq=False)
class RiskCoverage:
    """Risk over coverage, one point for each distinct confidence: equal ones are given together or not at all.

    Attributes
    ----------
    thresholds : (t,) falling; what is at or above one is given.
    coverages : (t,) share of the queries that get an answer, rising to 1.
    risks : (t,) share of these answers that are wrong.
    """

    thresholds: Array
    coverages: Array
    risks: Array

    @property
    def area(self) -> float:
        """Area under the curve (AURC), in [0, 1]: the mean, over queries, of the risk at each one's own confidence."""
        steps = np.diff(self.coverages, prepend=0.0)
        return float((steps * self.risks).sum())


def risk_coverage(correct: Array, confidences: Array) -> RiskCoverage:
    """The curve of ``correct (q,)`` bool by ``confidences (q,)``; an answer to an unknown query is a wrong one.

    Raises ShapeError, ValueError.
    """
    correct = flags("correct", correct)
    confidences = numbers("confidences", confidences, shape=correct.shape)
    values, place, counts = np.unique(confidences, return_inverse=True, return_counts=True)
    wrong = np.bincount(place[~correct], minlength=values.size)[::-1].cumsum()
    given = counts[::-1].cumsum()
    return RiskCoverage(values[::-1], given / correct.size, wrong / given)


def least_area(wrong: int, n: int) -> float:
    """The area where all ``wrong`` answers of ``n`` are the least sure: no order of the same answers has less.

    What an area has above it is its excess (E-AURC). Raises ValueError where wrong is not in [0, n] or n < 1.
    """
    if not 0 <= wrong <= n or n < 1:
        raise ValueError(f"{wrong} wrong answers of {n} do not exist, wanted 0 <= wrong <= n and n >= 1")
    given = np.arange(n - wrong + 1, n + 1)
    return float(((given - (n - wrong)) / given).sum() / n)
