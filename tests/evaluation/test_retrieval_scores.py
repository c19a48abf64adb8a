"""Scores of rankings: what is left out, what is unanswerable, and the N-S score of four views."""

from __future__ import annotations

import numpy as np
import pytest

from resight.evaluation.retrieval_scores import RetrievalScores
from resight.metrics.interval import wilson
from resight.types import Array


def scores(similarities: Array, relevant: Array, ignored: Array | None = None) -> RetrievalScores:
    out = np.zeros(relevant.shape, bool) if ignored is None else ignored
    return RetrievalScores.of("net", similarities, relevant, out, np.arange(len(relevant)))


def test_worked_by_hand() -> None:
    """The first finds its photo second, the second first; the third has none."""
    similarities = np.array([[0.9, 0.8, 0.1], [0.2, 0.1, 0.7], [0.3, 0.2, 0.1]])
    found = scores(similarities, np.array([[0, 1, 0], [0, 0, 1], [0, 0, 0]], bool))
    figures = found.figures()
    assert (figures["hit_at_1"], figures["hit_at_5"]) == (wilson(1, 2), wilson(2, 2))
    assert figures["map"].value == figures["map_at_100"].value == 0.75
    assert figures["map_at_r"].value == 0.5
    assert "n_s" not in figures
    told = found.to_dict()
    assert (told["queries"], told["unanswerable"]) == (2, 1)
    assert told["of_all_queries"]["hit_at_1"] == wilson(1, 3).to_dict()


def test_what_is_left_out_is_as_if_it_were_not_there() -> None:
    similarities, relevant = np.array([[0.9, 0.8, 0.1]]), np.array([[True, True, False]])
    assert scores(similarities, relevant).figures()["map"].value == 1
    alone = scores(similarities, relevant, np.array([[True, False, False]]))
    assert alone.figures()["hit_at_1"] == wilson(1, 1)
    assert not scores(similarities, relevant, np.array([[True, True, False]])).answerable.any()


def test_equal_similarities_keep_the_order_of_the_gallery() -> None:
    found = scores(np.ones((1, 4)), np.array([[False, False, True, False]]))
    assert found.relevant.tolist() == [[False, False, True, False]]


def test_without_an_answer_there_are_no_figures() -> None:
    found = scores(np.ones((2, 3)), np.zeros((2, 3), bool))
    assert found.figures() == {}
    assert found.to_dict() == {"encoder": "net", "queries": 0, "unanswerable": 2}


def test_n_s_counts_the_query_itself(rng: np.random.Generator) -> None:
    """Two objects of four views, all against all: of each query its own photo is left out, and counts as found."""
    objects = np.repeat([0, 1], 4)
    relevant, own = objects[:, None] == objects, np.eye(8, dtype=bool)
    perfect = scores(relevant + rng.random((8, 8)) / 10, relevant, own)
    assert perfect.figures()["n_s"].value == 4
    similarities = rng.random((8, 8))
    found = scores(similarities, relevant, own).figures()["n_s"].value
    expected = []
    for query in range(8):
        order = [row for row in np.argsort(-similarities[query]) if row != query][:3]
        expected.append(1 + sum(objects[row] == objects[query] for row in order))
    assert found == pytest.approx(np.mean(expected))


def test_a_flawless_ranking_proves_no_more_than_as_many_hits() -> None:
    figures = scores(np.eye(40), np.eye(40, dtype=bool)).figures()
    ends = {(figures[name].low, figures[name].high) for name in ("hit_at_1", "map", "map_at_r", "map_at_100")}
    assert ends == {(wilson(40, 40).low, 1.0)}
    objects = np.repeat([0, 1], 4)
    relevant = objects[:, None] == objects
    assert scores(relevant.astype(float), relevant, np.eye(8, dtype=bool)).figures()["n_s"].low == pytest.approx(
        1 + 3 * wilson(8, 8).low
    )
