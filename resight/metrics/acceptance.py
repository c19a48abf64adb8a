"""Acceptance: shares of known and unknown photos that are accepted, and the threshold between them.

A query is named where its confidence is at or above the threshold. It is answerable where the gallery holds its
instance, else unknown.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from resight.types import Array

from .checks import flags, is_number, numbers


@dataclass(frozen=True, slots=True)
class Threshold:
    """A threshold for a wanted false-accept rate, false-discovery rate or both, and what can be said for it.

    Attributes
    ----------
    value : named is ``scores >= value``; -inf where every impostor may pass.
    false_accept_rate : the largest share of unknown photos that may be named, in [0, 1]; None where none was asked for.
    rate : share of the impostors at or above ``value``, at most ``false_accept_rate``.
    impostors : how many the threshold comes from.
    promised : whether what was asked for is. A false-accept rate is not where there were fewer than 1 /
        ``false_accept_rate`` impostors: none passed, but so few cannot show such a rate.
    false_discovery_rate : the largest share of names that may be wrong, in [0, 1]; None where none was asked for.
    names, wrong : names that the questions which tested that share got from there on, and how many of them were wrong.
    asked : how many photos that share was tested by.
    needed : about how many would promise it, 0 where these did; None where none would.
    """

    value: float
    false_accept_rate: float | None
    rate: float
    impostors: int
    promised: bool
    false_discovery_rate: float | None = None
    names: int = 0
    wrong: int = 0
    asked: int = 0
    needed: int | None = 0

    def to_dict(self) -> dict[str, Any]:
        """The threshold as JSON, which has no word for -inf: there ``value`` is null."""
        return {
            "value": self.value if np.isfinite(self.value) else None,
            "far": self.false_accept_rate,
            "rate": self.rate,
            "impostors": self.impostors,
            "promised": self.promised,
            "fdr": self.false_discovery_rate,
            "names": self.names,
            "wrong": self.wrong,
            "asked": self.asked,
            "needed": self.needed,
        }


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


def balanced_accuracy(accepted: Array, answerable: Array) -> float:
    """Mean of two shares: answerable queries that are accepted, and unknown ones that are not, in [0, 1].

    ``accepted`` and ``answerable`` are (q,) bool. 1/2 is what accepting everything gives, and chance, however many
    there are of each kind. Give ``named & right`` for ``accepted`` where only a right name is to count. Raises
    ShapeError, and ValueError where only one kind is present.
    """
    return (coverage(accepted, answerable) + 1 - false_accept_rate(accepted, answerable)) / 2


def threshold_at(false_accept_rate: float, impostor_scores: Array) -> Threshold:
    """Smallest threshold that lets a new photo of an unknown thing pass with a chance of at most ``false_accept_rate``.

    ``impostor_scores`` are (i,) best scores of photos whose instance is not in the gallery. Of n of them
    ⌊far · (n + 1)⌋ − 1 may pass: the next one is as likely to take any of n + 1 places among them (Vovk, Gammerman and
    Shafer 2005, *Algorithmic learning in a random world*). Of tied impostors all pass or none. Raises ShapeError where
    there are none, and ValueError where far is not in [0, 1] or a score is +inf.
    """
    scores = _impostors(impostor_scores)
    if not (is_number(false_accept_rate) and 0 <= false_accept_rate <= 1):
        raise ValueError(
            f"a false accept rate of {false_accept_rate!r:.80} does not exist, wanted one in [0, 1], such as 0.01"
        )
    n = scores.size
    # Shares are compared, not far · (n + 1) rounded down: 0.29 · 100 is 28.999… and would lose one.
    passing = max(np.flatnonzero(np.arange(1, n + 2) / (n + 1) <= false_accept_rate).tolist(), default=0)
    value = -np.inf if passing == n else _just_above(np.sort(scores)[n - 1 - passing])
    return Threshold(
        float(value), float(false_accept_rate), float((scores >= value).mean()), n, promised=false_accept_rate * n >= 1
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
