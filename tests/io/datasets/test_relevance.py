"""What is right and what is left out, by hand."""

from __future__ import annotations

from pathlib import Path

from resight.io.datasets.entries import Entry
from resight.io.datasets.relevance import ignored, relevant

QUERIES = (
    Entry("q1", Path("q1"), ("a",), split="query", ignore=("r2", "elsewhere")),
    Entry("q2", Path("q2"), ("b", "c"), split="query"),
    Entry("wall", Path("wall"), (), split="distractor"),
)


def test_one_label_in_common_is_right_and_none_is_wrong() -> None:
    found = relevant([("a",), ("a", "c"), (), ("d",)], QUERIES)
    assert found.tolist() == [[True, True, False, False], [False, True, False, False], [False] * 4]


def test_only_the_named_are_left_out() -> None:
    assert ignored(["r1", "r2"], QUERIES).tolist() == [[False, True], [False, False], [False, False]]


def test_without_queries_or_known_photos_there_are_no_rows_or_columns() -> None:
    assert (relevant([], QUERIES).shape, ignored([], QUERIES).shape) == ((3, 0), (3, 0))
    assert (relevant([("a",)], ()).shape, ignored(["r1"], ()).shape) == ((0, 1), (0, 1))
