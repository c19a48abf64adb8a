"""What rankings are worth: by hand, and against slow loops."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from data.packs import Pack
from systems.ranking import Ranking
from systems.scores import Answers, judged

from resight.io.datasets.dataset import Entry

PLACE = Path("x")
PACK = Pack(
    "four",
    PLACE,
    (Entry("r1", PLACE, ("tree",)), Entry("r2", PLACE, ("house",)), Entry("r3", PLACE, ("house",))),
    (
        Entry("q1", PLACE, ("tree", "house"), "query"),
        Entry("q2", PLACE, ("house",), "query"),
        Entry("q3", PLACE, ("tree",), "query", ignore=("r1",)),
        Entry("q4", PLACE, (), "distractor"),
        Entry("q5", PLACE, ("house",), "query", ignore=("r2",)),
    ),
)
RANKINGS = [
    Ranking(("r3", "r1"), (5.0, 1.0)),
    Ranking(("r1", "r2"), (2.0, 1.0)),
    Ranking(("r2",), (3.0,)),
    Ranking((), ()),
    Ranking(("r3",), (4.0,)),
]


def first(ranking: Ranking) -> float:
    return ranking.scores[0] if ranking.scores else -np.inf


def test_the_first_photo_decides() -> None:
    answers = judged(PACK, RANKINGS, first)
    assert answers.instances == ("house", "tree", "house", None, "house")
    assert answers.right.tolist() == [True, False, False, False, True]
    assert answers.confidences.tolist() == [5, 2, 3, -np.inf, 4]


def test_a_query_whose_only_references_are_ignored_has_no_answer() -> None:
    assert judged(PACK, RANKINGS, first).answerable.tolist() == [True, True, False, False, True]


def test_figures_by_hand() -> None:
    figures = judged(PACK, RANKINGS, first).figures
    assert figures["p_at_1"].value == pytest.approx(2 / 3)
    assert figures["p_at_1"].n == 3
    # In the order 5, 4, 3, 2: right, right, wrong, wrong; both precisions are 1, of three answerable queries.
    assert figures["micro_ap"].value == pytest.approx(2 / 3)
    # Known 5, 4, 2 against unknown 3, -inf: five pairs of six.
    assert figures["auroc"].value == pytest.approx(5 / 6)
    assert figures["auroc"].n == 5


def test_without_unknown_queries_there_is_no_auroc() -> None:
    known = Pack("known", PLACE, PACK.references, PACK.queries[:2])
    assert list(judged(known, RANKINGS[:2], first).figures) == ["p_at_1", "micro_ap"]


def _answers(right: list[int], answerable: list[int] | None = None) -> Answers:
    n = len(right)
    known = np.ones(n, bool) if answerable is None else np.array(answerable, bool)
    names = tuple(f"{row}" for row in range(n))
    return Answers(names, names, np.linspace(1, 0, n), np.array(right, bool), known)


def test_systems_are_compared_on_the_queries_that_have_an_answer() -> None:
    ours, theirs = _answers([1, 1, 1, 0, 0], [1, 1, 1, 1, 0]), _answers([0, 1, 0, 1, 0], [1, 1, 1, 1, 0])
    comparison = ours.against(theirs)
    assert (comparison.p_at_1.only_a, comparison.p_at_1.only_b) == (2, 1)
    assert comparison.p_at_1.p == 1.0
    assert comparison.micro_ap.value == pytest.approx(3 / 4 - (1 / 2 + 2 / 4) / 4)


def test_other_queries_are_refused() -> None:
    with pytest.raises(ValueError, match="different queries"):
        _answers([1, 0]).against(_answers([1, 0, 1]))


def test_json_says_every_answer_and_nothing_for_minus_infinity() -> None:
    written = json.loads(json.dumps(judged(PACK, RANKINGS, first).to_dict(), allow_nan=False))
    assert [row["confidence"] for row in written["answers"]] == [5, 2, 3, None, 4]
    assert written["answers"][0] == {
        "query": "q1", "instance": "house", "confidence": 5.0, "right": True, "answerable": True
    }  # fmt: skip
    assert set(written["figures"]) == {"p_at_1", "micro_ap", "auroc"}
