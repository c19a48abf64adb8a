"""Measures beyond the thesis's tables: its ideas for future work, expansion, and what the recogniser adds to k-NN."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from resight.calibration.tuning.matrix_reduction import fit_reduction
from resight.calibration.tuning.pairs import HeldOutPairs, held_out_pairs
from resight.calibration.tuning.scale_weights import fit_scale_weights
from resight.evaluation.questions import Questions
from resight.features.head import gallery_head, head
from resight.features.multiscale import summed
from resight.features.normalisation import unit
from resight.features.views import USUAL_SCALES
from resight.metrics.holm import holm
from resight.metrics.interval import Estimate, with_wilson_end
from resight.metrics.resampling import ResampledMeasure, Resamples, resampled_micro_ap
from resight.search.exact import search
from resight.search.query_expansion import augment, expand
from resight.search.similarity_matrix import REDUCTIONS, Reduction, search_matrices
from resight.search.voting_rule import VotingRule, cast_votes
from resight.types import Array, Matches

from .measurement import BEST_SUBSET, SINGLE, Answers, Described, answers, whitened_by_scale

RULE: Final = VotingRule("similarity", 7)
"""The vote that every row has: the best of Table 5.1, chosen by the thesis and not by what is measured here."""

FIRST: Final = "the photo as it is"
"""The row that all others are compared with."""

EXPANDED: Final = 5
"""Neighbours that a query, or a photo of the gallery, is expanded by."""


@dataclass(frozen=True, slots=True, eq=False)
class Lessons:
    """Further descriptors, unit and not whitened, of one encoder.

    Attributes
    ----------
    taught : (t, s, d) of simulated views of gallery photos, at the usual scales.
    shown : (t,) row of the gallery's photo that each shows.
    affine : of the gallery ``(n, v, d)`` and of queries ``(q, v, d)`` in affine views.
    """

    taught: Array
    shown: Array
    affine: Described


@dataclass(frozen=True, slots=True)
class Row:
    """A setting with its µAP, and what it brings beside FIRST.

    Attributes
    ----------
    name : in words.
    value, gain : µAP, and the paired difference, each with its interval; FIRST has no gain.
    p : two-sided, of the gain, corrected by Holm for all rows.
    """

    name: str
    value: Estimate
    gain: Estimate | None
    p: float | None

    def to_dict(self) -> dict[str, Any]:
        """The public JSON."""
        gain = None if self.gain is None else self.gain.to_dict()
        return {"name": self.name, **self.value.to_dict(), "gain": gain, "p": self.p}


def settings(described: Described, lessons: Lessons, questions: Questions) -> dict[str, Answers]:
    """The answers by each setting, FIRST first, all whitened and by RULE.

    Weights and reductions are learned on the gallery alone: each of its photos, held out, among the others, and
    simulated views of photos that are alone.
    """
    weights = fit_scale_weights(_pairs(described.known, lessons.taught, lessons.shown, questions))
    known, asked, taught = whitened_by_scale(described.known, described.known, described.asked, lessons.taught)
    learned = fit_reduction(_pairs(known, taught, lessons.shown, questions))
    one, other = known[:, SINGLE], asked[:, SINGLE]
    near = _nearest(other, one, questions, EXPANDED)
    said = ", ".join(f"{weight:.2f}" for weight in weights)
    pair = np.isin(USUAL_SCALES, BEST_SUBSET).astype(np.float32)
    matrices: dict[str, Reduction] = {"matrix, columns": REDUCTIONS["columns"], "matrix, learned": learned}
    affine = whitened_by_scale(lessons.affine.known, lessons.affine.known, lessons.affine.asked)
    views = np.ones(affine[0].shape[1], np.float32)
    return {
        FIRST: _by_cosine(one, other, questions),
        "sum of 1 and √2": _by_sum(described, pair, questions),
        "sum of all five scales": _by_sum(described, np.ones(len(USUAL_SCALES), np.float32), questions),
        f"sum, weights learned ({said})": _by_sum(described, weights, questions),
        **_by_matrix(known, asked, questions, matrices),
        "seven affine views, summed": _by_sum(lessons.affine, views, questions),
        **_by_matrix(affine[0], affine[1], questions, {"seven affine views, matrix, columns": REDUCTIONS["columns"]}),
        f"αQE, {EXPANDED} neighbours, α = 3": _by_cosine(one, expand(other, one, near), questions),
        f"DBA, {EXPANDED} neighbours, α = 3": _by_cosine(augment(one), other, questions),
    }


def rows(found: Mapping[str, Answers], questions: Questions, resamples: Resamples) -> tuple[Row, ...]:
    """The settings as rows; FIRST is among them."""
    measured = {
        name: resampled_micro_ap(right, confidences, questions.answerable, resamples)
        for name, (right, confidences) in found.items()
    }
    gains = {name: one - measured[FIRST] for name, one in measured.items() if name != FIRST}
    adjusted = dict(zip(gains, holm(np.array([resamples.p_value(gain) for gain in gains.values()])), strict=True))
    return tuple(_rows(measured, gains, adjusted, resamples))


def joined(each: Sequence[Described], questions: Questions) -> Answers:
    """The answers by the descriptors of several encoders side by side, each whitened: the mean of their cosines."""
    both = [whitened_by_scale(one.known[:, [SINGLE]], *_single(one)) for one in each]
    known, asked = (unit(np.concatenate([pair[side][:, 0] for pair in both], axis=1)) for side in (0, 1))
    return _by_cosine(known, asked, questions)


def nearest(described: Described, questions: Questions, count: int) -> Matches:
    """The nearest photos of each query by FIRST, as many as there are up to ``count``."""
    known, asked = whitened_by_scale(described.known[:, [SINGLE]], *_single(described))
    return _nearest(asked[:, 0], known[:, 0], questions, count)


def _single(described: Described) -> tuple[Array, Array]:
    return described.known[:, [SINGLE]], described.asked[:, [SINGLE]]


def _rows(
    measured: Mapping[str, ResampledMeasure],
    gains: Mapping[str, ResampledMeasure],
    p: Mapping[str, float],
    resamples: Resamples,
) -> Iterator[Row]:
    for name, one in measured.items():
        gain = resamples.estimate(gains[name]) if name in gains else None
        value = with_wilson_end(resamples.estimate(one), len(resamples.left_out))
        yield Row(name, value, gain, float(p[name]) if name in p else None)


def _pairs(known: Array, taught: Array, shown: Array, questions: Questions) -> HeldOutPairs:
    """Gallery photos that are held out, and simulated views ``taught`` of those that are alone."""
    labels = questions.labels
    queries = np.concatenate([known, taught])
    left_out = np.append(np.arange(len(known)), np.full(len(taught), -1))
    return held_out_pairs(queries, np.append(labels, labels[shown]), known, labels, left_out=left_out)


def _nearest(asked: Array, known: Array, questions: Questions, count: int) -> Matches:
    found = questions.left(search(asked, known, count + questions.spare))
    return Matches(found.rows[:, :count], found.scores[:, :count])


def _by_cosine(known: Array, asked: Array, questions: Questions) -> Answers:
    return _voted(_nearest(asked, known, questions, RULE.k), questions)


def _by_sum(described: Described, weights: Array, questions: Questions) -> Answers:
    known, asked = (summed(rows, weights) for rows in (described.known, described.asked))
    settings = gallery_head(known, np.zeros((0, known.shape[1]), known.dtype))
    return _by_cosine(head(known, settings), head(asked, settings), questions)


def _by_matrix(
    known: Array, asked: Array, questions: Questions, reductions: Mapping[str, Reduction]
) -> dict[str, Answers]:
    found = search_matrices(asked, known, RULE.k + questions.spare, reductions=reductions)
    return {name: _voted(questions.left(matches), questions) for name, matches in found.items()}


def _voted(matches: Matches, questions: Questions) -> Answers:
    return answers(cast_votes((RULE,), matches, questions.labels)[RULE], questions)
