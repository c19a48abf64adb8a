"""Two evaluations of the same queries: which is better, by how much, and whether that is more than chance."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Self

import numpy as np

from resight.errors import DatasetError
from resight.metrics.acceptance import coverage, false_accept_rate
from resight.metrics.holm import holm
from resight.metrics.interval import Estimate, Statistic, mcnemar
from resight.metrics.ranking import auroc
from resight.metrics.reliability import brier
from resight.metrics.resampling import ResampledMeasure, Resamples, resampled_micro_ap
from resight.types import Array

LEVEL: Final = 0.05
"""Chance that any of the differences is told as real where there is none, at most."""

FALLING: Final = frozenset({"false_accept_rate", "brier"})
"""Measures of which less is better."""

KEYS: Final = ("photo", "right", "probability", "named", "answerable")
"""Keys that an evaluation has to give of each answer."""


def _share_of_known(right: Array, known: Array) -> float:
    if not known.any():
        raise ValueError("no query is answerable")
    return float(right[known].mean())


STATISTICS: Final[tuple[tuple[str, Statistic, str], ...]] = (
    ("p_at_1", _share_of_known, "right"),
    ("auroc", auroc, "probabilities"),
    ("coverage", coverage, "named"),
    ("false_accept_rate", false_accept_rate, "named"),
)
"""Measures of an array of the answers and of which are answerable: name, statistic, and the array's."""


@dataclass(frozen=True, slots=True, eq=False)
class AnswerTable:
    """The answers of one evaluation as arrays (q,), in the order of the photos' names, and what it is called."""

    name: str
    photos: tuple[str, ...]
    right: Array
    probabilities: Array
    named: Array
    answerable: Array
    groups: Array

    @classmethod
    def of(cls, name: str, report: Mapping[str, Any]) -> Self:
        """Read the JSON of `resight evaluate`; raises DatasetError for another, or an older one."""
        answers = report.get("answers") if isinstance(report, Mapping) else None
        if not isinstance(answers, list) or not answers or not all(_is_answer(one) for one in answers):
            raise DatasetError(
                f"{name!r} does not say of each answer its {', '.join(KEYS)}: wanted what `resight evaluate --json` "
                "prints; evaluate again"
            )
        rows = sorted(answers, key=lambda answer: str(answer["photo"]))
        flags = ("right", "named", "answerable")
        right, named, answerable = (np.array([row[key] for row in rows], bool) for key in flags)
        labels = [row.get("label") or row["photo"] for row in rows]
        groups = np.unique(labels, return_inverse=True)[1]
        probabilities = np.array([row["probability"] for row in rows], float)
        return cls(name, tuple(row["photo"] for row in rows), right, probabilities, named, answerable, groups)

    def of_photos(self, photos: Sequence[str]) -> AnswerTable:
        """The answers to some of the photos, in their order."""
        place = {photo: row for row, photo in enumerate(self.photos)}
        rows = np.array([place[photo] for photo in photos], int)
        arrays = (array[rows] for array in (self.right, self.probabilities, self.named, self.answerable, self.groups))
        return AnswerTable(self.name, tuple(photos), *arrays)


@dataclass(frozen=True, slots=True)
class Difference:
    """A measure of both evaluations, ``gain`` of the second over the first with its interval, and its p by Holm."""

    measure: str
    first: float
    second: float
    gain: Estimate
    p: float

    @property
    def better(self) -> int:
        """2 where the second is better, 1 where the first is, 0 where it may be chance."""
        if self.p > LEVEL or not self.gain.value:
            return 0
        return 2 if (self.gain.value > 0) != (self.measure in FALLING) else 1

    def to_dict(self) -> dict[str, Any]:
        """The public JSON."""
        return {
            "measure": self.measure,
            "first": self.first,
            "second": self.second,
            "gain": self.gain.to_dict(),
            "p": self.p,
            "better": self.better,
        }


@dataclass(frozen=True, slots=True)
class EvaluationComparison:
    """Two evaluations, what each alone answers rightly, and their differences.

    Attributes
    ----------
    first, second : what they are called.
    queries : that both were asked.
    left_out : that only one was.
    only_first, only_second : answerable queries that one alone answers rightly, before any threshold.
    differences : of each measure that is defined.
    """

    first: str
    second: str
    queries: int
    left_out: int
    only_first: int
    only_second: int
    differences: tuple[Difference, ...]

    @property
    def sentence(self) -> str:
        """Verdict on who wins by µAP, by how much, and whether by chance; of what there is, where µAP is undefined."""
        leading = next((one for one in self.differences if one.measure == "micro_ap"), None) or next(
            iter(self.differences), None
        )
        if leading is None:
            return "nothing is defined on these queries, so that nothing can be compared"
        gain = leading.gain
        told = f"{abs(gain.value):.3f} ({gain.low:+.3f} to {gain.high:+.3f}, p = {leading.p:.2g})".replace("-", "−")
        if not leading.better:
            return f"by {leading.measure} neither is better: the difference of {told} may be chance"
        winner = self.second if leading.better == 2 else self.first
        return f"{winner} is better by {leading.measure}, by {told}: more than chance"

    def to_dict(self) -> dict[str, Any]:
        """The public JSON."""
        return {
            "first": self.first,
            "second": self.second,
            "queries": self.queries,
            "left_out": self.left_out,
            "only_first": self.only_first,
            "only_second": self.only_second,
            "differences": [one.to_dict() for one in self.differences],
            "sentence": self.sentence,
        }


def compare(first: AnswerTable, second: AnswerTable, *, seed: int = 0) -> EvaluationComparison:
    """Compare two evaluations on the queries that both were asked, whole things resampled together.

    P@1 is judged by McNemar's exact test, the rest by paired resamples; all p are corrected by Holm. Raises
    DatasetError where they share no query, or disagree on what is known.
    """
    shared = sorted({*first.photos}.intersection(second.photos))
    if not shared:
        raise DatasetError(
            f"{first.name} and {second.name} share no query: {first.photos[0]!r} is in the one, {second.photos[0]!r} "
            "in the other; wanted evaluations of one data set, named by the same path"
        )
    left_out = len({*first.photos}.symmetric_difference(second.photos))
    first, second = first.of_photos(shared), second.of_photos(shared)
    if (first.answerable != second.answerable).any():
        raise DatasetError(
            f"{first.name} and {second.name} disagree on which queries have an answer: wanted the same references"
        )
    test = mcnemar(first.right & first.answerable, second.right & second.answerable)
    measured = list(_measures(first, second, seed))
    p = holm(np.array([test.p if name == "p_at_1" else p for name, _, _, _, p in measured])) if measured else ()
    differences = tuple(
        Difference(name, one, other, gain, float(adjusted))
        for (name, one, other, gain, _), adjusted in zip(measured, p, strict=True)
    )
    return EvaluationComparison(first.name, second.name, len(shared), left_out, test.only_a, test.only_b, differences)


def _measures(first: AnswerTable, second: AnswerTable, seed: int) -> list[tuple[str, float, float, Estimate, float]]:
    """Each defined measure: its name, both values, the gain with its interval, and p before any correction."""
    known, resamples = first.answerable, Resamples.of(first.groups, rng=np.random.default_rng(seed))
    found: list[tuple[str, ResampledMeasure, ResampledMeasure]] = []
    if known.any():
        one, other = (
            resampled_micro_ap(of.right & known, of.probabilities, known, resamples) for of in (first, second)
        )
        found.append(("micro_ap", one, other))
    for name, statistic, key in STATISTICS:
        one, other = (resamples.apply(statistic, getattr(of, key), known) for of in (first, second))
        if np.isfinite([one.value, other.value]).all():
            found.append((name, one, other))
    one, other = (resamples.apply(brier, of.probabilities, of.right) for of in (first, second))
    found.append(("brier", one, other))
    return [
        (name, one.value, other.value, resamples.estimate(other - one), resamples.p_value(other - one))
        for name, one, other in found
    ]


def _is_answer(answer: Any) -> bool:
    return isinstance(answer, Mapping) and all(key in answer for key in KEYS)
