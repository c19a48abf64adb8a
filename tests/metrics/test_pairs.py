"""Figures of pairs beside slow loops, and intervals that draw photos beside ones that draw pairs."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest

from resight.errors import ShapeError
from resight.metrics.interval import wilson
from resight.metrics.pairs import accuracy, auc, balanced_accuracy, missed_at, pair_figure
from resight.metrics.ranking import auroc
from resight.types import Array

RNG = np.random.default_rng(0)
SCORES = np.sort(RNG.integers(-4, 5, 60) / 2)
SAME = RNG.random(60) < 0.3
ONES = np.ones(60)


def test_figures_are_those_of_their_formulas() -> None:
    assert accuracy(SCORES, SAME, ONES) == np.mean((SCORES >= 0) == SAME)
    both = [np.mean((SCORES[kind] >= 0) == SAME[kind]) for kind in (SAME, ~SAME)]
    assert balanced_accuracy(SCORES, SAME, ONES) == pytest.approx(np.mean(both))
    assert auc(SCORES, SAME, ONES) == pytest.approx(auroc(SCORES, SAME))


@pytest.mark.parametrize("figure", [accuracy, balanced_accuracy, auc, missed_at(0.1)])
def test_a_weight_of_two_is_the_pair_twice(figure) -> None:  # type: ignore[no-untyped-def]
    times = np.random.default_rng(1).integers(0, 3, 60)
    repeated = figure(SCORES.repeat(times), SAME.repeat(times), np.ones(times.sum()))
    assert figure(SCORES, SAME, times.astype(float)) == pytest.approx(repeated)


@pytest.mark.parametrize("rate", [0.0, 0.05, 0.3, 1.0])
def test_what_is_missed_at_a_rate_is_found_by_trying_every_threshold(rate: float) -> None:
    fits = [
        np.mean(SCORES[SAME] < threshold)
        for threshold in (*np.unique(SCORES), np.inf)
        if np.mean(SCORES[~SAME] >= threshold) <= rate
    ]
    assert missed_at(rate)(SCORES, SAME, ONES) == pytest.approx(min(fits))


def test_an_interval_over_photos_is_wider_than_one_over_pairs_where_photos_differ() -> None:
    """Forty photos, some of which are always told wrongly: 780 pairs are no 780 draws."""
    rng = np.random.default_rng(2)
    ends = np.array(list(combinations(range(40), 2)))
    odd = rng.random(40) < 0.3
    same = rng.random(len(ends)) < 0.5
    scores = np.where(same, 1.0, -1.0) * np.where(odd[ends].any(axis=1), -1, 1) + 1e-3 * rng.random(len(ends))
    found = pair_figure(accuracy, scores, same, ends, rng=rng)
    naive = wilson(round(found.value * len(ends)), len(ends))
    assert found.low < found.value < found.high
    assert found.high - found.low > 3 * (naive.high - naive.low)


def test_pairs_within_one_class_count_as_often_as_it_is_drawn() -> None:
    """And pairs across two classes as often as the one was drawn, times as often as the other."""
    ends, same = np.array([[0, 0], [1, 1], [0, 1], [2, 2], [0, 2]]), np.array([True, True, False, True, False])
    seen: list[list[float]] = []

    def noting(scores: Array, same: Array, weights: Array) -> float:
        seen.append(weights.tolist())
        return accuracy(scores, same, weights)

    pair_figure(noting, np.arange(5.0), same, ends, rng=np.random.default_rng(0))
    assert seen.pop() == [1, 1, 1, 1, 1]  # the pairs themselves
    for zero, one, across, two, far in seen:
        assert zero + one + two == 3
        assert (across, far) == (zero * one, zero * two)


def test_what_cannot_be_measured_is_refused() -> None:
    ends = np.zeros((60, 2), int)
    with pytest.raises(ShapeError, match=r"wanted \(60, 2\)"):
        pair_figure(accuracy, SCORES, SAME, ends[:5], rng=RNG)
    with pytest.raises(ValueError, match="60 of 60 pairs are of one class"):
        pair_figure(accuracy, SCORES, np.ones(60, bool), ends, rng=RNG)
    lone, kinds = np.arange(6).reshape(3, 2), np.array([True, False, False])
    with pytest.raises(ValueError, match="undefined on"):
        pair_figure(accuracy, np.zeros(3), kinds, lone, rng=np.random.default_rng(0), rounds=50)
