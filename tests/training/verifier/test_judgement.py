"""What a fitted verifier is worth, by hand: costs, the hardest pairs, and evidence that helps or does not."""

from __future__ import annotations

import numpy as np
import pytest

from resight.calibration.samples import CalibrationSamples, QueryKind
from resight.training.verifier.judgement import judge_pairs, judge_recognition, pair_costs
from resight.types import Array
from resight.verification.comparison import LOCAL
from resight.verification.fusion import PARTS

NAMES = (*LOCAL, "verifier")


def test_both_kinds_of_pairs_cost_alike() -> None:
    same = np.array([True, False, False, False])
    assert pair_costs(np.zeros(4), same).mean() == pytest.approx(1)  # what saying nothing costs
    assert pair_costs(np.zeros(4), same)[0] == pytest.approx(2)


def test_the_hardest_pairs_are_the_nearest_of_two_things() -> None:
    things = np.array([[thing, thing + (row > 0)] for thing in range(0, 40, 2) for row in range(6)])
    same = things[:, 0] == things[:, 1]
    evidence = np.zeros((len(things), len(PARTS)))
    evidence[:, PARTS.index("descriptor")] = np.where(np.arange(len(things)) % 6 == 1, 0.9, 0.1)
    scores = np.where(same, 1.0, np.where(np.arange(len(things)) % 6 == 1, 2.0, -1.0))
    judged = judge_pairs(np.zeros(len(things)), scores, evidence, things, np.random.default_rng(0))
    assert judged.hardest == 20  # as many as there are things, which is more than a tenth of 100
    assert judged.hardest_auc.after.value == 0
    assert judged.auc.after.value == pytest.approx(0.8)
    assert judged.auc.before.value == pytest.approx(0.5)


def questions(column: Array, known: Array, rng: np.random.Generator) -> CalibrationSamples:
    """One candidate each, the right one where its thing is known; votes that tell little, and the ``column``."""
    count = len(known)
    evidence = np.zeros((count, 1, len(NAMES)))
    evidence[:, 0, 0] = known + rng.normal(0, 2, count)
    evidence[:, 0, -1] = column
    kinds = np.where(known, QueryKind.VIEW, QueryKind.LEFT_OUT_VIEW)
    ids = np.arange(count)
    return CalibrationSamples(
        ids, kinds, ids, evidence, np.ones((count, 1), bool), np.where(known, 0, -1), np.full((count, 1), 7)
    )


def test_a_column_that_tells_is_found_to_help_and_noise_is_not() -> None:
    rng = np.random.default_rng(0)
    known = np.arange(200) % 2 == 0
    things = [f"thing {number}" for number in range(200)]
    told = questions(np.where(known, 4.0, -4.0) + rng.normal(0, 2, 200), known, rng)
    fit, judged = judge_recognition(NAMES, told, things, 200, np.random.default_rng(1))
    assert judged.better
    assert judged.gain.low > 0
    assert judged.micro_ap_gain.value > 0
    assert judged.named[1] > judged.named[0]
    assert judged.false_names[1] <= judged.false_names[0]
    assert fit.columns == (*NAMES, "constant")
    assert len(fit.held_out) == 200
    noise = questions(rng.normal(0, 2, 200), known, rng)
    assert not judge_recognition(NAMES, noise, things, 200, np.random.default_rng(1))[1].better
