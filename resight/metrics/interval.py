"""How far a measured number can be trusted: intervals and paired comparison.

An interval here speaks of other queries like these ones. It says nothing of another gallery or another camera.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import asdict, dataclass
from operator import index
from statistics import NormalDist
from typing import Any, SupportsIndex

import numpy as np

from resight.errors import ShapeError
from resight.types import Array

from .checks import flags

Statistic = Callable[..., float]
"""Arrays with one row per query to one number; raises ValueError where these queries leave it undefined."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """A measured number, the interval from ``low`` to ``high`` about it, and the ``n`` queries that it comes from."""

    value: float
    low: float
    high: float
    n: int

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True, slots=True)
class McNemar:
    """Queries that only ``a`` or only ``b`` answers rightly, and the chance ``p`` of so uneven a split of equals."""

    only_a: int
    only_b: int
    p: float


def wilson(successes: SupportsIndex, n: SupportsIndex, *, level: float = 0.95) -> Estimate:
    """Interval of a share: ``successes`` of ``n`` (Wilson 1927); never empty, never outside [0, 1].

    Raises ValueError where n < 1, successes are not in [0, n] or level is not in (0, 1), and TypeError where one of the
    counts is not a whole number.
    """
    successes, n = index(successes), index(n)
    if not 0 <= successes <= n or n < 1:
        raise ValueError(f"a share of {successes} in {n} does not exist, wanted 0 <= successes <= n and n >= 1")
    z = NormalDist().inv_cdf((1 + _level(level)) / 2)
    share = successes / n
    centre = share + z * z / (2 * n)
    half = z * math.sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    scale = 1 + z * z / n
    # At both ends the two terms cancel exactly on paper but not in floating point.
    low = 0.0 if successes == 0 else (centre - half) / scale
    high = 1.0 if successes == n else (centre + half) / scale
    return Estimate(share, low, high, n)


def bootstrap(
    statistic: Statistic, *arrays: Array, rng: np.random.Generator, rounds: int = 2000, level: float = 0.95
) -> Estimate:
    """Percentile interval of ``statistic(*arrays)`` over resampled queries (Efron & Tibshirani 1993, chapter 13).

    Every array has one row per query; all are resampled by the same indices. A resample on which the statistic raises
    ValueError or is not finite, such as an AUROC that drew one class only, is left out, so the interval is conditional
    on the statistic being defined. Raises ShapeError where the arrays differ in length or are empty; ValueError where
    the statistic is undefined on the queries themselves or on more than half of the resamples.
    """
    n, alpha = _queries(arrays), (1 - _level(level)) / 2
    if rounds < 1:
        raise ValueError(f"a bootstrap of {rounds} rounds gives no interval, wanted at least 1, better 1,000")
    value = float(statistic(*arrays))
    if not math.isfinite(value):
        raise ValueError(
            f"the statistic is {value} on these {n} queries, wanted a finite number: leave out what it is undefined for"
        )
    drawn = (_resampled(statistic, arrays, rng.integers(n, size=n)) for _ in range(rounds))
    defined = [one for one in drawn if math.isfinite(one)]
    if 2 * len(defined) < rounds:
        raise ValueError(
            f"the statistic is undefined on {rounds - len(defined)} of {rounds} resamples of {n} queries, wanted it "
            "defined on at least half: measure on more queries of the rarer kind"
        )
    low, high = np.quantile(defined, [alpha, 1 - alpha])
    return Estimate(value, float(low), float(high), n)


def bootstrap_difference(
    statistic: Statistic,
    a: tuple[Array, ...],
    b: tuple[Array, ...],
    *,
    rng: np.random.Generator,
    rounds: int = 2000,
    level: float = 0.95,
) -> Estimate:
    """Paired interval of ``statistic(*a) - statistic(*b)``: both systems see the same resampled queries.

    Row i of every array belongs to query i. Undefined resamples and errors as in ``bootstrap``.
    """

    def difference(*arrays: Array) -> float:
        return statistic(*arrays[: len(a)]) - statistic(*arrays[len(a) :])

    return bootstrap(difference, *a, *b, rng=rng, rounds=rounds, level=level)


def mcnemar(a_correct: Array, b_correct: Array) -> McNemar:
    """Exact two-sided test of two systems on the same queries (McNemar 1947; exact binomial, Fay 2010).

    ``a_correct`` and ``b_correct`` are (q,) bool. ``p`` is 1 where they never disagree. Raises ShapeError, ValueError.
    """
    a = flags("a_correct", a_correct)
    b = flags("b_correct", b_correct, shape=a.shape)
    only_a, only_b = int((a & ~b).sum()), int((b & ~a).sum())
    discordant, fewer = only_a + only_b, min(only_a, only_b)
    # Whole numbers of any length: the tail stays exact where 2^-n has long left the range of a float.
    ways = tail = 1
    for i in range(fewer):
        ways = ways * (discordant - i) // (i + 1)
        tail += ways
    return McNemar(only_a, only_b, min(1.0, 2 * tail / 2**discordant))


def _queries(arrays: tuple[Array, ...]) -> int:
    shapes = [np.shape(array) for array in arrays]
    lengths = {shape[0] if shape else 0 for shape in shapes}
    if len(lengths) != 1 or 0 in lengths:
        raise ShapeError(f"arrays to resample have shapes {shapes}, wanted one row per query in each, at least one")
    return int(lengths.pop())


def _resampled(statistic: Statistic, arrays: tuple[Array, ...], rows: Array) -> float:
    try:
        return float(statistic(*(np.asarray(array)[rows] for array in arrays)))
    except ValueError:
        return math.nan


def _level(level: float) -> float:
    if not 0 < level < 1:
        raise ValueError(f"a level of {level} is no confidence level, wanted one between 0 and 1, such as 0.95")
    return level
