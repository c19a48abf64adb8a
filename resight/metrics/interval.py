"""Confidence intervals of a measured number, and paired comparison.

An interval here speaks of other queries like these ones. It says nothing of another gallery or another camera. Where
several queries show one thing they are no independent draws: give their instances as ``groups``, and the interval
speaks of other things.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from operator import index
from typing import Any, Literal, SupportsIndex

import numpy as np
import scipy  # its submodules are loaded where they are first asked for: scipy.stats takes 0.5 s

from resight.errors import ShapeError
from resight.types import Array

from .bias_correction import interval_ends
from .checks import flags

IntervalMethod = Literal["percentile", "bca"]
"""Ways to read an interval off the resamples: their quantiles, or those corrected for bias and acceleration.

Of 300 simulated data sets of 50 queries with a µAP of 0.86 the quantiles at 95 % hold the truth in 93 of 100 and lie
above it in 6, below it in 1; the corrected hold it in 94 and lie above and below it in 3 each.
"""

Statistic = Callable[..., float]
"""Arrays with one row per query to one number; raises ValueError where these queries leave it undefined."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """A measured number and its interval.

    Attributes
    ----------
    value : the number.
    low, high : the ends of the interval, of 95 % where nothing else is said.
    n : how many queries it comes from.
    """

    value: float
    low: float
    high: float
    n: int

    def to_dict(self) -> dict[str, Any]:
        """The public JSON."""
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
    found = scipy.stats.binomtest(successes, n).proportion_ci(_level(level), method="wilson")
    return Estimate(successes / n, float(found.low), float(found.high), n)


def wilson_by_group(hits: Array, groups: Array, *, level: float = 0.95) -> Estimate:
    """Wilson's interval of the share of ``hits (n,)`` bool, where those of one of the ``groups (n,)`` are alike.

    n is divided by the design effect (Kish 1965, section 8.2): the variance of the share over whole groups, beside that
    of n independent hits, at least 1. Where all hits are equal, or there is one group, nothing tells how alike those of
    a group are, and groups are counted in the place of hits. The estimate's n is that of the hits. Where each is its
    own group it is :func:`wilson`. Raises as that does, and ShapeError where the arrays differ in length.
    """
    n, place = _queries((hits, groups)), np.unique(groups, return_inverse=True)[1]
    count, share = int(place.max()) + 1, float(np.mean(hits))
    if count == n:
        return wilson(int(hits.sum()), n, level=level)
    effective = float(count)
    if 0 < share < 1 and count > 1:
        between = count / (count - 1) * np.square(np.bincount(place, hits - share)).sum() / n
        effective = n / max(1.0, between / (share * (1 - share)))
    z = float(scipy.stats.norm.ppf((1 + _level(level)) / 2))
    middle = (share + z * z / (2 * effective)) / (1 + z * z / effective)
    half = z * math.sqrt(share * (1 - share) / effective + (z / (2 * effective)) ** 2) / (1 + z * z / effective)
    return Estimate(share, max(0.0, middle - half), min(1.0, middle + half), n)


def bootstrap(
    statistic: Statistic,
    *arrays: Array,
    rng: np.random.Generator,
    rounds: int = 2000,
    level: float = 0.95,
    method: IntervalMethod = "percentile",
    groups: Array | None = None,
) -> Estimate:
    """Interval of ``statistic(*arrays)`` over resampled queries (Efron & Tibshirani 1993, chapters 13 and 14).

    Every array has one row per query; all are resampled by the same indices. With ``groups (q,)``, one value for each
    query, whole groups are drawn, each with all of its queries (Davison & Hinkley 1997, section 3.8). A resample on
    which the statistic raises ValueError or is not finite, such as an AUROC that drew one class only, is left out, so
    the interval is conditional on the statistic being defined. By ``"bca"`` it is corrected for bias and acceleration,
    which takes one more run of the statistic for each query or group; where that correction is undefined, as where
    nothing varies, it is the percentiles'. Raises ShapeError where the arrays differ in length or are empty; ValueError
    where the statistic is undefined on the queries themselves or on more than half of the resamples.
    """
    n, level = _queries(arrays), _level(level)
    if rounds < 1:
        raise ValueError(f"a bootstrap of {rounds} rounds gives no interval, wanted at least 1, better 1,000")
    value = float(statistic(*arrays))
    if not math.isfinite(value):
        raise ValueError(
            f"the statistic is {value} on these {n} queries, wanted a finite number: leave out what it is undefined for"
        )

    members = None if groups is None else _members(groups, n)
    drawable = n if members is None else len(members)

    def of_rows(drawn: Array) -> float:
        rows = drawn if members is None else np.concatenate([members[one] for one in drawn])
        try:
            return float(statistic(*(np.asarray(array)[rows] for array in arrays)))
        except ValueError:
            return math.nan

    drawn = (of_rows(rng.integers(drawable, size=drawable)) for _ in range(rounds))
    defined = np.array([one for one in drawn if math.isfinite(one)])
    if 2 * len(defined) < rounds:
        raise ValueError(
            f"the statistic is undefined on {rounds - len(defined)} of {rounds} resamples of {n} queries, wanted it "
            "defined on at least half: measure on more queries of the rarer kind"
        )
    if method == "percentile":
        return Estimate(value, *_percentiles(defined, level), n)
    left_out = np.array(
        [of_rows(np.delete(np.arange(drawable), one)) if drawable > 1 else value for one in range(drawable)]
    )
    return Estimate(value, *interval_ends(value, defined, left_out, level), n)


def with_wilson_end(found: Estimate, draws: int | None = None) -> Estimate:
    """A bootstrap's interval of a measure in [0, 1], with Wilson's end where all resamples are alike.

    All resamples of flawless answers are flawless: Wilson's lower end of as many hits shows how little that proves, and
    his upper end of none how little proves that all are wrong. ``draws`` is how many were drawn at a time, by default
    each of the queries.
    """
    draws = draws or found.n
    if found.low >= 1:
        return replace(found, low=wilson(draws, draws).low)
    return replace(found, high=wilson(0, draws).high) if found.high <= 0 else found


def bootstrap_difference(
    statistic: Statistic,
    a: tuple[Array, ...],
    b: tuple[Array, ...],
    *,
    rng: np.random.Generator,
    rounds: int = 2000,
    level: float = 0.95,
    method: IntervalMethod = "percentile",
    groups: Array | None = None,
) -> Estimate:
    """Paired interval of ``statistic(*a) - statistic(*b)``: both systems see the same resampled queries.

    Row i of every array belongs to query i. Methods, groups, undefined resamples and errors as in ``bootstrap``.
    """

    def difference(*arrays: Array) -> float:
        return statistic(*arrays[: len(a)]) - statistic(*arrays[len(a) :])

    return bootstrap(difference, *a, *b, rng=rng, rounds=rounds, level=level, method=method, groups=groups)


def mcnemar(a_correct: Array, b_correct: Array) -> McNemar:
    """Exact two-sided test of two systems on the same queries (McNemar 1947; exact binomial, Fay 2010).

    ``a_correct`` and ``b_correct`` are (q,) bool. ``p`` is 1 where they never disagree. Raises ShapeError, ValueError.
    """
    a = flags("a_correct", a_correct)
    b = flags("b_correct", b_correct, shape=a.shape)
    only_a, only_b = int((a & ~b).sum()), int((b & ~a).sum())
    p = scipy.stats.binomtest(only_a, only_a + only_b).pvalue if only_a + only_b else 1.0
    return McNemar(only_a, only_b, float(p))


def _queries(arrays: tuple[Array, ...]) -> int:
    shapes = [np.shape(array) for array in arrays]
    lengths = {shape[0] if shape else 0 for shape in shapes}
    if len(lengths) != 1 or 0 in lengths:
        raise ShapeError(f"arrays to resample have shapes {shapes}, wanted one row per query in each, at least one")
    return int(lengths.pop())


def _members(groups: Array, n: int) -> list[Array]:
    """Rows of each group."""
    groups = np.asarray(groups)
    if groups.shape != (n,):
        raise ShapeError(f"groups have shape {groups.shape}, wanted ({n},): one value for each query")
    place = np.unique(groups, return_inverse=True)[1]
    return np.split(np.argsort(place, kind="stable"), np.bincount(place).cumsum()[:-1])


def _percentiles(drawn: Array, level: float) -> tuple[float, float]:
    low, high = np.quantile(drawn, [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)


def _level(level: float) -> float:
    if not 0 < level < 1:
        raise ValueError(f"a level of {level} is no confidence level, wanted one between 0 and 1, such as 0.95")
    return level
