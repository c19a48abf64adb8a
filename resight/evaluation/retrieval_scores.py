"""Scores of descriptors that rank a gallery: how many of the right photos are found, and how early."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from resight.metrics.interval import Estimate
from resight.metrics.ranking import average_precision, hit_at_k, nearest_first
from resight.types import Array

from .scores import resampled, share

KS: Final = (1, 5, 10)
"""Places at which place recognition looks."""

DEPTH: Final = 100
"""Places that Google Landmarks v2 looks at."""

VIEWS: Final = 4
"""Photos of each thing where the N-S score is defined."""


@dataclass(frozen=True, slots=True, eq=False)
class RetrievalScores:
    """A ranking of the gallery for each query, by one encoder's descriptors.

    Attributes
    ----------
    encoder : its name.
    relevant, ignored : (q, n) bool, nearest first: what is right, and what is left out.
    groups : (q,) what is resampled as a whole.
    """

    encoder: str
    relevant: Array
    ignored: Array
    groups: Array

    @classmethod
    def of(cls, encoder: str, similarities: Array, relevant: Array, ignored: Array, groups: Array) -> RetrievalScores:
        """Rank by ``similarities (q, n)``; equal ones keep the order of the gallery, and what is left out is last."""
        order = nearest_first(np.where(ignored, -np.inf, similarities))
        ranked, out = (np.take_along_axis(array, order, axis=1) for array in (relevant & ~ignored, ignored))
        return cls(encoder, ranked, out, groups)

    @property
    def answerable(self) -> Array:
        """Queries with something right in the gallery, (q,) bool."""
        return np.asarray(self.relevant.any(axis=1))

    def figures(self, *, seed: int = 0) -> dict[str, Estimate]:
        """Means over the answerable queries with their 95 % intervals; none where no query is answerable.

        ``hit_at_k`` is what place recognition calls recall at k: whether anything right is among the first k.
        """
        known = self.answerable
        if not known.any():
            return {}
        ranked, ignored = self.relevant[known], self.ignored[known]
        totals = ranked.sum(axis=1)
        each = {
            "map": average_precision(ranked, ignored=ignored),
            "map_trapezoid": average_precision(ranked, ignored=ignored, convention="trapezoid"),
            "map_seed": average_precision(ranked, ignored=ignored, convention="seed"),
            "map_at_r": average_precision(ranked, ignored=ignored, depth=totals),
            f"map_at_{DEPTH}": average_precision(ranked, ignored=ignored, depth=DEPTH),
        }
        groups = self.groups[known]
        hits = {f"hit_at_{k}": share(hit_at_k(ranked, k, ignored=ignored), groups) for k in KS}
        means = {name: self._mean(values, known, seed) for name, values in each.items()}
        return hits | means | self._views(known, seed)

    def _mean(self, values: Array, known: Array, seed: int) -> Estimate:
        return resampled(_mean, values, seed=seed, groups=self.groups[known])

    def _views(self, known: Array, seed: int) -> dict[str, Estimate]:
        """The N-S score where each query is one of four views of its thing, itself left out: it counts as found."""
        others = self.relevant.sum(axis=1)
        if not (known.all() and (others == VIEWS - 1).all() and (self.ignored.sum(axis=1) == 1).all()):
            return {}
        found = (self.relevant & ((~self.ignored).cumsum(axis=1) <= VIEWS - 1)).sum(axis=1)
        others = self._mean(found / (VIEWS - 1), known, seed)
        value, low, high = (1 + (VIEWS - 1) * end for end in (others.value, others.low, others.high))
        return {"n_s": Estimate(value, low, high, others.n)}

    def to_dict(self) -> dict[str, Any]:
        """The public JSON: figures, and how many queries they are not of."""
        known = self.answerable
        report: dict[str, Any] = {
            "encoder": self.encoder,
            "queries": int(known.sum()),
            "unanswerable": int((~known).sum()),
            **{name: found.to_dict() for name, found in self.figures().items()},
        }
        if known.any() and not known.all():
            of_all = {f"hit_at_{k}": share(hit_at_k(self.relevant, k, ignored=self.ignored), self.groups) for k in KS}
            report["of_all_queries"] = {name: found.to_dict() for name, found in of_all.items()}
        return report


def _mean(values: Array) -> float:
    return float(values.mean())
