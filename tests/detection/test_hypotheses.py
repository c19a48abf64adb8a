"""Claims to places: who competes with whom, and who gets a name."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from resight.calibration.calibration import Calibration, Scale
from resight.detection.hypotheses import SAME_PLACE, DecisionRule, places
from resight.verification.comparison import LOCAL
from resight.verification.polygons import NOWHERE, box

Array = npt.NDArray[Any]


def _square(left: float, side: float = 10.0) -> Array:
    return box(np.array([left, 0.0]), np.array([left + side, side]))


@pytest.fixture
def calibration() -> Calibration:
    """The first column of evidence is the log odds itself; impostors had up to 0.6."""
    impostors, scale = np.linspace(0, 0.6, 100), Scale(np.zeros(len(LOCAL)), np.ones(len(LOCAL)))
    return Calibration((*LOCAL, "constant"), scale, np.eye(len(LOCAL) + 1)[0], impostors, 100, {}, 9)


def _evidence(*odds: float) -> Array:
    return np.outer(odds, np.eye(len(LOCAL))[0])


def test_places_are_taken_by_the_strongest_that_overlap() -> None:
    outlines = [_square(0), _square(2), _square(40), _square(41, side=4), _square(5.1)]
    found = [group.tolist() for group in places(outlines, np.array([1.0, 3.0, 2.0, 5.0, 0.5]))]
    assert found == [[3, 2], [1, 0, 4]]
    assert [group.tolist() for group in places([NOWHERE, NOWHERE], np.array([1.0, 2.0]))] == [[1], [0]]
    assert places([], np.zeros(0)) == []
    assert 0 < SAME_PLACE < 1


def test_hypotheses_of_one_place_share_its_probability(calibration: Calibration) -> None:
    rule = DecisionRule(calibration, None, 0.5)
    alone, accepted = rule.probabilities(_evidence(1.0))
    assert alone[0] == pytest.approx(np.e / (1 + np.e))
    assert accepted
    twins, accepted = rule.probabilities(_evidence(1.0, 1.0))
    assert twins.tolist() == pytest.approx([np.e / (1 + 2 * np.e)] * 2)
    assert not accepted


def test_a_chosen_rate_is_kept_whatever_share_is_expected(calibration: Calibration) -> None:
    evidence = _evidence(0.3)  # log odds, and a chance of 0.57: less than the 5 % of impostors that come closest
    assert DecisionRule(calibration, None, 0.5).probabilities(evidence)[1]
    for share in (0.1, 0.5, 0.9):
        assert not DecisionRule(calibration, 0.05, share).probabilities(evidence)[1]
        assert DecisionRule(calibration, 0.1, share).probabilities(evidence)[1]
    assert not DecisionRule(calibration, None, 0.9).probabilities(evidence)[1]
