"""Every cell of the thesis's tables, measured on descriptors of some photos at five scales."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np

from resight.evaluation.questions import Questions
from resight.features.head import gallery_head, head
from resight.features.multiscale import scale_heads, subsets, summed, through_heads
from resight.features.views import USUAL_SCALES
from resight.metrics.ranking import micro_ap
from resight.metrics.resampling import ResampledMeasure, Resamples, resampled_micro_ap
from resight.progress import Job, Progress
from resight.search.exact import search
from resight.search.similarity_matrix import search_matrices
from resight.search.voting_rule import DISTANCE_RULES, EXPANSION_RULES, VotingRule, cast_votes, neighbours
from resight.types import Array, Head, Matches, Votes

from .thesis import KS, Cell

SINGLE: Final = USUAL_SCALES.index(1.0)
"""The scale of the photo as it is."""

BEST_SUBSET: Final = (1.0, USUAL_SCALES[-1])
"""The scales whose sum is the thesis's best."""

Answers = tuple[Array, Array]
"""Whether each answer is right, and its confidence, (q,) each."""


@dataclass(frozen=True, slots=True, eq=False)
class Described:
    """Unit descriptors, not whitened, of the gallery's photos ``(n, s, d)`` and of queries ``(q, s, d)``."""

    known: Array
    asked: Array


@dataclass(frozen=True, slots=True, eq=False)
class Measurements:
    """The tables of one encoder.

    Attributes
    ----------
    cells : by table and cell, µAP of the queries and of their resamples.
    subsets : µAP by scales that are summed, whether whitened, transform and k.
    neighbours : of the queries, by whether whitened, by the descriptor at the scale 1.
    """

    cells: Mapping[str, Mapping[Cell, ResampledMeasure]]
    subsets: Mapping[tuple[tuple[float, ...], Cell], float]
    neighbours: Mapping[bool, Matches]


def measure(described: Described, questions: Questions, resamples: Resamples) -> Job[Measurements]:
    """All tables, step by step; a step is a table, whitened or not.

    A whitening is fitted on the gallery's photos alone, scale by scale where there are several (Bouček 2020, sections
    3.1.6 and 5.3), and on the sums where they are summed.
    """
    cells: dict[str, dict[Cell, ResampledMeasure]] = {"5.1": {}, "5.2": {}, "5.5": {}, "5.6": {}}
    of_subsets: dict[tuple[tuple[float, ...], Cell], float] = {}
    nearest: dict[bool, Matches] = {}
    steps = _steps()
    for whitened in (True, False):
        known, asked = described.known, described.asked
        if whitened:
            known, asked = whitened_by_scale(known, known, asked)
        one = _Descriptors(known[:, SINGLE], asked[:, SINGLE], questions)
        nearest[whitened] = one.matches
        for table, rules in (("5.1", DISTANCE_RULES), ("5.2", EXPANSION_RULES)):
            cells[table] |= _resampled(one.answers(rules), whitened, questions, resamples)
            yield next(steps)
        cells["5.5"] |= _resampled(_by_matrices(known, asked, questions), whitened, questions, resamples)
        yield next(steps)
        for weights in subsets(len(USUAL_SCALES)):
            scales = tuple(scale for scale, weight in zip(USUAL_SCALES, weights, strict=True) if weight)
            by_sum = _summed(described, weights, questions, whitened=whitened)
            for name, (right, confidences) in by_sum.items():
                value = micro_ap(right, confidences, questions.answerable)
                of_subsets[scales, (whitened, *name)] = value
            if scales == BEST_SUBSET:
                cells["5.6"] |= _resampled(by_sum, whitened, questions, resamples)
        yield next(steps)
    return Measurements(cells, of_subsets, nearest)


def whitened_by_scale(fitted: Array, *others: Array) -> tuple[Array, ...]:
    """Descriptors ``(., s, d)`` whitened scale by scale, as the gallery's ``fitted (n, s, d)`` are.

    One scale after the other: the projection of long descriptors takes more room than they do.
    """
    found: list[list[Array]] = [[] for _ in others]
    for scale in range(fitted.shape[1]):
        heads = scale_heads(fitted[:, scale : scale + 1])
        for rows, kept in zip(others, found, strict=True):
            kept.append(through_heads(rows[:, scale : scale + 1], heads))
    return tuple(np.concatenate(kept, axis=1) for kept in found)


def _steps() -> Job[None]:
    """Steps of the measuring, as they are told."""
    total = 8
    for done in range(1, total + 1):
        yield Progress("tables", done, total)


@dataclass(frozen=True, slots=True, eq=False)
class _Descriptors:
    """One descriptor a photo: of the gallery ``(n, d)``, of queries ``(q, d)``, and what is asked."""

    known: Array
    asked: Array
    questions: Questions

    @property
    def matches(self) -> Matches:
        """The nearest photos of each query, as many as any rule asks for; of a smaller gallery all and nobody."""
        wanted = neighbours((*DISTANCE_RULES, *EXPANSION_RULES))
        return self.questions.left(search(self.asked, self.known, wanted + self.questions.spare))

    def answers(self, rules: tuple[VotingRule, ...]) -> dict[tuple[str, int], Answers]:
        """The answers by each rule, by the row's name and k."""
        matches = self.matches
        votes = cast_votes(rules, matches, self.questions.labels, queries=self.asked, gallery=self.known)
        return {_name(rule): answers(found, self.questions) for rule, found in votes.items()}


def _by_matrices(known: Array, asked: Array, questions: Questions) -> dict[tuple[str, int], Answers]:
    """The answers by similarity matrices, by the reduction's name and k."""
    rules = tuple(VotingRule("similarity", k) for k in KS)
    found: dict[tuple[str, int], Answers] = {}
    for name, matches in search_matrices(asked, known, max(KS) + questions.spare).items():
        votes = cast_votes(rules, questions.left(matches), questions.labels)
        found |= {(name, rule.k): answers(cast, questions) for rule, cast in votes.items()}
    return found


def _summed(
    described: Described, weights: Array, questions: Questions, *, whitened: bool
) -> dict[tuple[str, int], Answers]:
    """The answers by sums of scales, whitened afterwards."""
    known, asked = (summed(rows, weights) for rows in (described.known, described.asked))
    settings = gallery_head(known, np.zeros((0, known.shape[1]), known.dtype)) if whitened else Head()
    return _Descriptors(head(known, settings), head(asked, settings), questions).answers(DISTANCE_RULES)


def _name(rule: VotingRule) -> tuple[str, int]:
    if rule.kind == "mean":
        return "Mean k-NN" if rule.alpha is None else f"α = {rule.alpha:g}", rule.k
    return rule.f, rule.k


def answers(votes: Votes, questions: Questions) -> Answers:
    """Whether each vote is right, and its confidence."""
    return questions.correct(votes), votes.confidences


def _resampled(
    by_rule: Mapping[tuple[str, int], Answers], whitened: bool, questions: Questions, resamples: Resamples
) -> dict[Cell, ResampledMeasure]:
    return {
        (whitened, *name): resampled_micro_ap(right, confidences, questions.answerable, resamples)
        for name, (right, confidences) in by_rule.items()
    }
