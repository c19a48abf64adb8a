"""Triplet losses: against loops from both formulas of Kohl 2017, which are one on unit rows."""

from __future__ import annotations

import math
from typing import Any

import pytest
import torch
from torch import Tensor

from resight.nn.losses import TUPLE
from resight.nn.losses.triplet import triplet, triplet_cosine

TRIPLETS = torch.tensor([[0, 1, 2], [3, 1, 6], [5, 4, 7], [2, 4, 1], [0, 3, 2]])
NAMES = ("triplet", "triplet-cosine")


@pytest.mark.parametrize("margin", [0.0, 0.4, 3.0])
def test_it_is_equation_4(margin: float, embeddings: Tensor) -> None:
    rows = (3 * embeddings).tolist()
    costs = [
        max(0.0, math.dist(rows[a], rows[p]) ** 2 - math.dist(rows[a], rows[n]) ** 2 + margin) / 2
        for a, p, n in TRIPLETS.tolist()
    ]
    found = triplet(3 * embeddings, TRIPLETS, margin=margin)
    assert found.item() == pytest.approx(sum(costs) / 5, rel=1e-10)


@pytest.mark.parametrize("margin", [0.0, 0.2, 3.0])
def test_the_cosine_form_is_its_formula(margin: float, embeddings: Tensor) -> None:
    rows = embeddings.tolist()
    costs = []
    for a, p, n in TRIPLETS.tolist():
        to_negative = sum(x * y for x, y in zip(rows[a], rows[n], strict=True))
        to_positive = sum(x * y for x, y in zip(rows[a], rows[p], strict=True))
        costs.append(max(0.0, to_negative - to_positive + margin))
    found = triplet_cosine(embeddings, TRIPLETS, margin=margin)
    assert found.item() == pytest.approx(sum(costs) / 5, rel=1e-10)


@pytest.mark.parametrize("margin", [0.0, 0.1, 0.2, 1.0])
def test_both_forms_are_one_on_unit_rows(margin: float, embeddings: Tensor) -> None:
    one, other = triplet(embeddings, TRIPLETS, margin=2 * margin), triplet_cosine(embeddings, TRIPLETS, margin=margin)
    assert one.item() == pytest.approx(other.item(), rel=1e-12)
    assert one.item() > 0


def test_their_own_margins_are_one(embeddings: Tensor) -> None:
    assert triplet(embeddings, TRIPLETS).item() == pytest.approx(triplet_cosine(embeddings, TRIPLETS).item())


def test_by_hand() -> None:
    """With a = (1, 0), p = (0.6, 0.8), n = (0, 1): a · p = 0.6, a · n = 0; ‖a − p‖² = 0.8, ‖a − n‖² = 2."""
    rows = torch.tensor([[1.0, 0.0], [0.6, 0.8], [0.0, 1.0]], dtype=torch.float64)
    index = torch.tensor([[0, 1, 2], [0, 2, 1]])
    assert triplet_cosine(rows, index, margin=0.2).item() == pytest.approx((0 + 0.8) / 2)
    assert triplet(rows, index, margin=0.4).item() == pytest.approx((0 + (2 - 0.8 + 0.4) / 2) / 2)


@pytest.mark.parametrize("name", NAMES)
def test_gradients(name: str, embeddings: Tensor, assert_differentiable: Any) -> None:
    assert_differentiable(lambda rows: TUPLE[name](rows, TRIPLETS), embeddings)


@pytest.mark.parametrize("name", NAMES)
def test_nothing_to_learn(name: str, embeddings: Tensor, assert_nothing_to_learn: Any) -> None:
    none = torch.empty((0, 3), dtype=torch.long)
    assert_nothing_to_learn(lambda rows: TUPLE[name](rows, none), embeddings)
    easy = torch.tensor([[0, 0, 1]])  # a row is nearest to itself
    assert_nothing_to_learn(lambda rows: TUPLE[name](rows, easy, margin=0.0), embeddings)
