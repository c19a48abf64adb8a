"""What a system's answers to one pack were worth, with intervals, and against another system's."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from data.packs import Pack
from systems.ranking import Ranking

from resight.evaluation.scores import Scores, resampled
from resight.metrics.interval import Estimate, McNemar
from resight.metrics.ranking import auroc
from resight.types import Array


@dataclass(frozen=True, eq=False)
class Answers:
    """The first answer to each query, before any threshold.

    Attributes
    ----------
    queries, instances : names (q,) of the photos, and of what they were said to show.
    confidences : (q,) how sure the system was, on its own scale; -inf where it found nothing.
    right, answerable : (q,) bool.
    """

    queries: tuple[str, ...]
    instances: tuple[str | None, ...]
    confidences: Array
    right: Array
    answerable: Array

    @cached_property
    def figures(self) -> dict[str, Estimate]:
        """P@1 of the answerable queries with Wilson's interval; µAP and AUROC of all with the bootstrap's."""
        figures = self._scores.figures()
        if not self.answerable.all():
            figures["auroc"] = resampled(auroc, self.confidences, self.answerable, seed=0)
        return figures

    def against(self, other: Answers) -> Comparison:
        """How much better these answers are than another system's to the same queries."""
        if self.queries != other.queries:
            raise ValueError("two systems were asked different queries; wanted the same ones in the same order")
        return Comparison(*self._scores.against(other._scores))

    def to_dict(self) -> dict[str, Any]:
        """Figures and every answer, as JSON."""
        rows = zip(self.queries, self.instances, self.confidences, self.right, self.answerable, strict=True)
        keys = ("query", "instance", "confidence", "right", "answerable")
        return {
            "figures": {name: estimate.to_dict() for name, estimate in self.figures.items()},
            "answers": [dict(zip(keys, map(_plain, row), strict=True)) for row in rows],
        }

    @property
    def _scores(self) -> Scores:
        return Scores(self.right, self.confidences, self.answerable)


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two systems on the same queries: who alone names which, and the difference of µAP."""

    p_at_1: McNemar
    micro_ap: Estimate

    def to_dict(self) -> dict[str, Any]:
        split = {"only_first": self.p_at_1.only_a, "only_second": self.p_at_1.only_b, "p": self.p_at_1.p}
        return {"p_at_1": split, "micro_ap": self.micro_ap.to_dict()}


def judged(pack: Pack, rankings: Sequence[Ranking], confidence: Callable[[Ranking], float]) -> Answers:
    """The rankings of a pack's queries as answers: each says what its first photo shows."""
    instances = pack.instances
    named = tuple(instances[ranking.photos[0]] if ranking.photos else None for ranking in rankings)
    return Answers(
        tuple(entry.name for entry in pack.queries),
        named,
        np.array([confidence(ranking) for ranking in rankings]),
        np.array([name in entry.labels for name, entry in zip(named, pack.queries, strict=True)]),
        np.array([pack.answers(entry) for entry in pack.queries]),
    )


def _plain(value: Any) -> Any:
    """A NumPy number as Python's own, and what JSON cannot say as nothing."""
    value = value.item() if isinstance(value, np.generic) else value
    return None if value == -np.inf else value
