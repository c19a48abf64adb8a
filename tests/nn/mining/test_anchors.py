"""Anchors: what is a positive, what a negative, and what is refused."""

from __future__ import annotations

import numpy as np
import pytest

from resight.errors import ShapeError
from resight.nn.mining.anchors import anchors, largest

LABELS = np.array([5, 3, 5, -1, 5, -1])


def test_by_hand() -> None:
    """No anchor is its own positive; an unknown has none, and no unknown among its negatives."""
    similarities = np.arange(36.0).reshape(6, 6)
    found = list(anchors(similarities, LABELS))
    assert [anchor.row for anchor in found] == list(range(6))
    assert [anchor.positives.tolist() for anchor in found] == [[2, 4], [], [0, 4], [], [0, 2], []]
    assert found[0].negatives.tolist() == [1, 3, 5]
    assert found[1].negatives.tolist() == [0, 2, 3, 4, 5]
    assert found[3].negatives.tolist() == found[5].negatives.tolist() == [0, 1, 2, 4]
    np.testing.assert_array_equal(found[2].similarities, similarities[2])


def test_rows_name_the_anchors() -> None:
    similarities = np.zeros((2, 6))
    assert [anchor.positives.tolist() for anchor in anchors(similarities, LABELS, rows=np.array([4, 1]))] == [
        [0, 2],
        [],
    ]


def test_the_largest_come_first_and_of_equals_the_first() -> None:
    values = np.array([1.0, 7.0, 3.0, 7.0, -2.0])
    assert largest(values, 3).tolist() == [1, 3, 2]
    assert largest(values, 9).tolist() == [1, 3, 2, 0, 4]
    assert largest(values[:0], 2).tolist() == []


def test_odd_input_is_refused() -> None:
    with pytest.raises(ShapeError, match=r"similarities have shape \(2, 6\).*wanted \(6, 6\).*name the anchors"):
        anchors(np.zeros((2, 6)), LABELS)
    with pytest.raises(ShapeError, match=r"wanted \(2, 6\)"):
        anchors(np.zeros((2, 5)), LABELS, rows=np.array([0, 1]))
    with pytest.raises(ValueError, match="similarities hold NaN or infinity"):
        anchors(np.full((6, 6), np.nan), LABELS)
