"""The benchmark of an encoder that only ranks: queries against references, judged by their labels."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Self

import numpy as np

from resight.errors import DatasetError
from resight.evaluation.duplicates import Leak
from resight.evaluation.scores import Scores, resampled
from resight.io.datasets.dataset import Entry
from resight.io.datasets.relevance import ignored, relevant
from resight.io.images import digest
from resight.metrics.interval import Estimate
from resight.metrics.ranking import CONVENTIONS, average_precision
from resight.training import leak_audit
from resight.types import UNKNOWN, Array


@dataclass(frozen=True, slots=True, eq=False)
class BenchmarkPhotos:
    """Photos of the benchmark: the references and queries that could be read, and the photos that could not."""

    references: tuple[Entry, ...]
    queries: tuple[Entry, ...]
    unreadable: tuple[str, ...]

    @property
    def instances(self) -> Array:
        """Numbers of the references' instances ``(n,)``, UNKNOWN for those that nobody named, such as walls."""
        known = sorted({entry.label for entry in self.references if entry.label is not None})
        numbers = {label: number for number, label in enumerate(known)}
        return np.array([UNKNOWN if e.label is None else numbers[e.label] for e in self.references])

    def audit(self, pixels: Array) -> tuple[Leak, ...]:
        """Queries that are photos of a reference, by content or by looks.

        ``pixels (n, s, s, 3)`` uint8 are the references, then the queries.
        """
        entries = (*self.references, *self.queries)
        found = leak_audit.prints(
            [entry.name for entry in entries], [digest(entry.read()) for entry in entries], pixels
        )
        return leak_audit.between(found, *np.split(np.arange(len(entries)), [len(self.references)]))

    def facts(self, benchmark: Benchmark, leaks: Sequence[Leak]) -> dict[str, Any]:
        """Facts that a reader of the report should know of them."""
        named = self.instances[self.instances != UNKNOWN]
        _, counts = np.unique(named, return_counts=True)
        return {
            "references": len(self.references),
            "instances": len(counts),
            "instances_with_one_photo": int((counts == 1).sum()),
            "queries": len(self.queries),
            "excluded_queries": int((~benchmark.answerable).sum()),
            "leaks": [asdict(leak) for leak in leaks],
            "unreadable": list(self.unreadable),
        }


@dataclass(frozen=True, slots=True, eq=False)
class Benchmark:
    """The benchmark: queries, references and which is right.

    Attributes
    ----------
    relevant : (q, n) bool, whether a reference shows what a query shows.
    ignored : (q, n) bool, references that are left out of a query's ranking.
    """

    relevant: Array
    ignored: Array

    @classmethod
    def of(cls, references: Sequence[Entry], queries: Sequence[Entry]) -> Self:
        """The benchmark of these photos; raises DatasetError where no query has an answer among the references."""
        left_out = ignored([entry.name for entry in references], queries)
        benchmark = cls(relevant([entry.labels for entry in references], queries) & ~left_out, left_out)
        if not benchmark.answerable.any():
            raise DatasetError(
                f"none of {len(queries)} queries shows what one of {len(references)} references shows; wanted some: "
                "put photos of known things into the split query"
            )
        return benchmark

    @property
    def answerable(self) -> Array:
        """Queries whose instance has a reference, ``(q,)`` bool; the others are unknowns (docs/papers.md)."""
        return np.asarray(self.relevant.any(axis=1))

    def judge(self, scores: Array) -> RankingScores:
        """Judges an encoder by its similarities ``scores (q, n)``."""
        scores = np.where(self.ignored, -np.inf, scores)
        order = np.argsort(-scores, axis=1, kind="stable")
        ranked, left_out = (np.take_along_axis(array, order, axis=1) for array in (self.relevant, self.ignored))
        answerable = self.answerable
        precisions = {
            name: average_precision(ranked[answerable], ignored=left_out[answerable], convention=name)
            for name in CONVENTIONS
        }
        return RankingScores(Scores(ranked[:, 0], scores.max(axis=1), answerable), precisions)


@dataclass(frozen=True, slots=True, eq=False)
class RankingScores:
    """Scores of an encoder.

    Attributes
    ----------
    scores : of the first places of all queries.
    precisions : by convention, average precision of the answerable ones (docs/papers.md).
    """

    scores: Scores
    precisions: Mapping[str, Array]

    @property
    def conventions(self) -> dict[str, float]:
        """MAP by each convention of average precision."""
        return {name: float(each.mean()) for name, each in self.precisions.items()}

    def figures(self, *, seed: int = 0) -> dict[str, Estimate]:
        """Precision at 1 and MAP of answerable queries, µAP of all, with 95 % intervals."""
        figures = self.scores.figures(seed=seed)
        mean = resampled(lambda each: float(each.mean()), self.precisions["standard"], seed=seed)
        return {"p_at_1": figures["p_at_1"], "map": mean, "micro_ap": figures["micro_ap"]}
