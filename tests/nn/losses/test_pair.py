"""Pair losses: against loops from the formulas, by hand, and where there is nothing to learn."""

from __future__ import annotations

import math
from typing import Any

import pytest
import torch
from torch import Tensor

from resight.errors import ShapeError
from resight.nn.losses import PAIR
from resight.nn.losses.pair import contrastive, cosine

PAIRS = torch.tensor([[0, 1], [2, 3], [5, 4], [1, 6], [7, 0], [1, 0]])
SAME = torch.tensor([True, False, False, True, False, True])


def _cosine(x: list[float], y: list[float]) -> float:
    return sum(a * b for a, b in zip(x, y, strict=True)) / (math.hypot(*x) * math.hypot(*y))


@pytest.mark.parametrize("margin", [0.0, -0.5, 0.3])
def test_cosine_is_equation_3(margin: float, embeddings: Tensor) -> None:
    rows = (embeddings * torch.arange(1, 9)[:, None]).tolist()  # of different lengths, which do not matter
    costs = []
    for (i, j), same in zip(PAIRS.tolist(), SAME.tolist(), strict=True):
        near = _cosine(rows[i], rows[j])
        costs.append(1 - near if same else max(0.0, near - margin))
    assert sum(costs) > 0
    found = cosine(torch.tensor(rows, dtype=torch.float64), PAIRS, SAME, margin=margin)
    assert found.item() == pytest.approx(sum(costs) / 6, rel=1e-10)


@pytest.mark.parametrize("margin", [0.5, 1.0, 2.0])
def test_contrastive_is_hadsells_equation_4(margin: float, embeddings: Tensor) -> None:
    rows = embeddings.tolist()
    costs = []
    for (i, j), same in zip(PAIRS.tolist(), SAME.tolist(), strict=True):
        far = math.dist(rows[i], rows[j])
        costs.append(far**2 / 2 if same else max(0.0, margin - far) ** 2 / 2)
    assert contrastive(embeddings, PAIRS, SAME, margin=margin).item() == pytest.approx(sum(costs) / 6, rel=1e-10)


def test_by_hand() -> None:
    """Rows (1, 0), (0, 1), (3, 4): cosines 0, 0.6, 0.8; distances √2, √20, √18."""
    rows = torch.tensor([[1.0, 0.0], [0.0, 1.0], [3.0, 4.0]], dtype=torch.float64)
    pairs = torch.tensor([[0, 1], [0, 2], [1, 2]])
    same = torch.tensor([True, False, False])
    assert cosine(rows, pairs, same).item() == pytest.approx((1 + 0.6 + 0.8) / 3)
    assert cosine(rows, pairs, same, margin=0.7).item() == pytest.approx((1 + 0 + 0.1) / 3)
    wanted = (1 + (5 - 20**0.5) ** 2 / 2 + (5 - 18**0.5) ** 2 / 2) / 3
    assert contrastive(rows, pairs, same, margin=5.0).item() == pytest.approx(wanted)


@pytest.mark.parametrize("name", PAIR)
def test_gradients(name: str, embeddings: Tensor, assert_differentiable: Any) -> None:
    assert_differentiable(lambda rows: PAIR[name](rows, PAIRS, SAME, margin=0.9), embeddings)


@pytest.mark.parametrize("name", PAIR)
def test_no_pairs_cost_nothing(name: str, embeddings: Tensor, assert_nothing_to_learn: Any) -> None:
    none = torch.empty((0, 2), dtype=torch.long), torch.empty(0, dtype=torch.bool)
    assert_nothing_to_learn(lambda rows: PAIR[name](rows, *none), embeddings)


@pytest.mark.parametrize("name", PAIR)
@pytest.mark.parametrize("rows", [torch.ones(2, 3), torch.zeros(2, 3)])
def test_equal_rows_have_a_finite_gradient(name: str, rows: Tensor) -> None:
    leaf = rows.clone().requires_grad_()
    PAIR[name](leaf, torch.tensor([[0, 1], [0, 1]]), torch.tensor([True, False])).backward()
    assert leaf.grad is not None
    assert torch.isfinite(leaf.grad).all()


def test_odd_shapes_are_refused(embeddings: Tensor) -> None:
    with pytest.raises(ShapeError, match=r"indices have shape \(6, 3\); wanted \(t, 2\)"):
        cosine(embeddings, PAIRS[:, [0, 1, 1]], SAME)
    with pytest.raises(ShapeError, match=r"same is torch\.int64 \(6,\); wanted bool \(6,\)"):
        contrastive(embeddings, PAIRS, SAME.long())
    with pytest.raises(ShapeError, match=r"embeddings have shape \(5,\)"):
        cosine(embeddings[0], PAIRS, SAME)


@pytest.mark.parametrize("row", [-1, 8])
def test_a_row_beyond_the_batch_is_refused(row: int, embeddings: Tensor) -> None:
    with pytest.raises(IndexError, match=r"indices span .* but there are 8 embeddings"):
        cosine(embeddings, torch.tensor([[0, row]]), SAME[:1])
