"""Evaluations as records: every figure with its interval, what they rest on, and the public JSON."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from resight.io.datasets.preflight import PLAIN, Outset
from resight.io.datasets.survey import UnreadablePhoto
from resight.metrics.acceptance import Threshold, balanced_accuracy
from resight.metrics.curves import precision_recall
from resight.metrics.interval import Estimate, Statistic, bootstrap
from resight.metrics.ranking import auroc, micro_ap
from resight.metrics.reliability import brier, ece
from resight.metrics.risk_coverage import risk_coverage
from resight.types import Array

from .audit import CLEAN, Audit
from .duplicates import Leak
from .retrieval_scores import RetrievalScores
from .scores import Scores, resampled, share
from .vote_grid import VoteGrid


@dataclass(frozen=True, slots=True, eq=False)
class Evaluation:
    """Scores of the answers to a data set's queries.

    Attributes
    ----------
    names, instances, probabilities : of each query (q,): path, first candidate before any threshold, its probability.
    right, answerable, named : (q,) bool: the first candidate is a right one; the gallery knows it; it got a name.
    either : of each query, the two look-alikes that it was told to be one of, without a name; or ().
    holds : (q,) bool: one of those two is right.
    leaks : queries that are photos of the gallery.
    unreadable : photos that were left out.
    unknown_share : of photos that was expected, on which the probabilities depend.
    threshold : of the rates that were chosen, or None where none was.
    outset : what was to be known of the data set beforehand.
    labels : of each query, what it shows; none for a distractor.
    audit : what there is to be said against the figures.
    retrieval : how each encoder's descriptors rank the gallery.
    votes : µAP of k-NN votes by each encoder's descriptors; none where nothing that is asked is known.
    record : everything needed to repeat it, times and sizes among it.
    """

    names: tuple[str, ...]
    instances: tuple[str | None, ...]
    probabilities: Array
    right: Array
    answerable: Array
    named: Array
    either: tuple[tuple[str, ...], ...]
    holds: Array
    leaks: tuple[Leak, ...]
    unreadable: tuple[UnreadablePhoto, ...]
    unknown_share: float
    threshold: Threshold | None = None
    outset: Outset = PLAIN
    labels: tuple[tuple[str, ...], ...] = ()
    audit: Audit = CLEAN
    retrieval: tuple[RetrievalScores, ...] = ()
    votes: tuple[VoteGrid, ...] = ()
    record: Mapping[str, Any] = field(default_factory=dict)

    def __repr__(self) -> str:
        counts = {"answerable": self.answerable, "right": self.right, "named": self.named}
        told = ", ".join(f"{name}={int(np.sum(flags))}" for name, flags in counts.items())
        return f"<Evaluation of {len(self.names)} queries: {told}>"

    @property
    def scores(self) -> Scores:
        """The first answers as they are scored."""
        return Scores(self.right, self.probabilities, self.answerable)

    def without_leaks(self) -> Evaluation:
        """The evaluation of only the queries that are no photos of the gallery."""
        leaked = {leak.query for leak in self.leaks}
        kept = np.flatnonzero([name not in leaked for name in self.names])
        return replace(
            self,
            names=tuple(self.names[row] for row in kept),
            instances=tuple(self.instances[row] for row in kept),
            either=tuple(self.either[row] for row in kept),
            labels=tuple(self.labels[row] for row in kept) if self.labels else (),
            **{name: getattr(self, name)[kept] for name in ("probabilities", "right", "answerable", "named", "holds")},
            leaks=(),
        )

    @property
    def groups(self) -> Array:
        """Numbers of what the queries show, (q,), each unknown one its own: what is resampled as a whole."""
        shown = self.labels or ((),) * len(self.names)
        keys = [labels[0] if labels else f"\0{place}" for place, labels in enumerate(shown)]
        return np.asarray(np.unique(keys, return_inverse=True)[1])

    def figures(self, *, seed: int = 0) -> dict[str, Estimate]:
        """Measures with their 95 % intervals: Wilson's for shares, the bootstrap over queries for the rest.

        What the queries leave undefined is left out: without known ones p_at_1, micro_ap and coverage, without unknown
        ones false_accept_rate, without either auroc, without names false_discovery_rate, the share of names that are
        wrong, and of no queries all. ``either_right`` is of the queries that
        were told to show one of two look-alikes, which count as without a name in all others: the share whose right
        answer is one of the two.
        """
        known, unknown, groups = self.answerable, ~self.answerable, self.groups
        scores = self.scores.figures(seed=seed, groups=groups)
        rng, between = np.random.default_rng(seed), np.array([len(pair) > 1 for pair in self.either], bool)
        # Of one known and one unknown query half of the resamples hold but one of them.
        both = known.any() and unknown.any() and len(known) > 2
        estimates = {
            "p_at_1": scores.get("p_at_1"),
            "micro_ap": scores.get("micro_ap"),
            "auroc": resampled(auroc, self.probabilities, known, seed=seed, groups=groups) if both else None,
            "coverage": share(self.named[known], groups[known]) if known.any() else None,
            "false_accept_rate": share(self.named[unknown]) if unknown.any() else None,
            "false_discovery_rate": share(~self.right[self.named], groups[self.named]) if self.named.any() else None,
            "ece": bootstrap(ece, self.probabilities, self.right, rng=rng, groups=groups) if len(known) else None,
            "either_right": share(self.holds[between], groups[between]) if between.any() else None,
        }
        return {name: estimate for name, estimate in estimates.items() if estimate is not None}

    def further(self, *, seed: int = 0) -> dict[str, Estimate]:
        """Further measures with their 95 % intervals by the bootstrap; what is undefined is left out.

        ``micro_ap_known`` is µAP of the answerable queries alone (GAP⁻), ``risk_area`` the area under risk over
        coverage, and ``recall_at_100`` and ``recall_at_99`` are shares of answerable queries that are named rightly
        where every name, or 99 of a hundred, is right.
        """
        known, right, sure, groups = self.answerable, self.right & self.answerable, self.probabilities, self.groups
        measures: dict[str, tuple[Statistic, tuple[Array, ...], Array]] = {
            "micro_ap_known": (micro_ap, (right[known], sure[known], known[known]), groups[known]),
            "balanced_accuracy": (balanced_accuracy, (self.named, known), groups),
            "risk_area": (_risk_area, (self.right, sure), groups),
            "recall_at_100": (_recall_at(1.0), (right, sure, known), groups),
            "recall_at_99": (_recall_at(0.99), (right, sure, known), groups),
            "brier": (brier, (sure, self.right), groups),
        }
        found = {}
        for name, (statistic, arrays, shown) in measures.items():
            with suppress(ValueError):
                found[name] = resampled(statistic, *arrays, seed=seed, groups=shown)
        return found

    @property
    def undefined(self) -> dict[str, str]:
        """Measures that these queries leave undefined, and why: none of them is 0."""
        why: dict[str, str] = {}
        if not self.answerable.any():
            why |= dict.fromkeys(("p_at_1", "micro_ap", "coverage"), "no query has an answer in the gallery")
        if self.answerable.all():
            why["false_accept_rate"] = "no query is unknown"
        if self.answerable.all() or not self.answerable.any():
            why["auroc"] = "not both known and unknown queries were asked"
        elif len(self.names) < 3:
            why["auroc"] = "one known and one unknown query are too few"
        if not self.named.any():
            why["false_discovery_rate"] = "no query got a name"
        return why if len(self.names) else {}

    def to_dict(self) -> dict[str, Any]:
        """The public JSON."""
        figures = self.figures()
        clean = self.without_leaks().figures() if self.leaks else figures
        return {
            **{name: estimate.to_dict() for name, estimate in figures.items()},
            "unknown_share": self.unknown_share,
            "threshold": None if self.threshold is None else self.threshold.to_dict(),
            "without_leaks": {name: one.to_dict() for name, one in clean.items()},
            "queries": len(self.names),
            "unanswerable": int((~self.answerable).sum()),
            "leaks": [{"query": leak.query, "reference": leak.reference, "kind": leak.kind} for leak in self.leaks],
            "unreadable": [{"photo": bad.photo, "reason": bad.reason} for bad in self.unreadable],
            **self.outset.to_dict(),
            "further": {name: estimate.to_dict() for name, estimate in self.further().items()},
            "undefined": self.undefined,
            "audit": self.audit.to_dict(),
            "retrieval": [one.to_dict() for one in self.retrieval],
            "votes": [one.to_dict() for one in self.votes],
            "record": dict(self.record),
            "answers": [self._answer(row) for row in range(len(self.names))],
        }

    def _answer(self, row: int) -> dict[str, Any]:
        labels = self.labels[row] if self.labels else ()
        return {
            "photo": self.names[row],
            "instance": self.instances[row],
            "probability": float(self.probabilities[row]),
            "right": bool(self.right[row]),
            "named": bool(self.named[row]),
            "either": list(self.either[row]),
            "answerable": bool(self.answerable[row]),
            "label": labels[0] if labels else None,
        }


def _risk_area(right: Array, probabilities: Array) -> float:
    return risk_coverage(right, probabilities).area


def _recall_at(precision: float) -> Statistic:
    def recall(right: Array, probabilities: Array, known: Array) -> float:
        return precision_recall(right, probabilities, known).recall_at(precision)

    return recall
