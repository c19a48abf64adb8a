"""Two evaluations of the same queries: who wins, by how much, and whether that is noise."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from resight.errors import DatasetError
from resight.evaluation.comparison import AnswerTable, compare
from resight.metrics.interval import mcnemar
from resight.metrics.ranking import auroc, micro_ap
from resight.types import Array


def report(right: Array, probabilities: Array, answerable: Array, *, first: int = 0) -> dict[str, Any]:
    """The JSON of an evaluation of so many queries, from a number on."""
    rows = zip(right, probabilities, answerable, strict=True)
    return {
        "answers": [
            {
                "photo": f"q{number:04d}",
                "right": bool(ok),
                "probability": float(p),
                "named": bool(p > 0.5),
                "answerable": bool(known),
                "label": f"thing {number % 40}" if known else None,
            }
            for number, (ok, p, known) in enumerate(rows, first)
        ]
    }


@pytest.fixture
def answers(rng: np.random.Generator) -> tuple[Array, Array, Array]:
    answerable = rng.random(200) < 0.7
    right = answerable & (rng.random(200) < 0.6)
    return right, np.clip(0.3 + 0.4 * right + 0.2 * rng.normal(size=200), 0.01, 0.99), answerable


def test_the_better_one_wins(answers: tuple[Array, Array, Array]) -> None:
    right, sure, known = answers
    better = right | (known & (np.arange(200) % 3 == 0))
    first, second = AnswerTable.of("a", report(right, sure, known)), AnswerTable.of("b", report(better, sure, known))
    found = compare(first, second)
    by = {one.measure: one for one in found.differences}
    assert by["micro_ap"].better == by["p_at_1"].better == 2
    assert by["micro_ap"].gain.value == pytest.approx(micro_ap(better, sure, known) - micro_ap(right, sure, known))
    assert by["auroc"].first == by["auroc"].second == pytest.approx(auroc(sure, known))
    assert by["auroc"].better == 0
    test = mcnemar(right & known, better & known)
    assert (found.only_first, found.only_second) == (test.only_a, test.only_b)
    assert found.sentence.startswith("b is better by micro_ap, by 0.")
    assert compare(second, first).sentence.startswith("b is better by micro_ap")


def test_of_a_falling_measure_less_is_better(answers: tuple[Array, Array, Array]) -> None:
    right, sure, known = answers
    sharper = np.where(right, 0.95, 0.05)
    found = compare(AnswerTable.of("a", report(right, sure, known)), AnswerTable.of("b", report(right, sharper, known)))
    by = {one.measure: one for one in found.differences}
    assert (by["brier"].gain.value < 0, by["brier"].better) == (True, 2)
    assert (by["false_accept_rate"].gain.value <= 0, by["false_accept_rate"].better in (0, 2)) == (True, True)


def test_noise_is_called_so(answers: tuple[Array, Array, Array], rng: np.random.Generator) -> None:
    right, sure, known = answers
    shaken = np.clip(sure + rng.normal(scale=0.01, size=200), 0.01, 0.99)
    found = compare(AnswerTable.of("a", report(right, sure, known)), AnswerTable.of("b", report(right, shaken, known)))
    assert all(one.better == 0 for one in found.differences)
    assert "neither is better" in found.sentence
    assert "may be chance" in found.sentence


def test_only_shared_queries_count(answers: tuple[Array, Array, Array]) -> None:
    first = AnswerTable.of("a", report(*answers))
    second = AnswerTable.of("b", report(*answers, first=50))
    with pytest.raises(DatasetError, match="disagree on which queries have an answer"):
        compare(first, second)
    part = report(*answers)
    part["answers"] = part["answers"][:150][::-1]
    found = compare(first, AnswerTable.of("b", part))
    assert (found.queries, found.left_out) == (150, 50)
    assert found.to_dict()["differences"][0]["gain"]["value"] == 0


def test_without_unknown_queries_auroc_is_not_compared(answers: tuple[Array, Array, Array]) -> None:
    right, sure, _ = answers
    one = AnswerTable.of("a", report(right, sure, np.ones(200, bool)))
    assert {diff.measure for diff in compare(one, one).differences} == {"micro_ap", "p_at_1", "coverage", "brier"}


@pytest.mark.parametrize("found", [{}, [], {"answers": []}, {"answers": [{"photo": "a", "right": True}]}])
def test_other_files_are_refused(found: Any) -> None:
    with pytest.raises(DatasetError, match="does not say of each answer its photo, right"):
        AnswerTable.of("a.json", found)


def test_evaluations_of_two_data_sets_are_refused(answers: tuple[Array, Array, Array]) -> None:
    first, second = (AnswerTable.of(name, report(*answers, first=first)) for name, first in (("a", 0), ("b", 1000)))
    with pytest.raises(DatasetError, match="share no query: 'q0000' is in the one, 'q1000' in the other"):
        compare(first, second)
