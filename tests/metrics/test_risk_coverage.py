"""Risk over coverage against a slow loop, by hand, and what no order can be below."""

from __future__ import annotations

import numpy as np
import pytest

from resight.metrics.risk_coverage import least_area, risk_coverage


def test_worked_by_hand() -> None:
    """Right; then two equal ones of which one is wrong; then a wrong one."""
    found = risk_coverage(np.array([True, True, False, False]), np.array([0.9, 0.5, 0.5, 0.1]))
    assert found.thresholds.tolist() == [0.9, 0.5, 0.1]
    assert found.coverages.tolist() == [1 / 4, 3 / 4, 1]
    assert found.risks.tolist() == [0, 1 / 3, 2 / 4]
    assert found.area == pytest.approx(0 / 4 + 2 / 4 / 3 + 1 / 4 / 2)


def test_matches_a_slow_loop(rng: np.random.Generator) -> None:
    correct, confidences = rng.random(60) < 0.7, rng.integers(9, size=60) / 9
    risks = [1 - correct[confidences >= own].mean() for own in confidences]
    assert risk_coverage(correct, confidences).area == pytest.approx(float(np.mean(risks)), abs=1e-12)


def test_no_order_has_less_than_the_least_area(rng: np.random.Generator) -> None:
    correct = rng.random(50) < 0.6
    wrong = int((~correct).sum())
    ideal = risk_coverage(correct, correct + np.arange(50) / 100).area
    assert ideal == pytest.approx(least_area(wrong, 50), abs=1e-12)
    assert all(risk_coverage(correct, rng.random(50)).area >= ideal for _ in range(20))


def test_of_flawless_and_of_hopeless_answers() -> None:
    assert risk_coverage(np.ones(3, bool), np.arange(3.0)).area == 0 == least_area(0, 3)
    assert risk_coverage(np.zeros(3, bool), np.arange(3.0)).area == pytest.approx(1)
    assert least_area(3, 3) == pytest.approx(1)


@pytest.mark.parametrize(("wrong", "n"), [(-1, 3), (4, 3), (0, 0)])
def test_refuses_counts_that_do_not_exist(wrong: int, n: int) -> None:
    with pytest.raises(ValueError, match="do not exist"):
        least_area(wrong, n)
