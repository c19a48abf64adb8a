"""The choice of settings: a gain by hand, by instance, and corrected for what else was tried."""

from __future__ import annotations

import math

import numpy as np
import pytest

from resight.calibration.tuning.choice import Gain, best, gain


def test_a_gain_by_hand() -> None:
    """Twenty things of one question each, half of which gain 1 and half 2."""
    scores, base = np.tile([1.0, 2.0], 10), np.zeros(20)
    found = gain(scores, base, np.ones(20), [str(number) for number in range(20)])
    assert found.mean == pytest.approx(1.5)
    assert found.error == pytest.approx(np.std(scores, ddof=1) / math.sqrt(20))
    assert found.p < 1e-6


def test_questions_about_one_thing_are_one_draw(rng: np.random.Generator) -> None:
    scores = np.repeat(rng.normal(size=30), 10)
    names = np.repeat(np.arange(30), 10).astype(str).tolist()
    once = gain(scores[::10], np.zeros(30), np.ones(30), names[::10])
    often = gain(scores, np.zeros(300), np.ones(300), names)
    assert (often.mean, often.error) == (pytest.approx(once.mean), pytest.approx(once.error))


def test_importance_weighs() -> None:
    names = [str(number) for number in range(40)]
    found = gain(np.repeat([1.0, 5.0], 20), np.zeros(40), np.repeat([1.0, 3.0], 20), names)
    assert found.mean == pytest.approx(4.0)


def test_of_few_things_nothing_is_told() -> None:
    found = gain(np.ones(19), np.zeros(19), np.ones(19), [str(number) for number in range(19)])
    assert (found.mean, found.error, found.p) == (pytest.approx(1.0), math.inf, 1.0)
    assert best([found]) is None
    assert best([]) is None


def test_the_more_is_tried_the_more_has_to_be_gained() -> None:
    one = Gain(0.2, 0.1)  # p = .023
    assert best([one]) == 0
    assert best([one, Gain(0.0, 0.1), Gain(-0.1, 0.1)]) is None
    assert best([one, Gain(0.5, 0.1), Gain(0.6, 0.15)]) == 2


def test_noise_is_seldom_chosen(rng: np.random.Generator) -> None:
    names = [str(number) for number in range(50)]
    chosen = 0
    for _ in range(300):
        gains = [gain(rng.normal(size=50), np.zeros(50), np.ones(50), names) for _ in range(6)]
        chosen += best(gains) is not None
    assert chosen / 300 < 0.09
