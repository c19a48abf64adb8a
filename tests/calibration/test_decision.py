"""The decision: one name, two that look alike, or none, by probabilities alone."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from resight.calibration.calibration import Calibration
from resight.calibration.decision import DecisionRule
from resight.calibration.prior import Scale
from resight.verification.comparison import LOCAL

TWINS = {frozenset("ab")}


@pytest.fixture(scope="module")
def calibration() -> Calibration:
    """The first column of evidence is the log odds itself; impostors had up to 0.6."""
    impostors, scale = np.linspace(0, 0.6, 100), Scale(np.zeros(len(LOCAL)), np.ones(len(LOCAL)))
    return Calibration((*LOCAL, "constant"), scale, np.eye(len(LOCAL) + 1)[0], impostors, 100, {}, 9)


def odds(*values: float) -> npt.NDArray[Any]:
    return np.outer(values, np.eye(len(LOCAL))[0])


def having(**probabilities: float) -> tuple[npt.NDArray[Any], str]:
    """Evidence of instances that have these probabilities; the rest is that of "none"."""
    none = 1 - sum(probabilities.values())
    return odds(*(np.log(value / none) for value in probabilities.values())), "".join(probabilities)


def test_what_is_likelier_than_not_is_named(calibration: Calibration) -> None:
    rule = DecisionRule(calibration)
    found = rule.decide([having(b=0.2, a=0.55)], TWINS)
    assert found.told == ("a",)
    assert found.named
    assert found.either == ()
    assert found.probabilities.tolist() == pytest.approx([0.2, 0.55])
    assert [name for name, _ in found.ranking] == ["a", "b"]


@pytest.mark.parametrize(
    ("probabilities", "told"),
    [
        ({"a": 0.45, "b": 0.4}, "ab"),
        ({"b": 0.3, "a": 0.25}, "ba"),
        ({"a": 0.3, "b": 0.19}, ""),  # none is likelier than both together
        ({"a": 0.4, "c": 0.38}, ""),  # these do not look alike
        ({"a": 0.35, "c": 0.3, "b": 0.25}, ""),  # what looks like the first is not the second
        ({"a": 0.4}, ""),
    ],
)
def test_two_that_look_alike_are_told_together(
    calibration: Calibration, probabilities: dict[str, float], told: str
) -> None:
    found = DecisionRule(calibration).decide([having(**probabilities)], TWINS)
    assert found.told == tuple(told)
    assert (found.named, found.either) == (False, tuple(told))


def test_without_look_alikes_nothing_is_told_together(calibration: Calibration) -> None:
    assert DecisionRule(calibration).decide([having(a=0.45, b=0.4)]).told == ()


def test_nothing_is_told_of_no_candidate(calibration: Calibration) -> None:
    found = DecisionRule(calibration).decide([(odds(), "")], TWINS)
    assert (found.told, found.ranking, found.probabilities.tolist()) == ((), (), [])


def test_hypotheses_of_one_place_share_its_probability(calibration: Calibration) -> None:
    rule = DecisionRule(calibration)
    alone = rule.decide([(odds(1.0), "a")])
    assert alone.probabilities[0] == pytest.approx(np.e / (1 + np.e))
    assert alone.named
    both = rule.decide([(odds(1.0, 1.0), "ac")])
    assert both.probabilities.tolist() == pytest.approx([np.e / (1 + 2 * np.e)] * 2)
    assert not both.told


def test_a_chosen_rate_is_kept_whatever_share_is_expected(calibration: Calibration) -> None:
    asked = [(odds(0.3), "a")]  # log odds, and a chance of 0.57: less than the 5 % of impostors that come closest
    assert DecisionRule(calibration).decide(asked).named
    for share in (0.1, 0.5, 0.9):
        assert not DecisionRule(calibration, 0.05, share).decide(asked).named
        assert DecisionRule(calibration, 0.1, share).decide(asked).named
    assert not DecisionRule(calibration, unknown_share=0.9).decide(asked).named


def test_two_together_are_held_to_a_chosen_rate_as_one_is(calibration: Calibration) -> None:
    rule = DecisionRule(calibration, 0.05)
    assert rule.threshold is not None
    assert 0.5 < rule.threshold.value < 0.6
    assert rule.decide([having(a=0.45, b=0.4)], TWINS).either == ("a", "b")
    assert rule.decide([having(a=0.3, b=0.22)], TWINS).told == ()


def test_an_instance_has_what_it_has_each_way(calibration: Calibration) -> None:
    """And "none" is weighed twice."""
    rule = DecisionRule(calibration, orientations=2)
    found = rule.decide([(odds(1.0, 0.0), "ab"), (odds(2.0), "a")])
    weights = np.exp([1.0, 0.0, 2.0])
    assert found.probabilities.tolist() == pytest.approx((weights / (2 + weights.sum())).tolist())
    assert dict(found.ranking)["a"] == pytest.approx(weights[[0, 2]].sum() / (2 + weights.sum()))
    halved = DecisionRule(calibration, 0.1, orientations=2).threshold
    assert halved == DecisionRule(calibration, 0.05).threshold
