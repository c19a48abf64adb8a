"""Pairs of findings and things against every assignment, and F1 by counting."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import pytest
from systems.finding import list_f1, mean_overlap, paired

from resight.errors import ShapeError


def test_a_thing_is_found_once() -> None:
    same = np.array([[True, False], [True, False], [False, True]])
    overlaps = np.array([[0.4, 0.9], [0.7, 0.0], [0.2, 0.3]])
    np.testing.assert_array_equal(paired(same, overlaps), [(1, 0), (2, 1)])
    np.testing.assert_array_equal(paired(same, overlaps, least=0.5), [(1, 0)])


def test_copies_go_to_the_copies_that_they_overlap() -> None:
    np.testing.assert_array_equal(paired(np.ones((2, 2), bool), np.array([[0.1, 0.8], [0.7, 0.2]])), [(0, 1), (1, 0)])


def test_of_names_alone_as_many_are_right_as_can_be(rng: np.random.Generator) -> None:
    """Without outlines, the lists' common names, each as often as both have it."""
    for _ in range(30):
        found, there = rng.integers(0, 3, rng.integers(0, 5)), rng.integers(0, 3, rng.integers(0, 5))
        same = found[:, None] == there[None, :]
        longer, shorter = (same, same.T) if len(found) >= len(there) else (same.T, same)
        most = max(
            sum(bool(longer[row, column]) for column, row in enumerate(order))
            for order in permutations(range(len(longer)), len(shorter))
        )
        assert len(paired(same, np.zeros(same.shape))) == most


def test_pairs_keep_the_largest_overlaps_first(rng: np.random.Generator) -> None:
    for _ in range(20):
        same, overlaps = rng.random((4, 5)) < 0.6, rng.random((4, 5))
        pairs = paired(same, overlaps, least=0.2)
        assert len(set(pairs[:, 0])) == len(set(pairs[:, 1])) == len(pairs)
        taken = [set(axis.tolist()) for axis in pairs.T]
        for f, t in zip(*np.nonzero(same & (overlaps >= 0.2)), strict=True):
            assert f in taken[0] or t in taken[1]


def test_f1_is_that_of_precision_and_recall(rng: np.random.Generator) -> None:
    found, there = rng.integers(0, 5, 30), rng.integers(0, 5, 30)
    right = rng.integers(0, np.minimum(found, there) + 1)
    precision, recall = right.sum() / found.sum(), right.sum() / there.sum()
    assert list_f1(right, found, there) == pytest.approx(2 / (1 / precision + 1 / recall))


def test_ends_of_f1() -> None:
    two = np.array([2, 0, 1])
    assert list_f1(two, two, two) == 1
    assert list_f1(np.zeros(3, int), two, two) == 0
    with pytest.raises(ValueError, match="nothing was found and nothing is there"):
        list_f1(np.zeros(3, int), np.zeros(3, int), np.zeros(3, int))
    with pytest.raises(ValueError, match="more is right than was found or is there"):
        list_f1(two, np.array([1, 1, 1]), two)


def test_the_mean_overlap_is_over_findings_and_not_over_photos() -> None:
    assert mean_overlap(np.array([1.5, 0.0, 0.9]), np.array([2, 0, 1])) == pytest.approx(0.8)
    with pytest.raises(ValueError, match="nothing was found rightly"):
        mean_overlap(np.zeros(2), np.zeros(2, int))


def test_other_shapes_are_refused() -> None:
    with pytest.raises(ShapeError, match=r"wanted \(f, t\) twice"):
        paired(np.ones((2, 3), bool), np.zeros((3, 2)))
    with pytest.raises(ShapeError, match=r"wanted \(q,\) thrice"):
        list_f1(np.zeros(2), np.zeros(3), np.zeros(2))
    with pytest.raises(ShapeError, match=r"wanted \(q,\) twice"):
        mean_overlap(np.zeros(2), np.zeros(3))
