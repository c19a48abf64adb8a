"""The N-S score: how many of an object's four views are the first four photos (Nistér & Stewénius 2006)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from data.packs import Pack
from systems.ranking import Ranking

from resight.metrics.interval import Estimate, bootstrap, bootstrap_difference
from resight.types import Array

VIEWS: Final = 4
"""Photos of each object."""


@dataclass(frozen=True, slots=True, eq=False)
class ViewsFound:
    """Right photos among the first four, added up for each object.

    Its views are as easy or as hard as each other, so the intervals come from resampling whole objects.

    Attributes
    ----------
    queries, counts : names (q,) of the photos that were asked, and how many of each one's first four are right (q,).
    sums, asked : (o,) right photos, and queries, of each object.
    """

    queries: tuple[str, ...]
    counts: Array
    sums: Array
    asked: Array

    def score(self) -> Estimate:
        """The N-S score, in [0, 4]; n counts objects."""
        return bootstrap(_mean, self.sums, self.asked, rng=np.random.default_rng(0))

    def less(self, other: ViewsFound) -> Estimate:
        """The score less that of another system for the same queries."""
        if self.queries != other.queries:
            raise ValueError("two systems were asked different queries; wanted the same ones in the same order")
        rows = (self.sums, self.asked), (other.sums, other.asked)
        return bootstrap_difference(_mean, *rows, rng=np.random.default_rng(0))

    def to_dict(self) -> dict[str, Any]:
        """Score and the count of every query, as JSON."""
        counts = dict(zip(self.queries, self.counts.tolist(), strict=True))
        return {"figures": {"n_s_score": self.score().to_dict()}, "right_of_four": counts}


def found(pack: Pack, rankings: Sequence[Ranking]) -> ViewsFound:
    """What the rankings of a pack's queries, all against all, found."""
    instances = pack.instances
    labels = [instances[entry.name] for entry in pack.queries]
    counts = np.array([
        sum(instances[photo] == label for photo in ranking.photos[:VIEWS])
        for label, ranking in zip(labels, rankings, strict=True)
    ])  # fmt: skip
    objects = np.unique(labels, return_inverse=True)[1]
    return ViewsFound(
        tuple(entry.name for entry in pack.queries), counts, np.bincount(objects, counts), np.bincount(objects)
    )


def _mean(sums: Array, asked: Array) -> float:
    return float(sums.sum() / asked.sum())
