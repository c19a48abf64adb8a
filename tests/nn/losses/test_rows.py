"""What losses share: picking rows, and knowing what is the same."""

from __future__ import annotations

import pytest
import torch

from resight.errors import ShapeError
from resight.nn.losses.rows import mean, pick, relations


def test_rows_are_picked_column_by_column() -> None:
    rows = torch.arange(6.0).reshape(3, 2)
    one, other = pick(rows, torch.tensor([[2, 0], [1, 1]]), 2)
    assert one.tolist() == [[4, 5], [2, 3]]
    assert other.tolist() == [[0, 1], [2, 3]]


def test_relations_by_hand() -> None:
    """Nothing pairs with itself; an unknown differs from the known, and of two unknown ones nobody can tell."""
    same, different = relations(torch.zeros(4, 2), torch.tensor([5, 5, -1, -1]))
    assert same.int().tolist() == [[0, 1, 0, 0], [1, 0, 0, 0], [0, 0, 0, 0], [0, 0, 0, 0]]
    assert different.int().tolist() == [[0, 0, 1, 1], [0, 0, 1, 1], [1, 1, 0, 0], [1, 1, 0, 0]]


def test_the_mean_of_none_is_zero() -> None:
    assert mean(torch.tensor([1.0, 4.0])) == 2.5
    assert mean(torch.empty(0)) == 0


def test_odd_shapes_are_refused() -> None:
    with pytest.raises(ShapeError, match="wanted \\(n, d\\)"):
        relations(torch.zeros(4), torch.zeros(4))
    with pytest.raises(ShapeError, match="one per embedding"):
        relations(torch.zeros(4, 2), torch.zeros(4, 1))
