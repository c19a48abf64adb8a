"""The quadruplet loss against a loop, by hand, and beside the triplet loss that it extends."""

from __future__ import annotations

import math
from typing import Any

import pytest
import torch
from torch import Tensor

from resight.nn.losses.quadruplet import quadruplet
from resight.nn.losses.triplet import triplet

QUADRUPLETS = torch.tensor([[0, 1, 2, 7], [3, 1, 6, 7], [2, 4, 1, 5], [6, 2, 0, 7]])


@pytest.mark.parametrize("margins", [(1.0, 0.5), (0.2, 0.1), (3.0, 3.0)])
def test_it_is_the_loop(margins: tuple[float, float], embeddings: Tensor) -> None:
    rows = embeddings.tolist()
    total = 0.0
    for a, p, n, m in QUADRUPLETS.tolist():
        inner = math.dist(rows[a], rows[p]) ** 2
        total += max(0.0, inner - math.dist(rows[a], rows[n]) ** 2 + margins[0])
        total += max(0.0, inner - math.dist(rows[m], rows[n]) ** 2 + margins[1])
    found = quadruplet(embeddings, QUADRUPLETS, margin=margins[0], other_margin=margins[1])
    assert found.item() == pytest.approx(total / 4, rel=1e-10)


def test_by_hand() -> None:
    """On a line at 0, 1, 3 and 4: d² are 1 (a, p), 9 (a, n₁) and 1 (n₂, n₁)."""
    rows = torch.tensor([[0.0], [1.0], [3.0], [4.0]], dtype=torch.float64)
    index = torch.tensor([[0, 1, 2, 3]])
    assert quadruplet(rows, index).item() == pytest.approx(0.5)
    assert quadruplet(rows, index, margin=9.0, other_margin=2.0).item() == pytest.approx(1 + 2)


def test_a_first_margin_alone_is_the_triplet_loss_twice(embeddings: Tensor) -> None:
    found = quadruplet(embeddings, QUADRUPLETS, margin=0.7, other_margin=-10.0)
    assert found.item() == pytest.approx(2 * triplet(embeddings, QUADRUPLETS[:, :3], margin=0.7).item())


def test_gradient(embeddings: Tensor, assert_differentiable: Any) -> None:
    assert_differentiable(lambda rows: quadruplet(rows, QUADRUPLETS), embeddings)


def test_no_quadruplets_cost_nothing(embeddings: Tensor, assert_nothing_to_learn: Any) -> None:
    none = torch.empty((0, 4), dtype=torch.long)
    assert_nothing_to_learn(lambda rows: quadruplet(rows, none), embeddings)
