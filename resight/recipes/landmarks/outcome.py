"""The outcome of the landmarks recipe: the tables of each encoder beside the thesis's, as records and as JSON."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

import numpy as np

from resight.evaluation.audit import CLEAN, Audit
from resight.evaluation.descriptor_cache import DescribedPhotos
from resight.evaluation.pictures import NAMES
from resight.evaluation.questions import Questions
from resight.features.encoder import GlobalEncoder
from resight.features.views import USUAL_SCALES
from resight.metrics.interval import Estimate, with_wilson_end
from resight.metrics.resampling import Resamples

from .further import Row
from .measurement import Measurements
from .orderings import OrderingFinding
from .thesis import KS, TABLES, Cell

SUMS: Final = 10
"""Sums of scales that are told, the best first."""


@dataclass(frozen=True, slots=True, eq=False)
class BestSum:
    """A sum of scales: which, and its best µAP over transforms and k, whitened or not."""

    scales: tuple[float, ...]
    cell: Cell
    value: float

    @property
    def name(self) -> str:
        """The scales, in words."""
        return " + ".join(NAMES[scale] for scale in self.scales)

    def to_dict(self) -> dict[str, Any]:
        """The JSON of the report."""
        whitened, f, k = self.cell
        return {"scales": self.name, "whitened": whitened, "f": f, "k": k, "micro_ap": self.value}


@dataclass(frozen=True, eq=False)
class EncoderTables:
    """The tables of one encoder.

    Attributes
    ----------
    encoder : which.
    gallery, queries : the photos with their descriptors.
    questions : what is right.
    measured : the cells.
    resamples : of the queries, for intervals.
    findings : what became of the thesis's orderings.
    further : rows beyond the thesis's tables; none where nobody asked for them.
    """

    encoder: GlobalEncoder
    gallery: DescribedPhotos
    queries: DescribedPhotos
    questions: Questions
    measured: Measurements
    resamples: Resamples
    findings: tuple[OrderingFinding, ...]
    further: tuple[Row, ...] = ()

    @cached_property
    def estimates(self) -> Mapping[str, Mapping[Cell, Estimate]]:
        """Each cell of each table with its interval at 95 %."""
        things = len(self.resamples.left_out)
        return {
            number: {cell: with_wilson_end(self.resamples.estimate(found), things) for cell, found in cells.items()}
            for number, cells in self.measured.cells.items()
        }

    def best(self, number: str) -> tuple[Cell, Estimate]:
        """The best cell of a table, the first of equals."""
        cells = self.estimates[number]
        cell = max(cells, key=lambda one: cells[one].value)
        return cell, cells[cell]

    @property
    def few(self) -> str:
        """A warning where a whitening has fewer photos than dimensions; empty where it has enough."""
        n, _, d = self.gallery.rows.shape
        if n > d:
            return ""
        return (
            f"The whitening is fitted on {n:,} photos of {d:,} dimensions: it keeps {n - 1:,} directions at most, and "
            "the floor of their variances (shrinkage) decides much of it."
        )

    @property
    def clipped(self) -> str:
        """A note on numbers of neighbours that the gallery does not have; empty where it has as many as any vote."""
        n = len(self.gallery.entries)
        beyond = [str(k) for k in KS if k > n]
        return f"k = {', '.join(beyond)}: the gallery has {n:,} photos, and all of them vote." if beyond else ""

    @property
    def sums(self) -> tuple[BestSum, ...]:
        """All sums of scales, each by its best cell, the best first."""
        found: dict[tuple[float, ...], BestSum] = {}
        for (scales, cell), value in self.measured.subsets.items():
            if scales not in found or value > found[scales].value:
                found[scales] = BestSum(scales, cell, value)
        return tuple(sorted(found.values(), key=lambda one: -one.value))

    def to_dict(self) -> dict[str, Any]:
        """The public JSON."""
        return {
            "name": self.encoder.name,
            "fingerprint": self.encoder.fingerprint,
            "dimensions": self.gallery.rows.shape[2],
            "unreadable": [
                {"photo": bad.photo, "reason": bad.reason}
                for bad in (*self.gallery.unreadable, *self.queries.unreadable)
            ],
            "tables": {number: list(_cells(number, cells)) for number, cells in self.estimates.items()},
            "orderings": [finding.to_dict() for finding in self.findings],
            "sums": [one.to_dict() for one in self.sums[:SUMS]],
            "further": [row.to_dict() for row in self.further],
            "few_photos": self.few,
            "clipped": self.clipped,
        }


def _cells(number: str, cells: Mapping[Cell, Estimate]) -> Iterator[dict[str, Any]]:
    for cell, found in cells.items():
        whitened, name, k = cell
        yield {"whitened": whitened, "row": name, "k": k, **found.to_dict(), "thesis": TABLES[number][cell]}


@dataclass(frozen=True, slots=True, eq=False)
class LandmarksOutcome:
    """The tables of all encoders on one data set, what the intervals were drawn with, and what the audit found."""

    data: str
    tables: tuple[EncoderTables, ...]
    seed: int
    rounds: int
    audit: Audit = CLEAN

    @property
    def counts(self) -> tuple[int, ...]:
        """Photos of each known thing, the most first."""
        labels = self.tables[0].questions.labels
        return tuple(sorted(Counter(labels.tolist()).values(), reverse=True))

    @property
    def facts(self) -> dict[str, int]:
        """Contents of the data set, in numbers."""
        one, counts = self.tables[0], self.counts
        answerable = one.questions.answerable
        return {
            "references": len(one.gallery.entries),
            "instances": len(counts),
            "instances_with_one_photo": sum(count == 1 for count in counts),
            "queries": len(answerable),
            "unanswerable": int((~answerable).sum()),
            "groups": len(np.unique(one.questions.groups)),
        }

    def to_dict(self) -> dict[str, Any]:
        """The public JSON."""
        return {
            "data": self.data,
            "photos": self.facts,
            "audit": self.audit.to_dict(),
            "encoders": [tables.to_dict() for tables in self.tables],
            "seed": self.seed,
            "rounds": self.rounds,
            "scales": list(USUAL_SCALES),
        }
