"""The choice among candidates: options by instance, and which of them are told."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from resight.calibration.calibration import Calibration
from resight.calibration.decision import DecisionRule
from resight.calibration.prior import Scale
from resight.recognition.choice import Choice, choose
from resight.search.candidates import Candidates
from resight.verification.comparison import LOCAL, NO_VOTES

INDEX: Any = SimpleNamespace(items={id: SimpleNamespace(instance=name) for id, name in enumerate("abc")})
VOTES, REGISTERED = LOCAL.index("votes"), LOCAL.index("registered")


def found(*ids: int, logits: tuple[float, ...], registered: bool = False, twins: Any = frozenset()) -> Candidates:
    """Candidates with these log odds."""
    evidence = np.zeros((len(ids), len(LOCAL)))
    evidence[:, VOTES], evidence[:, REGISTERED] = logits, registered
    checks = (NO_VOTES,) * len(ids)
    return Candidates(ids, evidence, checks, checks, twins)


@pytest.fixture
def rule() -> DecisionRule:
    """The votes are the log odds."""
    scale = Scale(np.zeros(len(LOCAL)), np.ones(len(LOCAL)))
    return DecisionRule(Calibration((*LOCAL, "constant"), scale, np.eye(len(LOCAL) + 1)[VOTES], np.zeros(0), 0, {}, 9))


def test_look_alikes_are_told_together(rule: DecisionRule) -> None:
    plain = choose(INDEX, [found(2, 0, 1, logits=(-9, 1.0, 1.1))], rule)
    alike = choose(INDEX, [found(2, 0, 1, logits=(-9, 1.0, 1.1), twins=frozenset({(1, 2)}))], rule)
    assert (
        [option.instance for option in plain.options]
        == [option.instance for option in alike.options]
        == ["b", "a", "c"]
    )
    assert (plain.instance, plain.either, plain.shown) == (None, (), ())
    assert (alike.instance, alike.either) == (None, ("b", "a"))
    assert [option.id for option in alike.shown] == [1, 0]
    assert sum(option.probability for option in alike.options) + alike.unknown == pytest.approx(1)
    sure = choose(INDEX, [found(0, 1, logits=(5.0, 1.0), twins=frozenset({(0, 1)}))], rule)
    assert (sure.instance, sure.either, len(sure.shown)) == ("a", (), 1)


def test_what_is_left_out_is_no_look_alike(rule: DecisionRule) -> None:
    three = found(0, 1, 2, logits=(1.0, 1.1, 1.2), twins=frozenset({(0, 1), (1, 2)}))
    assert three.exclude(0).twins == {(0, 1)}
    assert three.exclude(1).twins == frozenset()
    assert choose(INDEX, [three.exclude(0)], rule).either == ("c", "b")


def test_an_option_is_told_the_way_round_that_points_agree_on(rule: DecisionRule) -> None:
    for registered in (False, True):
        ways = [found(0, logits=(0.1,)), found(0, logits=(0.9,), registered=registered)]
        (option,) = choose(INDEX, ways, rule).options
        assert option.mirrored is registered
        assert option.score == pytest.approx(0.9 if registered else 0.1)
        weights = np.exp([0.1, 0.9])
        assert option.probability == pytest.approx(weights.sum() / (2 + weights.sum()))


def test_of_no_candidate_nothing_is_told() -> None:
    nothing = Choice((), 0)
    assert (nothing.instance, nothing.either, nothing.shown, nothing.probability(0), nothing.unknown) == (
        None,
        (),
        (),
        0,
        1,
    )
