"""Calibration error against a slow loop over bins, and what no order of the answers may change."""

from __future__ import annotations

import itertools
import json
import math
from collections.abc import Callable

import numpy as np
import pytest

from resight.errors import ShapeError
from resight.metrics.interval import wilson
from resight.metrics.reliability import brier, ece, reliability_table
from resight.types import Array

Metric = Callable[[Array, Array], object]
T, F = True, False


def said_and_kept(rng: np.random.Generator, q: int = 97, levels: int = 1000) -> tuple[Array, Array]:
    """Overconfident answers, many of them tied where there are few levels."""
    probabilities = rng.integers(levels + 1, size=q) / levels
    return probabilities, rng.random(q) < 0.7 * probabilities


def slow_bins(probabilities: Array, correct: Array, bins: int) -> dict[int, list[tuple[float, bool]]]:
    """Answers by bin, the bin from how many answers are less sure."""
    table: dict[int, list[tuple[float, bool]]] = {}
    for probability, right in zip(probabilities.tolist(), correct.tolist(), strict=True):
        less_sure = sum(other < probability for other in probabilities.tolist())
        table.setdefault(math.floor(bins * less_sure / len(probabilities)), []).append((probability, right))
    return table


def slow_ece(probabilities: Array, correct: Array, bins: int) -> float:
    error = 0.0
    for members in slow_bins(probabilities, correct, bins).values():
        said = sum(probability for probability, _ in members) / len(members)
        kept = sum(right for _, right in members) / len(members)
        error += len(members) / len(probabilities) * abs(said - kept)
    return error


class TestReliabilityTable:
    @pytest.mark.parametrize(("bins", "levels"), [(1, 5), (4, 3), (15, 1000), (300, 1000)])
    def test_matches_a_slow_loop(self, bins: int, levels: int, rng: np.random.Generator) -> None:
        probabilities, correct = said_and_kept(rng, levels=levels)
        rows = reliability_table(probabilities, correct, bins=bins)
        expected = sorted(slow_bins(probabilities, correct, bins).items())
        for row, (_, members) in zip(rows, expected, strict=True):
            said = [probability for probability, _ in members]
            assert (row.low, row.high) == (min(said), max(said))
            assert row.probability == pytest.approx(sum(said) / len(said))
            assert row.correct == wilson(sum(right for _, right in members), len(members))
            assert row.gap == pytest.approx(row.probability - row.correct.value)

    def test_worked_by_hand(self) -> None:
        probabilities, correct = np.array([0.9, 0.1, 0.8, 0.4]), np.array([T, F, F, T])
        low, high = reliability_table(probabilities, correct, bins=2, level=0.9)
        assert (low.low, low.high, low.probability, low.correct) == (0.1, 0.4, 0.25, wilson(1, 2, level=0.9))
        assert (high.low, high.high) == (0.8, 0.9)
        assert high.probability == pytest.approx(0.85)

    def test_bins_are_of_equal_mass_where_nothing_is_tied(self, rng: np.random.Generator) -> None:
        probabilities = rng.permutation(90) / 90
        rows = reliability_table(probabilities, np.ones(90, bool), bins=15)
        assert [row.correct.n for row in rows] == [6] * 15
        assert all(below.high < above.low for below, above in itertools.pairwise(rows))

    def test_equal_probabilities_share_a_bin(self) -> None:
        probabilities = np.repeat([0.2, 0.5, 0.6], [50, 1, 49])
        rows = reliability_table(probabilities, np.arange(100) % 2 == 0, bins=10)
        assert [(row.low, row.high, row.correct.n) for row in rows] == [(0.2, 0.2, 50), (0.5, 0.6, 50)]

    def test_fewer_answers_than_bins_are_a_bin_each(self) -> None:
        rows = reliability_table(np.array([0.3, 0.6]), np.array([T, F]))
        assert [(row.probability, row.correct.n) for row in rows] == [(0.3, 1), (0.6, 1)]

    def test_row_is_plain_json(self) -> None:
        (row,) = reliability_table(np.array([0.25], np.float32), np.array([T]))
        assert json.loads(json.dumps(row.to_dict())) == {
            "low": 0.25,
            "high": 0.25,
            "probability": 0.25,
            "correct": wilson(1, 1).to_dict(),
        }

    def test_refuses_no_bins(self) -> None:
        with pytest.raises(ValueError, match="0 bins"):
            reliability_table(np.array([0.5]), np.array([T]), bins=0)


class TestECE:
    @pytest.mark.parametrize(("bins", "levels"), [(1, 5), (4, 3), (15, 1000), (300, 1000)])
    def test_matches_a_slow_loop(self, bins: int, levels: int, rng: np.random.Generator) -> None:
        probabilities, correct = said_and_kept(rng, levels=levels)
        assert ece(probabilities, correct, bins=bins) == pytest.approx(slow_ece(probabilities, correct, bins))

    def test_worked_by_hand(self) -> None:
        # Two bins: said .25 kept .5, said .85 kept .5.
        found = ece(np.array([0.9, 0.1, 0.8, 0.4]), np.array([T, F, F, T]), bins=2)
        assert found == pytest.approx((0.25 + 0.35) / 2)

    def test_kept_promises_cost_nothing_and_broken_ones_all(self) -> None:
        assert ece(np.repeat([0.25, 0.75], 4), np.array([T, F, F, F, T, T, T, F])) == 0
        assert ece(np.array([1.0, 0.0]), np.array([F, T])) == 1
        assert ece(np.array([1.0, 0.0]), np.array([T, F])) == 0

    def test_one_bin_is_the_mean_gap(self, rng: np.random.Generator) -> None:
        probabilities, correct = said_and_kept(rng)
        assert ece(probabilities, correct, bins=1) == pytest.approx(abs(probabilities.mean() - correct.mean()))

    @pytest.mark.parametrize("dtype", [np.float32, np.float64])
    def test_order_of_the_answers_changes_nothing(self, dtype: type, rng: np.random.Generator) -> None:
        probabilities, correct = said_and_kept(rng, levels=50)
        probabilities, rows = probabilities.astype(dtype), rng.permutation(97)
        found = ece(probabilities[rows], correct[rows], bins=3)
        assert found == pytest.approx(ece(probabilities, correct, bins=3), rel=1e-12)

    def test_repeating_every_answer_changes_nothing(self, rng: np.random.Generator) -> None:
        probabilities, correct = said_and_kept(rng)
        assert ece(np.tile(probabilities, 3), np.tile(correct, 3)) == pytest.approx(ece(probabilities, correct))


class TestBrier:
    def test_matches_a_slow_loop(self, rng: np.random.Generator) -> None:
        probabilities, correct = said_and_kept(rng)
        squares = [(p - (1 if right else 0)) ** 2 for p, right in zip(probabilities, correct, strict=True)]
        assert brier(probabilities, correct) == pytest.approx(math.fsum(squares) / 97)

    def test_worked_by_hand(self) -> None:
        assert brier(np.array([1.0, 0.0]), np.array([T, F])) == 0
        assert brier(np.array([1.0, 0.0]), np.array([F, T])) == 1
        assert brier(np.array([0.5, 0.5, 0.5]), np.array([F, T, T])) == 0.25


@pytest.mark.parametrize("metric", [ece, brier, reliability_table])
class TestFaults:
    @pytest.mark.parametrize("probability", [-0.01, 1.01, 80.0, np.inf])
    def test_what_is_no_probability_is_refused(self, metric: Metric, probability: float) -> None:
        with pytest.raises(ValueError, match=r"wanted \[0, 1\]"):
            metric(np.array([0.5, probability]), np.array([T, F]))

    def test_empty_uneven_and_unflagged_are_refused(self, metric: Metric) -> None:
        with pytest.raises(ShapeError, match="correct has shape"):
            metric(np.zeros(0), np.zeros(0, bool))
        with pytest.raises(ShapeError, match="probabilities has shape"):
            metric(np.zeros(2), np.zeros(3, bool))
        with pytest.raises(ValueError, match="wanted bool"):
            metric(np.zeros(2), np.ones(2))
