"""Calibration error: of answers said to be 80 % sure, are 80 % right?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from resight.types import Array

from .checks import flags, numbers
from .interval import Estimate, wilson


@dataclass(frozen=True, slots=True)
class ReliabilityRow:
    """A bin of a reliability table.

    Attributes
    ----------
    low, high : smallest and largest probability in the bin.
    probability : mean probability that was stated.
    correct : share that was right, with its Wilson interval and the number of answers.
    """

    low: float
    high: float
    probability: float
    correct: Estimate

    @property
    def gap(self) -> float:
        """Stated minus kept, in [-1, 1]; above 0 is overconfident."""
        return self.probability - self.correct.value

    def to_dict(self) -> dict[str, Any]:
        """The public JSON."""
        return {
            "low": self.low,
            "high": self.high,
            "probability": self.probability,
            "correct": self.correct.to_dict(),
        }


def reliability_table(
    probabilities: Array, correct: Array, *, bins: int = 15, level: float = 0.95
) -> tuple[ReliabilityRow, ...]:
    """Rows of equal mass, least sure first; ``level`` is that of the Wilson intervals.

    ``probabilities`` are (q,) in [0, 1], ``correct`` (q,) bool. Bin ⌊bins · r / q⌋ takes an answer with r less sure
    ones. So equal probabilities share a bin and the order of the queries does not matter; where there are ties or fewer
    answers than bins, bins are of unequal mass and empty ones are left out. Raises ShapeError, ValueError.
    """
    return tuple(_row(*answers, level) for answers in _binned(probabilities, correct, bins))


def ece(probabilities: Array, correct: Array, *, bins: int = 15) -> float:
    """Expected calibration error: mean absolute gap, bins weighted by mass, in [0, 1] (Naeini et al. 2015).

    Bins as in ``reliability_table``. Few answers per bin push it up: a perfect model does not reach 0 on a finite
    sample. Raises ShapeError, ValueError.
    """
    binned = _binned(probabilities, correct, bins)
    gaps = [abs(float(stated.mean()) - float(right.mean())) * right.size for stated, right in binned]
    return sum(gaps) / sum(right.size for _, right in binned)


def brier(probabilities: Array, correct: Array) -> float:
    """Mean squared difference of probability and outcome, in [0, 1], 0 is perfect (Brier 1950, one class).

    ``probabilities`` are (q,) in [0, 1], ``correct`` (q,) bool. Raises ShapeError, ValueError.
    """
    probabilities, correct = _answers(probabilities, correct)
    return float(np.square(probabilities - correct).mean())


def _binned(probabilities: Array, correct: Array, bins: int) -> list[tuple[Array, Array]]:
    """The probabilities of each bin, and which of its answers are right."""
    probabilities, correct = _answers(probabilities, correct)
    if bins < 1:
        raise ValueError(f"a reliability table of {bins} bins is empty, wanted 1 or more, such as 15")
    less_sure = np.searchsorted(np.sort(probabilities), probabilities, side="left")
    place = less_sure * bins // probabilities.size
    return [(probabilities[place == one], correct[place == one]) for one in np.unique(place)]


def _answers(probabilities: Array, correct: Array) -> tuple[Array, Array]:
    correct = flags("correct", correct)
    # float64, because the mean of many float32 probabilities depends on their order.
    probabilities = numbers("probabilities", probabilities, shape=correct.shape).astype(np.float64)
    low, high = probabilities.min(), probabilities.max()
    if low < 0 or high > 1:
        raise ValueError(f"probabilities span {low:g} to {high:g}, wanted [0, 1]: calibrate scores before judging them")
    return probabilities, correct


def _row(probabilities: Array, correct: Array, level: float) -> ReliabilityRow:
    return ReliabilityRow(
        low=float(probabilities.min()),
        high=float(probabilities.max()),
        probability=float(probabilities.mean()),
        correct=wilson(int(correct.sum()), correct.size, level=level),
    )
