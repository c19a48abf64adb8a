"""Evaluations as records: what is resampled together, what is undefined, and the further measures."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from resight.evaluation.evaluation import Evaluation
from resight.metrics.ranking import micro_ap
from resight.metrics.risk_coverage import risk_coverage


def judged(
    right: Sequence[int], answerable: Sequence[int], sure: Sequence[float], labels: Sequence[str] = ()
) -> Evaluation:
    """Answers to queries, named where they are more likely right than wrong."""
    q, p = len(right), np.array(sure, float)
    flags = np.array(right, bool), np.array(answerable, bool), p > 0.5
    names = tuple(map(str, range(q)))
    shown = tuple((label,) if label else () for label in labels)
    nothing = ((),) * q, np.zeros(q, bool), (), ()
    return Evaluation(names, ("y",) * q, p, *flags, *nothing, 0.5, labels=shown)


def test_queries_of_one_thing_are_one_group_and_unknown_ones_their_own() -> None:
    groups = judged([1, 1, 0, 0, 1], [1, 1, 0, 0, 1], [0.9] * 5, ["a", "b", "", "", "a"]).groups
    assert groups[0] == groups[4]
    assert len(set(groups.tolist())) == 4
    assert len(set(judged([1, 0], [1, 0], [0.9, 0.1]).groups.tolist())) == 2


def test_further_measures_by_hand() -> None:
    answers = judged([1, 0, 1, 0], [1, 1, 1, 0], [0.9, 0.8, 0.7, 0.6])
    found = answers.further()
    known = answers.answerable
    assert found["micro_ap_known"].value == micro_ap(answers.right[known], answers.probabilities[known], known[known])
    assert found["micro_ap_known"].n == 3
    assert found["recall_at_100"].value == found["recall_at_99"].value == pytest.approx(1 / 3)
    assert found["balanced_accuracy"].value == 0.5
    assert found["risk_area"].value == risk_coverage(answers.right, answers.probabilities).area


@pytest.mark.parametrize(
    ("answers", "undefined"),
    [
        (judged([1, 0, 0], [1, 1, 0], [0.9, 0.2, 0.1]), {}),
        (judged([1, 0], [1, 1], [0.9, 0.2]), {"auroc", "false_accept_rate"}),
        (judged([0, 0], [0, 0], [0.1, 0.2]), {"p_at_1", "micro_ap", "coverage", "auroc", "false_discovery_rate"}),
        (judged([], [], []), {}),
    ],
)
def test_what_is_undefined_says_why_and_is_no_figure(answers: Evaluation, undefined: set[str]) -> None:
    told = answers.to_dict()
    assert set(told["undefined"]) == set(undefined)
    assert not set(undefined) & set(told)
