"""Holm's correction: worked by hand, against the definition, and in any order."""

from __future__ import annotations

import numpy as np
import pytest

from resight.metrics.holm import holm


def test_worked_by_hand() -> None:
    """.01 × 4; .02 × 3; .03 × 2 raised to what the one before has; .2 × 1."""
    assert holm(np.array([0.03, 0.01, 0.2, 0.02])) == pytest.approx([0.06, 0.04, 0.2, 0.06])


def test_rejects_what_the_stepwise_test_rejects(rng: np.random.Generator) -> None:
    p = rng.random(12) ** 4
    adjusted = holm(p)
    for level in (0.01, 0.05, 0.3):
        rejected: set[int] = set()
        for step, row in enumerate(np.argsort(p)):
            if p[row] > level / (12 - step):
                break
            rejected.add(int(row))
        assert {int(row) for row in np.flatnonzero(adjusted <= level)} == rejected


def test_one_alone_is_left_alone_and_none_exceeds_one() -> None:
    assert holm(np.array([0.04])).tolist() == [0.04]
    assert holm(np.array([0.9, 0.8])).tolist() == [1, 1]


@pytest.mark.parametrize("p", [[1.1], [-0.1], [np.nan]])
def test_refuses_what_is_no_p(p: list[float]) -> None:
    with pytest.raises(ValueError, match="p"):
        holm(np.array(p))
