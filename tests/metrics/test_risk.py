"""Selective risk: exact binomial tails, and promises that are kept in a thousand draws."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
import scipy.stats

from resight.errors import ShapeError
from resight.metrics.risk import DELTA, GRID, PILOT, binomial_tail, control_risk

Array = npt.NDArray[Any]


def test_tails_are_those_of_scipy() -> None:
    rng = np.random.default_rng(0)
    n = rng.integers(0, 400, 500)
    successes, p = rng.integers(0, 40, 500), rng.random(500) ** 3
    np.testing.assert_allclose(binomial_tail(successes, n, p), scipy.stats.binom.cdf(successes, n, p), atol=1e-12)
    edges = np.array([0, 0, 3, 3]), np.array([0, 5, 5, 5]), np.array([0.5, 0.0, 1.0, 0.0])
    np.testing.assert_allclose(binomial_tail(*edges), [1, 1, 0, 1], atol=1e-12)


def named(right: int, wrong: int, confidence: float = 0.9) -> tuple[Array, Array]:
    """Answers of one confidence, in no order."""
    is_wrong = np.random.default_rng(1).permutation(np.repeat([False, True], [right, wrong]))
    return np.full(right + wrong, confidence), is_wrong


@pytest.mark.parametrize("rate", [0.01, 0.05, 0.2])
def test_without_a_wrong_name_it_takes_as_many_as_the_binomial_says(rate: float) -> None:
    """(1 − rate)ⁿ ≤ δ, of those questions that test."""
    least = int(np.ceil(np.log(DELTA) / np.log(1 - rate)))
    for tested, promised in ((least, True), (least - 1, False)):
        asked = next(q for q in range(tested, 2 * tested + 9) if q - int(PILOT * q) == tested)
        found = control_risk(rate, *named(asked, 0))
        assert (len(found.thresholds) > 0) is promised
        assert (found.names, found.wrong) == (tested, 0)
        assert found.needed is not None
        assert abs(found.needed - (asked if promised else least / (1 - PILOT))) < 2


def test_tests_go_down_from_their_start_and_stop_at_the_first_that_fails() -> None:
    """Below .5 every name is wrong: thresholds down to it are rejected, one after the other."""
    rng = np.random.default_rng(0)
    confidences = rng.random(2000)
    found = control_risk(0.1, confidences, confidences < 0.5)
    tested = confidences[int(PILOT * 2000) :]
    assert found.thresholds.tolist() == sorted(found.thresholds, reverse=True)
    assert set(found.thresholds) <= set(GRID)
    last = GRID.tolist().index(found.thresholds[-1])
    names, errors = (
        np.array([(where & (tested >= least)).sum() for least in GRID[last : last + 2]])
        for where in (tested > 0, tested < 0.5)
    )
    tails = scipy.stats.binom.cdf(errors, names, 0.1)
    assert tails[0] <= DELTA < tails[1]
    assert (found.names, found.wrong) == (names[0], errors[0])


def test_too_many_wrong_names_are_never_promised() -> None:
    found = control_risk(0.05, *named(300, 60))
    assert (len(found.thresholds), found.needed) == (0, None)
    assert control_risk(0.0, *named(300, 0)).needed is None


def test_any_rate_holds_at_one_and_nothing_of_nothing() -> None:
    assert control_risk(1.0, *named(3, 9)).thresholds[-1] == GRID[-1]
    nothing = control_risk(0.1, np.zeros(0), np.zeros(0, bool))
    assert (len(nothing.thresholds), nothing.names, nothing.needed) == (0, 0, 28)


@pytest.mark.parametrize(("rate", "bias"), [(0.05, 0.0), (0.1, 1.5), (0.1, -1.0)])
def test_the_promise_is_kept_in_a_thousand_draws(rate: float, bias: float) -> None:
    """Whether confidences are true, too high or too low: of 1,000 promises no more than δ are broken, but for noise."""
    rng = np.random.default_rng(3)

    def draw(q: int) -> tuple[Array, Array]:
        logits = rng.normal(0, 5, q)
        return 1 / (1 + np.exp(-logits - bias)), rng.random(q) > 1 / (1 + np.exp(-logits))

    confidences, wrong = draw(400_000)
    true = np.array([wrong[confidences >= least].mean() for least in GRID])
    broken = promised = 0
    for _ in range(1000):
        found = control_risk(rate, *draw(400))
        promised += len(found.thresholds) > 0
        broken += bool((true[np.isin(GRID, found.thresholds)] > rate).any())
    assert broken <= 1000 * DELTA + 3 * np.sqrt(1000 * DELTA * (1 - DELTA))
    assert promised > 400


@pytest.mark.parametrize("rate", [-0.1, 1.1, float("nan"), "0.1"])
def test_a_rate_that_is_none_is_refused(rate: Any) -> None:
    with pytest.raises(ValueError, match="false-discovery rate of"):
        control_risk(rate, *named(3, 0))


def test_arrays_that_do_not_fit_are_refused() -> None:
    with pytest.raises(ShapeError):
        control_risk(0.1, np.zeros(3), np.zeros(4, bool))
