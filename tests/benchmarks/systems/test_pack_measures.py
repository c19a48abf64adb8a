"""Measures of what is stated of a pack, worked by hand."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from systems.pack_measures import RATES, Stated, estimate, measures, paired, reliability, settings

from resight.metrics.interval import wilson

pytestmark = pytest.mark.usefixtures("few_rounds")

T, F = True, False


def stated(probabilities: list[float], named: list[bool]) -> Stated:
    """Four queries: one answered rightly, one wrongly, and two of unknown things."""
    return Stated(np.array(probabilities), np.array([T, F, F, F]), np.array(named), np.array([T, T, F, F]))


@pytest.fixture
def answers() -> list[Stated]:
    by_rate = [stated([0.9, 0.6, 0.4, 0.2], named) for named in ([F, F, F, F], [T, F, F, F], [T, T, T, F])]
    return [stated([0.8, 0.5, 0.3, 0.1], [T, T, F, F]), stated([0.9, 0.6, 0.4, 0.2], [T, T, F, F]), *by_rate]


def test_shares_are_of_the_known_or_of_the_unknown(answers: list[Stated]) -> None:
    found = {name: estimate(one) for name, one in measures(answers).items() if len(one[1]) == 1}
    assert found["P@1"] == found["named rightly, of known"] == found["named wrongly, of known"] == wilson(1, 2)
    assert found["named, of unknown"] == wilson(0, 2)
    told = [found[f"{what} at {rate:.0%}"].value for rate in RATES for what in ("coverage", "false accepts")]
    assert told == [0, 0, 0.5, 0, 1, 0.5]


def test_the_rest_is_as_its_metric_has_it(answers: list[Stated]) -> None:
    found = {name: one[0](*one[1]) for name, one in measures(answers).items()}
    assert found["ECE at the pack's share of unknown photos"] == pytest.approx((0.2 + 0.5 + 0.3 + 0.1) / 4)
    assert found["ECE at one half"] == pytest.approx((0.1 + 0.6 + 0.4 + 0.2) / 4)
    costs = [np.log2(1 + odds) for odds in (0.6 / 0.4, 0.4 / 0.6, 0.2 / 0.8)]
    assert found["Cllr, bits"] == pytest.approx((np.log2(1 + 1 / 9) + np.mean(costs)) / 2)
    assert found["Cllr-min, bits"] == 0
    assert (found["µAP"], found["AUROC"]) == (0.5, 1)


def test_two_builds_that_say_the_same_do_not_differ(answers: list[Stated]) -> None:
    for name in ("P@1", "µAP", "Cllr, bits"):
        one = measures(answers)[name]
        found = paired(one, one)
        assert (found.value, found.low, found.high) == (0, 0, 0)


def test_a_certain_answer_that_is_wrong_costs_no_more_than_can_be_told(answers: list[Stated]) -> None:
    answers[1] = stated([1.0, 1.0, 0.0, 0.0], [T, T, F, F])
    cost, arrays = measures(answers)["Cllr, bits"]
    assert 5 < cost(*arrays) < 20


def test_answers_are_found_by_the_names_of_their_photos() -> None:
    def answer(photo: str, probability: float) -> dict[str, Any]:
        return {"photo": photo, "probability": probability, "right": photo == "b", "named": photo == "a"}

    told = {"answers": [answer("a", 0.1), answer("b", 0.2), answer("c", 0.3)]}
    found = Stated.of(told, {"c": F, "b": T})
    assert found.probabilities.tolist() == [0.3, 0.2]
    assert (found.right.tolist(), found.named.tolist(), found.answerable.tolist()) == ([F, T], [F, F], [F, T])
    assert found.only(np.array([F, T])).probabilities.tolist() == [0.2]


def test_reliability_is_at_the_pack_s_own_share(answers: list[Stated]) -> None:
    assert [row.probability for row in reliability(answers, bins=4)] == [0.1, 0.3, 0.5, 0.8]


def test_a_setting_for_each_rate_follows_those_without() -> None:
    assert settings([0.1]) == [{}, {"unknown_share": 0.5}, {"unknown_share": 0.5, "false_accept_rate": 0.1}]
    assert len(settings()) == 2 + len(RATES)
