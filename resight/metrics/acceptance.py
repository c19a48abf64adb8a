"""Who gets a name: shares of known and unknown photos that are accepted, and the threshold between them.

A query is named where its confidence is at or above the threshold. It is answerable where the gallery holds its
instance, else unknown.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from resight.types import Array

from .queries import answers, flags, numbers


@dataclass(frozen=True, slots=True)
class Threshold:
    """A threshold for a wanted false accept rate, and what can be said for it.

    Attributes
    ----------
    value : named is ``scores >= value``; -inf where every impostor may pass.
    far : the rate that was asked for, in [0, 1].
    rate : share of the impostors at or above ``value``, at most ``far``.
    impostors : how many the threshold comes from.
    promised : False where there were fewer than 1 / far impostors: none passed, but so few cannot show such a rate.
    """

    value: float
    far: float
    rate: float
    impostors: int
    promised: bool

    def to_dict(self) -> dict[str, Any]:
        """For JSON, which has no word for -inf: there ``value`` is null."""
        return {**asdict(self), "value": self.value if np.isfinite(self.value) else None}


@dataclass(frozen=True, slots=True, eq=False)
class AcceptanceCurve:
    """Shares at every threshold, (t,) each: ``thresholds`` fall from inf through the distinct finite confidences."""

    thresholds: Array
    coverage: Array
    correct_share: Array
    false_accept_rate: Array


def coverage(named: Array, answerable: Array) -> float:
    """Share of answerable queries that get a name, right or wrong, in [0, 1].

    Both are (q,) bool. Raises ShapeError, and ValueError where no query is answerable.
    """
    named = flags("named", named)
    answerable = flags("answerable", answerable, shape=named.shape)
    return float(named[_some("answerable", answerable)].mean())


def false_accept_rate(named: Array, answerable: Array) -> float:
    """Share of unknown photos that get any name, in [0, 1].

    Both are (q,) bool. Raises ShapeError, and ValueError where every query is answerable.
    """
    named = flags("named", named)
    answerable = flags("answerable", answerable, shape=named.shape)
    return float(named[_some("unknown", ~answerable)].mean())


def correct_share(named: Array, correct: Array, answerable: Array) -> float:
    """Share of answerable queries that get a name and the right one, in [0, 1].

    All are (q,) bool. Raises ShapeError, and ValueError where no query is answerable or an unanswerable one is correct.
    """
    correct, answerable = answers(correct, answerable)
    return coverage(flags("named", named, shape=correct.shape) & correct, answerable)


def threshold_at(far: float, impostor_scores: Array) -> Threshold:
    """Smallest threshold that lets at most the share ``far`` of impostors pass.

    ``impostor_scores`` are (i,) best scores of photos whose instance is not in the gallery. Of tied impostors all pass
    or none. Raises ShapeError where there are none, and ValueError where far is not in [0, 1] or a score is +inf.
    """
    scores = _impostors(impostor_scores)
    if not 0 <= far <= 1:
        raise ValueError(f"a false accept rate of {far} does not exist, wanted one in [0, 1], such as 0.01")
    n = scores.size
    # Shares are compared, not far · n rounded down: 0.29 · 100 is 28.999… and would lose one.
    passing = int(np.flatnonzero(np.arange(n + 1) / n <= far)[-1])
    value = -np.inf if passing == n else _just_above(np.sort(scores)[n - 1 - passing])
    return Threshold(float(value), float(far), float((scores >= value).mean()), n, promised=passing >= 1)


def acceptance_curve(confidences: Array, correct: Array, answerable: Array) -> AcceptanceCurve:
    """Coverage, share named rightly and false accept rate at every threshold that tells queries apart.

    ``confidences`` are (q,), larger is surer, -inf for "never named"; the others (q,) bool. All three shares rise along
    the curve. Raises ShapeError, and ValueError where answerable or unknown queries are missing.
    """
    correct, answerable = answers(correct, answerable)
    confidences = numbers("confidences", confidences, shape=correct.shape)
    known, unknown = _some("answerable", answerable).sum(), _some("unknown", ~answerable).sum()
    finite = np.unique(confidences[np.isfinite(confidences)])
    thresholds = np.concatenate([[np.inf], finite[::-1]])
    return AcceptanceCurve(
        thresholds,
        _at_or_above(thresholds, confidences[answerable]) / known,
        _at_or_above(thresholds, confidences[correct]) / known,
        _at_or_above(thresholds, confidences[~answerable]) / unknown,
    )


def _some(kind: str, chosen: Array) -> Array:
    if not chosen.any():
        raise ValueError(f"a share of 0 {kind} among {chosen.size} queries is undefined, wanted 1 {kind} query or more")
    return chosen


def _impostors(scores: Array) -> Array:
    """Scores as a floating type; +inf is refused, for no threshold lies above it."""
    scores = numbers("impostor_scores", scores)
    if np.isposinf(scores).any():
        raise ValueError("impostor_scores hold +inf, which no threshold keeps out: give finite scores")
    return scores if scores.dtype.kind == "f" else scores.astype(np.float64)


def _just_above(score: np.floating[Any]) -> np.floating[Any]:
    """Next number of the score's own type: a float64 step would round back onto a float32 impostor when compared."""
    info = np.finfo(score.dtype)
    above = np.nextafter(score, info.max)
    # Next to 0 that is a denormal, which counts as 0 wherever some library has the processor flush them.
    return info.tiny if abs(above) < info.tiny else above


def _at_or_above(thresholds: Array, scores: Array) -> Array:
    """How many scores reach each threshold."""
    return scores.size - np.searchsorted(np.sort(scores), thresholds, side="left")
