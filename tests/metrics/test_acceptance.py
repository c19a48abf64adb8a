"""Acceptance against counting by hand, and a threshold that must hold on photos it was not chosen on."""

from __future__ import annotations

import itertools
import math
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

from resight.errors import ShapeError
from resight.metrics.acceptance import balanced_accuracy, coverage, false_accept_rate, threshold_at
from resight.types import Array

T, F = True, False
# Six queries: four could be answered, and three of them were, two are unknown.
NAMED = np.array([T, T, T, F, T, F])
ANSWERABLE = np.array([T, T, T, T, F, F])


class TestShares:
    def test_worked_by_hand(self) -> None:
        assert coverage(NAMED, ANSWERABLE) == 3 / 4
        assert false_accept_rate(NAMED, ANSWERABLE) == 1 / 2

    def test_match_a_slow_loop_in_any_order(self, rng: np.random.Generator) -> None:
        named, answerable = rng.random(50) < 0.5, rng.random(50) < 0.6
        known = [bool(n) for n, a in zip(named, answerable, strict=True) if a]
        rows = rng.permutation(50)
        assert coverage(named[rows], answerable[rows]) == sum(known) / len(known)
        unknown = [bool(n) for n, a in zip(named, answerable, strict=True) if not a]
        assert false_accept_rate(named[rows], answerable[rows]) == sum(unknown) / len(unknown)

    def test_balanced_accuracy_is_the_mean_of_both_kinds(self) -> None:
        assert balanced_accuracy(NAMED, ANSWERABLE) == (3 / 4 + 1 / 2) / 2
        assert balanced_accuracy(np.ones(6, bool), ANSWERABLE) == 1 / 2

    def test_balanced_accuracy_is_that_of_scikit_learn(self, rng: np.random.Generator) -> None:
        from sklearn.metrics import balanced_accuracy_score

        named, answerable = rng.random(50) < 0.5, rng.random(50) < 0.6
        expected = balanced_accuracy_score(answerable, named)
        assert balanced_accuracy(named, answerable) == pytest.approx(expected, abs=1e-12)

    def test_refuse_shares_of_nothing(self) -> None:
        nobody, everybody = np.zeros(2, bool), np.ones(2, bool)
        with pytest.raises(ValueError, match="0 answerable among 2"):
            coverage(everybody, nobody)
        with pytest.raises(ValueError, match="0 unknown among 2"):
            false_accept_rate(everybody, everybody)

    def test_refuse_empty_uneven_and_impossible(self) -> None:
        with pytest.raises(ShapeError, match="named has shape"):
            coverage(np.zeros(0, bool), np.zeros(0, bool))
        with pytest.raises(ShapeError, match="answerable has shape"):
            false_accept_rate(np.ones(2, bool), np.ones(3, bool))


def passing(scores: Array, threshold: float) -> int:
    return sum(float(score) >= threshold for score in scores)


def chance(scores: Array, threshold: float) -> Fraction:
    """That the next impostor passes, where it is as likely to take any place among those that there are."""
    return Fraction(passing(scores, threshold) + 1, len(scores) + 1)


class TestThreshold:
    @pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
    @pytest.mark.parametrize("false_accept_rate", [0.0, 0.01, 0.1, 0.29, 0.5, 0.999, 1.0])
    def test_is_the_smallest_that_keeps_the_rate(
        self, false_accept_rate: float, dtype: type, rng: np.random.Generator
    ) -> None:
        for n, levels in itertools.product([1, 7, 100], [3, 1000]):
            scores: Array = (rng.integers(levels, size=n) / levels).astype(dtype)
            found = threshold_at(false_accept_rate, scores)
            allowed = max(
                Fraction(str(false_accept_rate)), Fraction(1, n + 1)
            )  # nobody at all is all that can be refused
            assert chance(scores, found.value) <= allowed
            assert found.rate == passing(scores, found.value) / n
            assert (found.false_accept_rate, found.impostors) == (false_accept_rate, n)
            # Any lower threshold of this precision would let one more tie of impostors in, and break the rate.
            refused = [float(score) for score in scores if score < found.value]
            if refused:
                assert chance(scores, max(refused)) > allowed
            else:
                assert found.value == -math.inf

    def test_worked_by_hand(self) -> None:
        scores = np.array([0.1, 0.4, 0.3, 0.2])
        assert threshold_at(0.4, scores).value == math.nextafter(0.3, 1)  # one of four passes, the next with 2 in 5
        assert threshold_at(0.39, scores).value == math.nextafter(0.4, 1)
        assert threshold_at(0.0, scores).value == math.nextafter(0.4, 1)
        assert threshold_at(0.49, scores) == threshold_at(0.49, scores[::-1])
        assert threshold_at(1.0, scores).value == -math.inf

    def test_tied_impostors_pass_together_or_not_at_all(self) -> None:
        found = threshold_at(0.6, np.array([0.9, 0.9, 0.9, 0.1]))
        assert (found.rate, found.promised) == (0.0, True)
        assert 0.9 < found.value < 0.9001

    def test_holds_when_float32_scores_are_compared(self) -> None:
        scores = np.array([0.1, 0.7], np.float32)
        found = threshold_at(0.67, scores)
        # NumPy rounds a Python float to the array's type: a float64 step above 0.1 would be 0.1 again.
        assert (scores >= found.value).tolist() == [False, True]

    def test_just_above_zero_is_a_normal_number(self) -> None:
        for zero in (np.zeros(3), np.zeros(3, np.float32), np.full(3, -1e-310)):
            assert threshold_at(0.1, zero).value == np.finfo(zero.dtype).tiny

    def test_impostors_without_a_candidate_are_kept_out(self) -> None:
        found = threshold_at(0.5, np.array([-np.inf, -np.inf, 1.0]))
        assert -math.inf < found.value < -1e308
        assert found.rate == pytest.approx(1 / 3)

    @pytest.mark.parametrize(
        ("n", "false_accept_rate", "promised"), [(99, 0.01, F), (100, 0.01, T), (3, 0.0, F), (1, 1.0, T)]
    )
    def test_promises_only_what_so_many_impostors_can_show(
        self, n: int, false_accept_rate: float, promised: bool
    ) -> None:
        found = threshold_at(false_accept_rate, np.arange(n))
        assert found.promised is promised
        assert promised or found.rate == 0

    def test_one_more_impostor_is_let_in_at_an_exact_share(self) -> None:
        # 0.29 * 100 is 28.999999999999996.
        assert threshold_at(0.29, np.arange(99)).rate == 28 / 99

    @pytest.mark.parametrize(("n", "false_accept_rate"), [(100, 0.01), (50, 0.02), (143, 0.05), (400, 0.01), (20, 0.2)])
    def test_keeps_its_rate_on_photos_that_it_was_not_chosen_on(self, n: int, false_accept_rate: float) -> None:
        """On average over galleries: one gallery's threshold may be a lucky one."""
        rng = np.random.default_rng(n)
        rates = [
            1 - threshold_at(false_accept_rate, rng.random(n)).value for _ in range(4000)
        ]  # of scores that are uniform
        error = np.std(rates) / np.sqrt(len(rates))
        assert np.mean(rates) <= false_accept_rate + 3 * error
        assert np.mean(rates) >= false_accept_rate - 1 / (n + 1) - 3 * error

    @pytest.mark.parametrize("false_accept_rate", [-0.1, 1.1, math.nan, "x", True, None, [0.1]])
    def test_refuses_rates_that_are_none(self, false_accept_rate: Any) -> None:
        with pytest.raises(ValueError, match="false accept rate of"):
            threshold_at(false_accept_rate, np.arange(3))

    def test_refuses_no_impostors_and_infinite_ones(self) -> None:
        with pytest.raises(ShapeError, match="impostor_scores has shape"):
            threshold_at(0.1, np.zeros(0))
        with pytest.raises(ValueError, match=r"\+inf"):
            threshold_at(0.1, np.array([0.0, np.inf]))
        with pytest.raises(ValueError, match="NaN"):
            threshold_at(0.1, np.array([0.0, np.nan]))
