"""Curves of all thresholds: receiver operating characteristic, detection error trade-off, precision over recall.

What is at or above a threshold is accepted. Each curve has one point for each distinct score, the surest first, after
the point at which nothing is accepted: equal scores are accepted together, for no threshold parts them.

Sources: Fawcett 2006 (ROC), Martin et al. 1997 (DET), Schubert et al. 2023 (precision and recall of place recognition,
single-best-match and multi-match).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from resight.errors import ShapeError
from resight.types import Array

from .checks import answers, flags, is_number, numbers


@dataclass(frozen=True, slots=True, eq=False)
class ErrorTradeOff:
    """ROC and DET in one: what each threshold accepts of what is known and of what is not.

    Attributes
    ----------
    thresholds : (t,) falling, +inf first.
    accepted : (t,) share of the known queries that are accepted, from 0 to 1; over ``false_accepted`` it is the ROC.
    false_accepted : (t,) share of the unknown ones, from 0 to 1.
    """

    thresholds: Array
    accepted: Array
    false_accepted: Array

    @property
    def missed(self) -> Array:
        """(t,) share of the known queries that are not accepted; over ``false_accepted`` it is the DET curve."""
        return np.asarray(1 - self.accepted)

    @property
    def equal_error_rate(self) -> float:
        """The share where as many known are missed as unknown accepted, straight between two points of the curve."""
        gap = self.false_accepted - self.missed  # rises from −1 to 1
        after = int(np.flatnonzero(gap >= 0)[0])
        before = after - 1
        weight = -gap[before] / (gap[after] - gap[before])
        return float(self.false_accepted[before] + weight * (self.false_accepted[after] - self.false_accepted[before]))


@dataclass(frozen=True, slots=True, eq=False)
class PrecisionRecall:
    """Precision over recall.

    Attributes
    ----------
    thresholds : (t,) falling, +inf first.
    precision : (t,) share of what is accepted that is right; 1 where nothing is.
    recall : (t,) share of what there is to find that is accepted and right, rising from 0.
    """

    thresholds: Array
    precision: Array
    recall: Array

    def recall_at(self, precision: float) -> float:
        """The largest recall at a precision of at least this, 0 where only nothing has it.

        Raises ValueError for a precision that is not in [0, 1].
        """
        if not (is_number(precision) and 0 <= precision <= 1):
            raise ValueError(f"a precision of {precision!r:.80} does not exist, wanted one in [0, 1], such as 0.99")
        return float(self.recall[self.precision >= precision].max())


def error_trade_off(scores: Array, known: Array) -> ErrorTradeOff:
    """ROC and DET of ``scores (q,)`` that are to tell ``known (q,)`` bool from unknown queries.

    Raises ShapeError, and ValueError where only one kind is present: the curve is undefined then.
    """
    known = flags("known", known)
    scores = numbers("scores", scores, shape=known.shape)
    if known.all() or not known.any():
        raise ValueError(
            f"a curve of {known.sum()} known among {known.size} queries is undefined, wanted some of each kind"
        )
    thresholds, inside, outside = _accepted(scores, known)
    return ErrorTradeOff(thresholds, inside / known.sum(), outside / (~known).sum())


def precision_recall(correct: Array, confidences: Array, answerable: Array) -> PrecisionRecall:
    """The curve of first answers, one to each query (single-best-match).

    ``correct``, ``answerable`` are (q,) bool, ``confidences`` (q,). What there is to find are the answerable queries,
    with one match or with many; an answer to a query with none is wrong whatever it is. Raises ShapeError, ValueError
    where no query is answerable.
    """
    correct, answerable = answers(correct, answerable)
    confidences = numbers("confidences", confidences, shape=correct.shape)
    return _curve(confidences, correct, int(answerable.sum()))


def precision_recall_of_pairs(similarities: Array, relevant: Array, *, ignored: Array | None = None) -> PrecisionRecall:
    """The curve of all pairs of a query and a gallery photo (multi-match): all matches of a query are to be found.

    ``similarities``, ``relevant`` and ``ignored`` are (q, n), the last two bool; ignored pairs are left out. Queries
    with no match have their place: each of their pairs can only be wrong. Raises ShapeError, and ValueError where no
    pair is relevant.
    """
    relevant = flags("relevant", relevant, shape=(-1, -1))
    similarities = numbers("similarities", similarities, shape=relevant.shape)
    kept = np.ones_like(relevant) if ignored is None else ~flags("ignored", ignored, shape=relevant.shape)
    if not kept.any():
        raise ShapeError(f"all of {kept.size} pairs are ignored, wanted one that is not: leave fewer photos out")
    return _curve(similarities[kept], relevant[kept], int(relevant[kept].sum()))


def _curve(scores: Array, correct: Array, total: int) -> PrecisionRecall:
    if not total:
        raise ValueError(
            f"there is nothing to find among {scores.size} answers, so that recall is undefined; wanted a query with "
            "an answer in the gallery: report false accepts instead"
        )
    thresholds, right, wrong = _accepted(scores, correct)
    return PrecisionRecall(
        thresholds, np.where(right + wrong, right / np.maximum(right + wrong, 1), 1.0), right / total
    )


def _accepted(scores: Array, chosen: Array) -> tuple[Array, Array, Array]:
    """Thresholds (t,) falling, and how many of the chosen and of the others lie at or above each; none at the first."""
    values, place = np.unique(scores, return_inverse=True)
    counts = (np.bincount(place[rows], minlength=values.size)[::-1].cumsum() for rows in (chosen, ~chosen))
    inside, outside = (np.concatenate([[0], count]) for count in counts)
    return np.concatenate([[np.inf], values[::-1]]), inside, outside
