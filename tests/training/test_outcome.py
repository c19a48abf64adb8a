"""What is told of a training."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from resight.training.measurement import measure
from resight.training.settings import FineTuningConfig
from tests.training.outcomes import AFTER, BEFORE, KNOWN, outcome

pytestmark = pytest.mark.usefixtures("few_rounds")


def test_leaks_do_not_count_and_are_counted_apart() -> None:
    figures = outcome().figures
    assert list(figures) == ["all", "with leaks"]
    assert [figures[kind]["after"]["p_at_1"]["n"] for kind in figures] == [2, 3]
    assert [figures[kind]["after"]["p_at_1"]["value"] for kind in figures] == [1 / 2, 2 / 3]


def test_it_is_a_line_at_a_prompt() -> None:
    made = outcome()
    assert repr(made) == f"<TrainingOutcome in {str(made.model)!r}: {made.change}>"


def test_both_encoders_are_compared_on_the_same_questions() -> None:
    found = outcome().figures["all"]
    assert (found["mended"], found["broken"]) == (1, 1)


def test_questions_by_photos_and_by_views_are_told_apart() -> None:
    made = outcome()
    parts = replace(made.training_set.parts, viewed=np.array([True, False, False, False]))
    figures = outcome(training_set=replace(made.training_set, parts=parts, leaks=())).figures
    assert [(kind, found["after"]["p_at_1"]["n"]) for kind, found in figures.items()] == [
        ("all", 3),
        ("photos", 2),
        ("views", 1),
    ]


def test_a_change_is_one_that_the_interval_shows() -> None:
    """Of forty questions all are mended, or broken; of two, one each."""
    many = np.repeat(np.arange(5), 8)
    same = np.eye(5, dtype=bool)[many]
    good, poor = (measure(np.eye(5, dtype=np.float32)[(many + by) % 5], KNOWN, same) for by in (0, 1))
    made = outcome()
    parts = replace(made.training_set.parts, asked=np.full(40, 5), viewed=np.zeros(40, bool))
    training_set = replace(made.training_set, parts=parts, leaks=())
    assert outcome(training_set=training_set, before=poor, after=good).change == "better"
    assert outcome(training_set=training_set, before=good, after=poor).change == "worse"
    assert made.change == "undecided"
    assert outcome(training_set=training_set, before=good, after=good).change == "too easy"
    assert outcome(training_set=training_set, before=poor, after=poor).change == "undecided"


def test_without_an_answerable_question_nothing_is_known() -> None:
    nothing = np.zeros((4, 5), bool)
    before, after = (measure(rows, KNOWN, nothing) for rows in (BEFORE, AFTER))
    made = outcome(before=before, after=after)
    assert made.change == "unknown"
    assert made.figures["all"] == {"before": {}, "after": {}}


@pytest.mark.parametrize(
    ("settings", "chosen"),
    [
        ({}, "nothing"),
        ({"patience": 3}, "when to stop and which epoch to take"),
        ({"schedule": "running-mean"}, "when the rate falls"),
        (
            {"schedule": "running-mean", "patience": 3},
            "when to stop and which epoch to take, and when the rate falls",
        ),
    ],
)
def test_the_public_json_says_what_the_questions_chose(settings: dict[str, Any], chosen: str) -> None:
    told = json.loads(json.dumps(outcome(config=FineTuningConfig(**settings)).to_dict(), allow_nan=False))
    assert told["protocol"]["chosen_by_these_questions"] == chosen
    assert told["data_sha256"] == "0123"
    assert told["training"]["losses"] == [1.5, 0.5]
    assert (told["instances"], told["instances_of_one_photo"]) == (3, 1)
    assert told["leaks"] == [{"query": "6.jpg", "reference": "2.jpg", "kind": "content"}]
