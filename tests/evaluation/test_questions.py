"""Questions as arrays: what is right, what can be, and what is left out."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from resight.errors import DatasetError
from resight.evaluation.questions import Questions
from resight.io.datasets.entries import Entry
from resight.types import Matches, Votes


def entry(name: str, label: str | None, split: str = "reference", ignore: tuple[str, ...] = ()) -> Entry:
    return Entry(name, Path(), () if label is None else (label,), split, ignore)


KNOWN = (entry("r1", "a"), entry("r2", "b"), entry("r3", "b"))
ASKED = (entry("q1", "b", "query", ("r2",)), entry("q2", "c", "query"), entry("q3", "a", "query", ("r1",)))


def test_what_has_an_answer_is_what_is_left_of_the_gallery() -> None:
    found = Questions.of(KNOWN, ASKED)
    assert found.answerable.tolist() == [True, False, False]
    assert found.spare == 1
    with pytest.raises(DatasetError, match="none of 2 queries shows what one of 3 references shows"):
        Questions.of(KNOWN, ASKED[1:])


def test_photos_that_are_left_out_give_their_place_to_the_next() -> None:
    found = Questions.of(KNOWN, ASKED)
    matches = Matches(np.array([[1, 0, 2], [0, 1, 2], [0, 1, -1]]), np.array([[0.9, 0.8, 0.7]] * 3))
    left = found.left(matches)
    assert left.rows.tolist() == [[0, 2], [0, 1], [1, -1]]
    assert left.scores[0].tolist() == [0.8, 0.7]


def test_votes_are_right_by_any_label_and_never_where_there_is_no_answer() -> None:
    found = Questions.of(KNOWN, ASKED)
    numbers = {name: place for place, name in enumerate(found.instances)}
    votes = Votes(np.array([numbers["b"], numbers["a"], numbers["a"]]), np.ones(3))
    assert found.correct(votes).tolist() == [True, False, False]
    assert not found.correct(Votes(np.full(3, -1), np.full(3, -np.inf))).any()


def test_unknown_queries_are_groups_of_their_own() -> None:
    asked = (*ASKED, entry("u1", None, "distractor"), entry("u2", None, "distractor"), entry("q4", "b", "query"))
    groups = Questions.of(KNOWN, asked).groups
    assert groups[0] == groups[5]
    assert len(set(groups.tolist())) == 5
