"""Seen photos, of which nobody says what they show: what share of them shows nothing known.

Of photos whose odds of being unknown are known at an even share, the likeliest share is where the iterations of
Saerens, Latinne and Decaestecker (2002) end (prior shift: only the share differs, not how either kind looks). Its log
likelihood is concave, so that it is found by halving an interval.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any, Final

import numpy as np

from resight.results.recognition import percent
from resight.types import Array

from . import conditional_logit
from .calibration import EVEN, Calibration
from .importance import impostors
from .samples import CalibrationSamples

DROP: Final = 1.92
"""Fall of the log likelihood at the ends of a 95 % interval: half the quantile of χ² with one degree of freedom."""

SHARES: Final = (0.1, 0.3, 0.5, 0.7, 0.9)
"""Shares of unknown ones at which questions with known answers are drawn, to see whether estimating the share helps."""

DRAWS: Final = 20
"""Draws at each of SHARES."""


@dataclass(frozen=True, slots=True)
class SeenShare:
    """Share of seen photos that show nothing known.

    Attributes
    ----------
    photos : how many photos it was estimated from; references are none of them.
    share, low, high : the estimate and its 95 % interval, in [0, 1].
    loss_even, loss_estimated : mean log loss of as many questions whose answers are known, drawn at various shares, at
        an even share and at the share that was estimated from them alike; 0 where there are none of both kinds.
    """

    photos: int
    share: float
    low: float
    high: float
    loss_even: float
    loss_estimated: float

    @property
    def helps(self) -> bool:
        """Whether the estimate makes answers likelier than an even share does."""
        return self.loss_estimated < self.loss_even

    @property
    def sentence(self) -> str:
        """The estimate and what to do with it, for people."""
        told = f"{percent(self.share, 0)} of {self.photos:,} seen photos show nothing known, 95 % interval "
        told += f"{percent(self.low, 0)} to {percent(self.high, 0)}"
        tested = f"log loss {self.loss_even:.3f} → {self.loss_estimated:.3f} on questions with known answers"
        if not self.loss_even:  # which no question leaves at nothing
            return f"{told}: not to be relied on, for there are no known and unknown questions to try it on"
        if not self.helps:
            return f"{told}: not to be relied on, for to estimate it does not help ({tested})"
        advised = min(max(self.share, 0.01), 0.99)
        return f"{told}; --unknown-share {advised:.2f} expects such photos ({tested})"

    def to_dict(self) -> dict[str, Any]:
        """The public JSON."""
        return {**asdict(self), "helps": self.helps}


def unknown_share(unknown: Array) -> tuple[float, float, float]:
    """The likeliest share of unknown ones among photos, and the ends of its 95 % interval, by profile likelihood.

    ``unknown (n,)`` are their probabilities of being unknown, in [0, 1], stated at an even share. Of no photos anything
    may be.
    """
    if not len(unknown):
        return EVEN, 0.0, 1.0
    known, unknown = np.maximum(1 - unknown, 1e-12), np.maximum(unknown, 1e-12)

    def likelihood(share: float) -> float:
        return float(np.log((1 - share) * known + share * unknown).sum())

    def slope(share: float) -> float:
        return float(((unknown - known) / ((1 - share) * known + share * unknown)).sum())

    best = 0.0 if slope(0.0) <= 0 else 1.0 if slope(1.0) >= 0 else _root(slope, 0.0, 1.0)
    least = likelihood(best) - DROP
    low = 0.0 if likelihood(0.0) >= least else _root(lambda share: least - likelihood(share), 0.0, best)
    high = 1.0 if likelihood(1.0) >= least else _root(lambda share: likelihood(share) - least, best, 1.0)
    return best, low, high


def _root(falling: Callable[[float], float], low: float, high: float) -> float:
    """The root of a function that falls from above 0 to below."""
    for _ in range(50):
        middle = (low + high) / 2
        low, high = (middle, high) if falling(middle) > 0 else (low, middle)
    return (low + high) / 2


def share_of(fitted: Calibration, seen: CalibrationSamples, asked: CalibrationSamples, held_out: Array) -> SeenShare:
    """The share of unknown ones among ``seen`` photos, tried out on questions with known answers, ``asked``.

    Those are the examples that people gave where there are some of known and of unknown things, else all but the
    unknown ones that no photo of use is like. ``held_out (q, k)`` are their probabilities, each by a fit that knows
    nothing of its instance.
    """
    known, given = asked.known, asked.given
    is_telling = given if known[given].any() and not known[given].all() else known | impostors(asked)
    evidence = fitted.scale(seen.evidence)
    probabilities = conditional_logit.probabilities(evidence, seen.present, fitted.weights)
    share, low, high = unknown_share(_unknown(probabilities))
    losses = _losses(_unknown(held_out[is_telling]), known[is_telling], len(seen))
    return SeenShare(len(seen), share, low, high, *losses)


def _unknown(probabilities: Array) -> Array:
    """Probability ``(q,)`` of "none of these", from those of the candidates, ``(q, k)``."""
    return 1 - probabilities.sum(axis=1)


def _losses(unknown: Array, known: Array, count: int) -> tuple[float, float]:
    """Mean log loss of whether something is known, at an even share and at the estimated one, over draws of ``count``
    questions at each of SHARES.
    """
    if not count or known.all() or not known.any():
        return 0.0, 0.0
    rng = np.random.default_rng(0)
    sides, losses = (np.flatnonzero(known), np.flatnonzero(~known)), []
    for wanted in np.repeat(SHARES, DRAWS):
        many = rng.binomial(count, wanted)
        rows = np.concatenate([rng.choice(sides[0], count - many), rng.choice(sides[1], many)])
        share = np.clip(unknown_share(unknown[rows])[0], 1 / (count + 2), 1 - 1 / (count + 2))
        losses.append([_loss(unknown[rows], known[rows], each) for each in (EVEN, share)])
    even, estimated = np.mean(losses, axis=0)
    return float(even), float(estimated)


def _loss(unknown: Array, known: Array, share: float) -> float:
    odds = np.log(np.maximum(unknown, 1e-12)) - np.log(np.maximum(1 - unknown, 1e-12)) + np.log(share / (1 - share))
    return float(np.logaddexp(0, np.where(known, odds, -odds)).mean())
