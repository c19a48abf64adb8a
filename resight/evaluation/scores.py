"""Scores of an encoder or a recogniser: how many first answers are right, and how well confidence ranks them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from resight.metrics.interval import (
    Estimate,
    IntervalMethod,
    McNemar,
    Statistic,
    bootstrap,
    bootstrap_difference,
    mcnemar,
    wilson,
    wilson_by_group,
    with_wilson_end,
)
from resight.metrics.ranking import micro_ap
from resight.types import Array


@dataclass(frozen=True, slots=True, eq=False)
class Scores:
    """The first answer to each query.

    Attributes
    ----------
    right : (q,) bool, whether it shows what the query shows.
    confidences : (q,) how sure it is, on any scale.
    answerable : (q,) bool, whether what the query shows is known at all.
    """

    right: Array
    confidences: Array
    answerable: Array

    @property
    def hits(self) -> Array:
        """``right`` of the answerable queries alone."""
        return np.asarray(self.right[self.answerable])

    def of(self, queries: Array) -> Scores:
        """The scores of some ``queries``: rows, or (q,) bool."""
        return Scores(self.right[queries], self.confidences[queries], self.answerable[queries])

    def figures(self, *, seed: int = 0, groups: Array | None = None) -> dict[str, Estimate]:
        """P@1 of answerable queries with Wilson's interval, µAP of all with the bootstrap's, at 95 %.

        There are none where no query is answerable. ``groups`` as in :func:`resampled`.
        """
        if not len(self.hits):
            return {}
        ranked = resampled(micro_ap, *self._arrays, seed=seed, groups=groups)
        shown = None if groups is None else groups[self.answerable]
        return {"p_at_1": share(self.hits, shown), "micro_ap": ranked}

    def against(self, other: Scores, *, seed: int = 0) -> tuple[McNemar, Estimate]:
        """McNemar's test of P@1 and the difference of µAP, this − other, where both answer the same queries."""
        rng = np.random.default_rng(seed)
        return mcnemar(self.hits, other.hits), bootstrap_difference(micro_ap, self._arrays, other._arrays, rng=rng)

    @property
    def _arrays(self) -> tuple[Array, Array, Array]:
        """Arrays as `micro_ap` takes them."""
        return self.right, self.confidences, self.answerable


def share(hits: Array, groups: Array | None = None) -> Estimate:
    """The share of ``hits (n,)`` bool, with Wilson's interval; with ``groups (n,)`` as their likeness makes it."""
    return wilson(int(hits.sum()), len(hits)) if groups is None else wilson_by_group(hits, groups)


def resampled(statistic: Statistic, *arrays: Array, seed: int, groups: Array | None = None) -> Estimate:
    """A measure that is 1 where all answers are right, with the bootstrap's interval over queries.

    With ``groups (q,)`` whole groups are drawn, and the interval is corrected for bias and acceleration. Where all
    answers are right, its lower end is Wilson's.
    """
    rng, method = np.random.default_rng(seed), _method(groups)
    draws = None if groups is None else len(np.unique(groups))
    return with_wilson_end(bootstrap(statistic, *arrays, rng=rng, method=method, groups=groups), draws)


def _method(groups: Array | None) -> IntervalMethod:
    return "percentile" if groups is None else "bca"
