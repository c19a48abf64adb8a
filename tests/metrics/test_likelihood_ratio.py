"""The cost of log-likelihood-ratios against another implementation's figures, and what must not change it."""

from __future__ import annotations

import math

import numpy as np
import pytest

from resight.errors import ShapeError
from resight.metrics.likelihood_ratio import cllr, cllr_min
from resight.types import Array

T, F = True, False


def trials(seed: int, n: int = 60, *, apart: float = 1.5) -> tuple[Array, Array]:
    """Scores of targets and others, some of them equal, that know nothing of a scale."""
    rng = np.random.default_rng(seed)
    targets = rng.random(n) < 0.5
    return np.round(rng.normal(0, 1, n) + apart * targets, 1), targets


@pytest.mark.parametrize(
    ("seed", "cost", "least"),
    [
        (0, 0.7812516492711417, 0.5793509971700478),
        (1, 0.8073315375498842, 0.5965964238972674),
        (2, 0.7334777085331958, 0.5052794683930872),
        (3, 0.9617078910227601, 0.7292667385507485),
    ],
)
def test_agrees_with_lir(seed: int, cost: float, least: float) -> None:
    """As lir 1.3.1 of the Netherlands Forensic Institute, whose ratios are logarithms to the base of ten."""
    scores, targets = trials(seed)
    assert cllr(scores, targets) == pytest.approx(cost)
    assert cllr_min(scores, targets) == pytest.approx(least)


def test_worked_by_hand() -> None:
    ratios, targets = np.log([3.0, 1.0, 0.5]), np.array([T, T, F])
    told = (math.log2(1 + 1 / 3) + math.log2(2)) / 2
    assert cllr(ratios, targets) == pytest.approx((told + math.log2(1.5)) / 2)


def test_saying_nothing_costs_one_bit_and_perfect_order_nothing() -> None:
    targets = np.array([F, F, T, F, T])
    assert cllr(np.zeros(5), targets) == pytest.approx(1)
    assert cllr_min(np.zeros(5), targets) == pytest.approx(1)
    assert cllr_min(np.array([0.1, 0.2, 0.8, 0.3, 0.9]), targets) == 0
    assert cllr_min(-np.array([0.1, 0.2, 0.8, 0.3, 0.9]), targets) == pytest.approx(1)


def test_numbers_of_each_kind_do_not_count() -> None:
    scores, targets = trials(4)
    more = (
        np.concatenate([scores, np.repeat(scores[targets], 9)]),
        np.concatenate([targets, np.full(9 * targets.sum(), T)]),
    )
    assert cllr(*more) == pytest.approx(cllr(scores, targets))
    assert cllr_min(*more) == pytest.approx(cllr_min(scores, targets))


def test_the_least_cost_is_of_the_order_alone() -> None:
    scores, targets = trials(5)
    least = cllr_min(scores, targets)
    assert cllr_min(np.exp(scores) + 7, targets) == pytest.approx(least)
    assert all(least <= cllr(slope * scores + shift, targets) for slope in (0.2, 1, 3) for shift in (-2, -0.7, 0, 1))


def test_an_infinite_ratio_costs_nothing_where_it_is_right_and_all_where_it_is_wrong() -> None:
    assert cllr(np.array([np.inf, -np.inf]), np.array([T, F])) == 0
    assert cllr(np.array([np.inf, -np.inf]), np.array([F, T])) == np.inf


def test_refuses_what_has_no_cost() -> None:
    with pytest.raises(ValueError, match="0 targets among 2"):
        cllr(np.zeros(2), np.array([F, F]))
    with pytest.raises(ValueError, match="2 targets among 2"):
        cllr_min(np.zeros(2), np.array([T, T]))
    with pytest.raises(ShapeError):
        cllr(np.zeros(3), np.array([T, F]))
    with pytest.raises(ValueError, match="NaN"):
        cllr_min(np.array([0, np.nan]), np.array([T, F]))
