"""Answers about sisters of one design, counted: named, one of two, none of these."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from data.sister_sets import WAYS, Question

from resight.metrics.interval import Estimate, wilson
from resight.types import Array

RIGHT, HELD, NONE = "named rightly", "“A or B” with it", "none of these"
ASTRAY, WRONG = "“A or B” without it", "named wrongly"
OUTCOMES: Final = (RIGHT, HELD, NONE, ASTRAY, WRONG)
"""What an answer may be; of a sister who is not known, every "A or B" is without her, and every name is wrong."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """One question of a set of a ``design``, and one of OUTCOMES."""

    question: Question
    design: str
    outcome: str


def outcome(answer: Mapping[str, Any], question: Question) -> str:
    """Which of OUTCOMES an answer is."""
    if answer["either"]:
        return HELD if question.known and question.sister in answer["either"] else ASTRAY
    if answer["instance"] is None:
        return NONE
    return RIGHT if question.known and answer["instance"] == question.sister else WRONG


def counted(outcomes: Sequence[Outcome]) -> Iterator[tuple[str, list[Outcome]]]:
    """The outcomes by kind: known sisters by way and all, unknown ones by way and all, and both by design."""
    for known, who in ((True, "known"), (False, "unknown")):
        of = [one for one in outcomes if one.question.known is known]
        for way in WAYS:
            yield f"{who}, {way}", [one for one in of if one.question.way == way]
        yield f"**{who}, all**", of
        for design in dict.fromkeys(one.design for one in of):
            yield f"{who}, {design}", [one for one in of if one.design == design]


def shares(outcomes: Sequence[Outcome]) -> list[Estimate]:
    """The share of each of OUTCOMES."""
    found = Counter(one.outcome for one in outcomes)
    return [wilson(found[name], len(outcomes)) for name in OUTCOMES]


def well(outcomes: Sequence[Outcome]) -> Array:
    """(n,) bool: the right name, alone or in "A or B", and none for a sister who is not known."""
    return np.array([one.outcome in ((RIGHT, HELD) if one.question.known else (NONE,)) for one in outcomes])
