"""What an answer about a sister counts as."""

from __future__ import annotations

from typing import Any

import pytest
from data.sister_sets import FILE, HARD_VIEW, Question
from systems.sister_answers import ASTRAY, HELD, NONE, RIGHT, WRONG, Outcome, counted, outcome, shares, well

ADA, EVE = Question("asked/ada.png", "Ada", True, FILE), Question("asked/eve.png", "Eve", False, HARD_VIEW)


def answer(instance: str | None, *either: str) -> dict[str, Any]:
    return {"instance": instance, "either": list(either)}


@pytest.mark.parametrize(
    ("told", "of_ada", "of_eve"),
    [
        (answer("Ada"), RIGHT, WRONG),
        (answer("Bea"), WRONG, WRONG),
        (answer(None), NONE, NONE),
        (answer(None, "Ada", "Bea"), HELD, ASTRAY),
        (answer("Ada", "Ada", "Bea"), HELD, ASTRAY),
        (answer("Bea", "Bea", "Cleo"), ASTRAY, ASTRAY),
        (answer("Eve"), WRONG, WRONG),
    ],
)
def test_what_an_answer_counts_as(told: dict[str, Any], of_ada: str, of_eve: str) -> None:
    assert outcome(told, ADA) == of_ada
    assert outcome(told, EVE) == of_eve


def test_outcomes_are_counted_by_who_is_asked_how() -> None:
    outcomes = [Outcome(ADA, "card", RIGHT), Outcome(ADA, "form", HELD), Outcome(EVE, "card", NONE)]
    kinds = {kind: of for kind, of in counted(outcomes) if of}
    assert {kind: len(of) for kind, of in kinds.items()} == {
        "known, the file": 2,
        "**known, all**": 2,
        "known, card": 1,
        "known, form": 1,
        "unknown, hard view": 1,
        "**unknown, all**": 1,
        "unknown, card": 1,
    }
    assert [share.value for share in shares(kinds["**known, all**"])] == [0.5, 0.5, 0, 0, 0]


def test_none_is_well_told_of_the_unknown_alone() -> None:
    outcomes = [Outcome(who, "card", what) for who in (ADA, EVE) for what in (RIGHT, HELD, NONE, ASTRAY, WRONG)]
    assert well(outcomes).tolist() == [True, True, False, False, False, False, False, True, False, False]
