"""Selective risk: the confidence from which on at most a chosen share of the names that are given is wrong.

Learn then Test (Angelopoulos, Bates, Candès, Jordan and Lei 2021): for each of a fixed list of thresholds the
hypothesis is tested that more names are wrong than are to be, by the exact tail of the binomial distribution. Some of
the questions choose with which threshold to begin; the others test one after the other from there down, each at the
full level, until one is not rejected (split fixed sequence testing). The chance that any of the rejected thresholds
lets a larger share through is at most DELTA.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from resight.types import Array

from .checks import flags, is_number, numbers

DELTA: Final = 0.1
"""Chance that a promise is broken, over the questions that it was made by; that of the experiments of the paper."""

GRID: Final = 1 / (1 + np.exp(-np.arange(7.0, -2.3, -0.2)))
"""Thresholds that are tested, from .9991 down to .1."""

PILOT: Final = 0.2
"""Share of the questions that choose with which threshold the tests begin."""


@dataclass(frozen=True, slots=True, eq=False)
class RiskTest:
    """Thresholds that keep a false-discovery rate.

    Attributes
    ----------
    thresholds : (t,) that were rejected, so that the rate holds from each of them on; the least is the last.
    names, wrong : names that the tested questions get from the last one on, from the one that the tests began with
        where none was rejected; and how many of these are wrong.
    needed : about how many questions it takes to promise the rate, where one was rejected those that there were; None
        where so many names are wrong that none do.
    """

    thresholds: Array
    names: int
    wrong: int
    needed: int | None


def control_risk(
    rate: float, confidences: Array, wrong: Array, *, grid: Array = GRID, delta: float = DELTA
) -> RiskTest:
    """Test which thresholds keep the share of wrong names at or below ``rate``, with a chance of 1 − ``delta``.

    ``confidences (q,)`` of the answers to questions that are like those to come, independent of each other and in no
    order, and whether the name would be ``wrong (q,)``. Raises ShapeError for arrays that do not fit, ValueError for a
    rate that is not in [0, 1].
    """
    if not len(confidences):
        return RiskTest(grid[:0], 0, 0, _fewest(rate, delta))
    confidences = numbers("confidences", confidences)
    wrong = flags("wrong", wrong, shape=confidences.shape)
    if not (is_number(rate) and 0 <= rate <= 1):
        raise ValueError(f"a false-discovery rate of {rate!r:.80} does not exist, wanted one in [0, 1], such as 0.01")
    pilot = int(PILOT * len(confidences))
    start = _start(rate, confidences[:pilot], wrong[:pilot], len(confidences) - pilot, grid, delta)
    names, errors = _counts(confidences[pilot:], wrong[pilot:], grid)
    rejected = (errors <= _allowed(names, rate, delta))[start:] | (rate >= 1)
    kept = len(rejected) if rejected.all() else int(rejected.argmin())
    told = min(start + max(kept, 1), len(grid)) - 1
    needed = len(confidences) if kept else _needed(rate, confidences, wrong, grid, delta)
    return RiskTest(grid[start : start + kept], int(names[told]), int(errors[told]), needed)


def binomial_tail(successes: Array, n: Array, p: Array | float) -> Array:
    """Chance ``(i,)`` of at most so many ``successes (i,)`` in ``n (i,)`` independent trials of chance ``p``."""
    successes, n = np.atleast_1d(successes), np.atleast_1d(n)
    tails = _tails(n, np.broadcast_to(np.asarray(p, float), n.shape), int(successes.max(initial=0)))
    found: Array = np.take_along_axis(tails, successes[:, None], axis=1)[:, 0]
    return found


def _tails(n: Array, p: Array, most: int) -> Array:
    """Chances ``(i, most + 1)`` of at most 0, 1, … ``most`` successes in ``n (i,)`` trials of chance ``p (i,)``."""
    logs = np.concatenate([[0.0], np.cumsum(np.log(np.arange(1, max(int(n.max(initial=0)), most) + 1)))])
    n, p, count = n[:, None], np.clip(p, 1e-300, 1 - 1e-16)[:, None], np.arange(most + 1)[None]
    failures = np.maximum(n - count, 0)
    terms = logs[n] - logs[count] - logs[failures] + count * np.log(p) + failures * np.log1p(-p)
    summed: Array = np.where(count <= n, np.exp(terms), 0.0).cumsum(axis=1)
    return np.where(count >= n, 1.0, np.minimum(summed, 1.0))


def _fewest(rate: float, delta: float) -> int | None:
    """Number of questions that promise the rate where all are named and none wrongly; None where none do."""
    return None if not rate else 1 if rate >= 1 else int(np.ceil(np.log(delta) / np.log1p(-rate) / (1 - PILOT)))


def _counts(confidences: Array, wrong: Array, grid: Array) -> tuple[Array, Array]:
    """Numbers of names that are given from each threshold on, and of those that are wrong."""
    above = confidences[None] >= grid[:, None]
    return above.sum(axis=1), (above & wrong).sum(axis=1)


def _start(rate: float, confidences: Array, wrong: Array, tested: int, grid: Array, delta: float) -> int:
    """The threshold that is likeliest to be rejected by as many questions as are ``tested``.

    How many names are wrong is guessed from those of the pilot and from what their confidences say, half of each: of
    few questions hardly any is wrong, and a confidence may be off.
    """
    names, errors = _counts(confidences, wrong, grid)
    if not names.any():
        return 0
    said = ((1 - np.clip(confidences, 0, 1)) * (confidences[None] >= grid[:, None])).sum(axis=1)
    guessed = (errors + said) / np.maximum(2 * names, 1)
    expected = np.round(names * tested / len(confidences)).astype(np.int64)
    allowed = _allowed(expected, rate, delta)
    powers = np.where(allowed >= 0, binomial_tail(np.maximum(allowed, 0), expected, guessed), 0.0)
    if powers.any():
        return int(powers.argmax())
    good = np.flatnonzero((names > 0) & (guessed <= rate))
    return int(good[-1]) if len(good) else int(np.argmin(np.where(names > 0, guessed, np.inf)))


def _allowed(n: Array, rate: float, delta: float) -> Array:
    """Number of ``n (i,)`` names that may be wrong for the hypothesis to be rejected; -1 where none may."""
    most = int(rate * n.max(initial=0)) + 1  # more than the share itself are never rejected
    return (_tails(n, np.full(len(n), rate), most) <= delta).sum(axis=1) - 1


def _needed(rate: float, confidences: Array, wrong: Array, grid: Array, delta: float) -> int | None:
    """About how many questions promise the rate, by Chernoff's bound on the binomial tail."""
    names, errors = _counts(confidences, wrong, grid)
    shares = errors / np.maximum(names, 1)
    good = (names > 0) & (shares < rate)
    if not good.any():
        return None if names.any() else _fewest(rate, delta)
    if rate >= 1:
        return 1
    share = shares[good]
    with np.errstate(divide="ignore", invalid="ignore"):
        divergence = np.where(share > 0, share * np.log(share / rate), 0.0)
    divergence += (1 - share) * np.log((1 - share) / (1 - rate))
    wanted = np.log(1 / delta) / divergence * len(confidences) / names[good] / (1 - PILOT)
    return int(np.ceil(wanted.min()))
