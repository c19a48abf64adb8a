"""Scores of first answers: by hand, flawless ones, some of them, and two systems side by side."""

from __future__ import annotations

import numpy as np
import pytest

from resight.evaluation.scores import Scores, resampled, share
from resight.metrics.interval import wilson

# By falling confidence: right, wrong, right, and one that has no answer.
SCORES = Scores(np.array([1, 0, 1, 0], bool), np.array([0.9, 0.8, 0.7, 0.1]), np.array([1, 1, 1, 0], bool))


def test_figures_by_hand() -> None:
    figures = SCORES.figures()
    assert figures["p_at_1"] == wilson(2, 3) == share(SCORES.hits)
    assert (figures["micro_ap"].value, figures["micro_ap"].n) == (pytest.approx((1 + 2 / 3) / 3), 4)
    assert figures["micro_ap"].low < figures["micro_ap"].value < figures["micro_ap"].high


def test_flawless_answers_have_the_lower_end_of_as_many_hits() -> None:
    figures = SCORES.of(np.array([0, 2])).figures()
    assert figures["p_at_1"] == wilson(2, 2)
    assert (figures["micro_ap"].value, figures["micro_ap"].low) == (1, wilson(2, 2).low)


def test_a_measure_with_a_fault_keeps_the_ends_of_its_resamples() -> None:
    values = np.array([0.0, 1, 1, 1, 1, 1, 1, 1])
    found = resampled(lambda each: float(each.mean()), values, seed=1)
    rng = np.random.default_rng(1)
    means = [values[rng.integers(8, size=8)].mean() for _ in range(2000)]
    assert (found.low, found.high) == tuple(np.quantile(means, [0.025, 0.975]))


def test_queries_without_an_answer_alone_have_no_figures() -> None:
    assert SCORES.of(np.array([0, 0, 0, 1], bool)).figures() == {}


def test_two_systems_are_compared_by_the_query() -> None:
    better = Scores(np.array([1, 1, 1, 0], bool), SCORES.confidences, SCORES.answerable)
    test, gain = better.against(SCORES)
    assert (test.only_a, test.only_b, test.p) == (1, 0, 1)
    assert gain.value == pytest.approx(1 - (1 + 2 / 3) / 3)
    assert SCORES.against(SCORES)[1].value == 0
