"""Acceptance against counting by hand, and a threshold that must hold on the very scores it was chosen on."""

from __future__ import annotations

import itertools
import math
from fractions import Fraction

import numpy as np
import pytest

from resight.errors import ShapeError
from resight.metrics.acceptance import (
    acceptance_curve,
    correct_share,
    coverage,
    false_accept_rate,
    threshold_at,
)
from resight.types import Array

T, F = True, False
# Six queries: four could be answered (named rightly, named wrongly, named rightly, silent), two are unknown.
NAMED = np.array([T, T, T, F, T, F])
CORRECT = np.array([T, F, T, F, F, F])
ANSWERABLE = np.array([T, T, T, T, F, F])


class TestShares:
    def test_worked_by_hand(self) -> None:
        assert coverage(NAMED, ANSWERABLE) == 3 / 4
        assert correct_share(NAMED, CORRECT, ANSWERABLE) == 2 / 4
        assert false_accept_rate(NAMED, ANSWERABLE) == 1 / 2

    def test_a_right_answer_that_was_not_given_does_not_count(self) -> None:
        assert correct_share(np.array([F, T]), np.array([T, T]), np.array([T, T])) == 1 / 2

    def test_match_a_slow_loop_in_any_order(self, rng: np.random.Generator) -> None:
        named, answerable = rng.random(50) < 0.5, rng.random(50) < 0.6
        correct = answerable & (rng.random(50) < 0.5)
        both = [(n, c) for n, c, a in zip(named, correct, answerable, strict=True) if a]
        rows = rng.permutation(50)
        assert coverage(named[rows], answerable[rows]) == sum(bool(n) for n, _ in both) / len(both)
        found = correct_share(named[rows], correct[rows], answerable[rows])
        assert found == sum(bool(n and c) for n, c in both) / len(both)
        unknown = [bool(n) for n, a in zip(named, answerable, strict=True) if not a]
        assert false_accept_rate(named[rows], answerable[rows]) == sum(unknown) / len(unknown)

    def test_refuse_shares_of_nothing(self) -> None:
        nobody, everybody = np.zeros(2, bool), np.ones(2, bool)
        with pytest.raises(ValueError, match="0 answerable among 2"):
            coverage(everybody, nobody)
        with pytest.raises(ValueError, match="0 answerable among 2"):
            correct_share(everybody, nobody, nobody)
        with pytest.raises(ValueError, match="0 unknown among 2"):
            false_accept_rate(everybody, everybody)

    def test_refuse_empty_uneven_and_impossible(self) -> None:
        with pytest.raises(ShapeError, match="named has shape"):
            coverage(np.zeros(0, bool), np.zeros(0, bool))
        with pytest.raises(ShapeError, match="answerable has shape"):
            false_accept_rate(np.ones(2, bool), np.ones(3, bool))
        with pytest.raises(ValueError, match="correct but not answerable"):
            correct_share(np.array([T]), np.array([T]), np.array([F]))


def passing(scores: Array, threshold: float) -> Fraction:
    return Fraction(sum(float(score) >= threshold for score in scores), len(scores))


class TestThreshold:
    @pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
    @pytest.mark.parametrize("far", [0.0, 0.01, 0.1, 0.29, 0.5, 0.999, 1.0])
    def test_is_the_smallest_that_keeps_the_rate(self, far: float, dtype: type, rng: np.random.Generator) -> None:
        for n, levels in itertools.product([1, 7, 100], [3, 1000]):
            scores: Array = (rng.integers(levels, size=n) / levels).astype(dtype)
            found = threshold_at(far, scores)
            assert passing(scores, found.value) <= Fraction(str(far))
            assert found.rate == float(passing(scores, found.value))
            assert (found.far, found.impostors) == (far, n)
            # Any lower threshold of this precision would let one more tie of impostors in, and break the rate.
            refused = [float(score) for score in scores if score < found.value]
            if refused:
                assert passing(scores, max(refused)) > Fraction(str(far))
            else:
                assert found.value == -math.inf

    def test_worked_by_hand(self) -> None:
        scores = np.array([0.1, 0.4, 0.3, 0.2])
        assert threshold_at(0.25, scores).value == math.nextafter(0.3, 1)
        assert threshold_at(0.0, scores).value == math.nextafter(0.4, 1)
        assert threshold_at(0.49, scores) == threshold_at(0.49, scores[::-1])
        assert threshold_at(1.0, scores).value == -math.inf

    def test_tied_impostors_pass_together_or_not_at_all(self) -> None:
        found = threshold_at(0.5, np.array([0.9, 0.9, 0.9, 0.1]))
        assert (found.rate, found.promised) == (0.0, True)
        assert 0.9 < found.value < 0.9001

    def test_holds_when_float32_scores_are_compared(self) -> None:
        scores = np.array([0.1, 0.7], np.float32)
        found = threshold_at(0.5, scores)
        # NumPy rounds a Python float to the array's type: a float64 step above 0.1 would be 0.1 again.
        assert (scores >= found.value).tolist() == [False, True]

    def test_just_above_zero_is_a_normal_number(self) -> None:
        for zero in (np.zeros(3), np.zeros(3, np.float32), np.full(3, -1e-310)):
            assert threshold_at(0.1, zero).value == np.finfo(zero.dtype).tiny

    def test_impostors_without_a_candidate_are_kept_out(self) -> None:
        found = threshold_at(0.5, np.array([-np.inf, -np.inf, 1.0]))
        assert -math.inf < found.value < -1e308
        assert found.rate == pytest.approx(1 / 3)

    @pytest.mark.parametrize(("n", "far", "promised"), [(99, 0.01, F), (100, 0.01, T), (3, 0.0, F), (1, 1.0, T)])
    def test_promises_only_what_so_many_impostors_can_show(self, n: int, far: float, promised: bool) -> None:
        found = threshold_at(far, np.arange(n))
        assert found.promised is promised
        assert promised or found.rate == 0

    def test_one_more_impostor_is_let_in_at_an_exact_share(self) -> None:
        # 0.29 * 100 is 28.999999999999996.
        assert threshold_at(0.29, np.arange(100)).rate == 0.29

    @pytest.mark.parametrize("far", [-0.1, 1.1, math.nan])
    def test_refuses_rates_that_are_none(self, far: float) -> None:
        with pytest.raises(ValueError, match="false accept rate of"):
            threshold_at(far, np.arange(3))

    def test_refuses_no_impostors_and_infinite_ones(self) -> None:
        with pytest.raises(ShapeError, match="impostor_scores has shape"):
            threshold_at(0.1, np.zeros(0))
        with pytest.raises(ValueError, match=r"\+inf"):
            threshold_at(0.1, np.array([0.0, np.inf]))
        with pytest.raises(ValueError, match="NaN"):
            threshold_at(0.1, np.array([0.0, np.nan]))


class TestCurve:
    @pytest.mark.parametrize("dtype", [np.float32, np.float64])
    def test_is_the_three_shares_at_every_threshold(self, dtype: type, rng: np.random.Generator) -> None:
        confidences: Array = (rng.integers(15, size=80) / 15).astype(dtype)
        answerable = rng.random(80) < 0.6
        confidences[:4] = -np.inf
        correct = answerable & (rng.random(80) < 0.7)
        curve = acceptance_curve(confidences, correct, answerable)
        assert len(curve.thresholds) == 1 + len(set(confidences[np.isfinite(confidences)].tolist()))
        for i, threshold in enumerate(curve.thresholds):
            named = confidences >= threshold
            assert curve.coverage[i] == pytest.approx(coverage(named, answerable))
            assert curve.correct_share[i] == pytest.approx(correct_share(named, correct, answerable))
            assert curve.false_accept_rate[i] == pytest.approx(false_accept_rate(named, answerable))

    def test_worked_by_hand(self) -> None:
        curve = acceptance_curve(np.array([3, 2, 2, 1]), np.array([T, F, F, T]), np.array([T, T, F, T]))
        assert curve.thresholds.tolist() == [np.inf, 3, 2, 1]
        assert curve.coverage.tolist() == [0, 1 / 3, 2 / 3, 1]
        assert curve.correct_share.tolist() == [0, 1 / 3, 1 / 3, 2 / 3]
        assert curve.false_accept_rate.tolist() == [0, 0, 1, 1]

    def test_rises_from_nobody_and_never_names_the_unnameable(self, rng: np.random.Generator) -> None:
        confidences = np.append(rng.random(40), [-np.inf, -np.inf])
        answerable = np.append(np.arange(40) % 2 == 0, [T, F])
        curve = acceptance_curve(confidences, np.zeros(42, bool), answerable)
        for share in (curve.coverage, curve.correct_share, curve.false_accept_rate):
            assert share[0] == 0
            assert (np.diff(share) >= 0).all()
        assert curve.coverage[-1] == 20 / 21
        assert curve.false_accept_rate[-1] == 20 / 21

    def test_order_of_queries_changes_nothing(self, rng: np.random.Generator) -> None:
        confidences, answerable = rng.random(30), np.arange(30) < 20
        correct, rows = np.arange(30) < 10, rng.permutation(30)
        first = acceptance_curve(confidences, correct, answerable)
        second = acceptance_curve(confidences[rows], correct[rows], answerable[rows])
        np.testing.assert_array_equal(first.correct_share, second.correct_share)
        np.testing.assert_array_equal(first.thresholds, second.thresholds)

    @pytest.mark.parametrize(("answerable", "kind"), [(T, "unknown"), (F, "answerable")])
    def test_refuses_a_missing_kind(self, answerable: bool, kind: str) -> None:
        with pytest.raises(ValueError, match=f"0 {kind} among 3"):
            acceptance_curve(np.arange(3), np.zeros(3, bool), np.full(3, answerable))
