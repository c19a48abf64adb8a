"""Batch losses: against slow loops from the formulas, by hand, and without a positive."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor

from resight.errors import ShapeError
from resight.nn.losses import BATCH
from resight.nn.losses.batch import multi_similarity, smooth_ap, supervised_contrastive

Table = list[list[float]]


def _similarities(embeddings: Tensor) -> Table:
    rows = embeddings.tolist()
    return [[sum(a * b for a, b in zip(x, y, strict=True)) for y in rows] for x in rows]


def _positives(i: int, labels: list[int]) -> list[int]:
    return [j for j, label in enumerate(labels) if j != i and label == labels[i] != -1]


def _negatives(i: int, labels: list[int]) -> list[int]:
    return [j for j, label in enumerate(labels) if label != labels[i]]


def _multi_similarity(s: Table, labels: list[int], epsilon: float | None) -> float:
    total = 0.0
    for i, row in enumerate(s):
        if labels[i] == -1:
            continue  # an anchor of nothing
        positives, negatives = _positives(i, labels), _negatives(i, labels)
        least = min((row[p] for p in positives), default=math.inf)
        most = max((row[n] for n in negatives), default=-math.inf)
        if epsilon is not None:
            positives = [p for p in positives if row[p] < most + epsilon]
            negatives = [n for n in negatives if row[n] > least - epsilon]
        total += math.log(1 + sum(math.exp(-2 * (row[p] - 1)) for p in positives)) / 2
        total += math.log(1 + sum(math.exp(50 * (row[n] - 1)) for n in negatives)) / 50
    return total / sum(label != -1 for label in labels)


def _supervised_contrastive(s: Table, labels: list[int], temperature: float) -> float:
    costs = []
    for i, row in enumerate(s):
        if positives := _positives(i, labels):
            below = sum(math.exp(row[a] / temperature) for a in range(len(s)) if a != i)
            logs = [math.log(math.exp(row[p] / temperature) / below) for p in positives]
            costs.append(-sum(logs) / len(logs))
    return sum(costs) / len(costs)


def _smooth_ap(s: Table, labels: list[int], step: Callable[[float], float]) -> float:
    precisions = []
    for q, row in enumerate(s):
        positives = _positives(q, labels)
        others = [j for j in range(len(s)) if j != q and j not in positives]
        ranks = []
        for i in positives:
            among = 1 + sum(step(row[j] - row[i]) for j in positives if j != i)
            ranks.append(among / (among + sum(step(row[j] - row[i]) for j in others)))
        if ranks:
            precisions.append(sum(ranks) / len(ranks))
    return 1 - sum(precisions) / len(precisions)


@pytest.mark.parametrize("epsilon", [None, 0.1, 0.5])
def test_multi_similarity_is_the_loop(epsilon: float | None, embeddings: Tensor, labels: Tensor) -> None:
    wanted = _multi_similarity(_similarities(embeddings), labels.tolist(), epsilon)
    assert multi_similarity(embeddings, labels, epsilon=epsilon).item() == pytest.approx(wanted, rel=1e-10)


def test_mining_leaves_pairs_out(embeddings: Tensor, labels: Tensor) -> None:
    found = [multi_similarity(embeddings, labels, epsilon=epsilon).item() for epsilon in (None, 0.1, -3.0)]
    assert found[0] > found[1] > found[2] == 0


@pytest.mark.parametrize("temperature", [0.05, 0.1, 1.0])
def test_supervised_contrastive_is_the_loop(temperature: float, embeddings: Tensor, labels: Tensor) -> None:
    wanted = _supervised_contrastive(_similarities(embeddings), labels.tolist(), temperature)
    found = supervised_contrastive(embeddings, labels, temperature=temperature)
    assert found.item() == pytest.approx(wanted, rel=1e-10)


@pytest.mark.parametrize("temperature", [0.01, 0.1, 1.0])
def test_smooth_ap_is_the_loop(temperature: float, embeddings: Tensor, labels: Tensor) -> None:
    wanted = _smooth_ap(_similarities(embeddings), labels.tolist(), lambda gap: 1 / (1 + math.exp(-gap / temperature)))
    assert smooth_ap(embeddings, labels, temperature=temperature).item() == pytest.approx(wanted, rel=1e-10)


def test_a_cold_smooth_ap_is_the_average_precision(embeddings: Tensor, labels: Tensor) -> None:
    wanted = _smooth_ap(_similarities(embeddings), labels.tolist(), lambda gap: float(gap > 0))
    assert 0 < wanted < 1
    assert smooth_ap(embeddings, labels, temperature=1e-6).item() == pytest.approx(wanted, abs=1e-9)


def test_by_hand() -> None:
    """Three rows a quarter turn apart, a pair and a third: all similarities are 0, but for the opposite pair's −1."""
    rows = torch.tensor([[1.0, 0.0], [0.0, 1.0], [-1.0, 0.0]], dtype=torch.float64)
    labels = torch.tensor([0, 0, 1])
    positive, negatives = math.log(1 + math.exp(2)) / 2, [math.log(1 + math.exp(50 * (s - 1))) / 50 for s in (-1, 0)]
    third = math.log(1 + math.exp(-100) + math.exp(-50)) / 50
    wanted = (2 * positive + sum(negatives) + third) / 3
    assert multi_similarity(rows, labels, epsilon=None).item() == pytest.approx(wanted)
    contrastive = (math.log(1 + math.exp(-1)) + math.log(2)) / 2
    assert supervised_contrastive(rows, labels, temperature=1.0).item() == pytest.approx(contrastive)
    sigmoid = 1 / (1 + math.e)
    assert smooth_ap(rows, labels, temperature=1.0).item() == pytest.approx(1 - (1 / (1 + sigmoid) + 1 / (1 + 0.5)) / 2)


@pytest.mark.parametrize("name", BATCH)
def test_gradients(name: str, embeddings: Tensor, labels: Tensor, assert_differentiable: Any) -> None:
    options = {"temperature": 0.5} if name == "smooth-ap" else {}
    assert_differentiable(lambda rows: BATCH[name](rows, labels, **options), embeddings)


def test_what_is_unknown_is_an_anchor_of_nothing() -> None:
    """By hand: two alike and an unknown thing at right angles, the mean is of the two alone."""
    rows = torch.tensor([[1.0, 0.0], [1.0, 0.0], [0.0, 1.0]], dtype=torch.float64)
    labels = torch.tensor([3, 3, -1])
    wanted = math.log(2) / 2 + math.log(1 + math.exp(-50)) / 50
    assert multi_similarity(rows, labels, epsilon=None).item() == pytest.approx(wanted, rel=1e-12)


@pytest.mark.parametrize("name", BATCH)
@pytest.mark.parametrize("labels", [list(range(8)), [-1] * 8, [-1, 3, -1, -1, -1, -1, -1, -1]])
def test_a_batch_without_a_positive_costs_nothing(
    name: str, labels: list[int], embeddings: Tensor, assert_nothing_to_learn: Any
) -> None:
    """Two unknown things are no positives of each other."""
    assert_nothing_to_learn(lambda rows: BATCH[name](rows, torch.tensor(labels)), embeddings)


@pytest.mark.parametrize("name", BATCH)
@pytest.mark.parametrize("count", [0, 1])
def test_a_batch_of_nearly_nothing_costs_nothing(
    name: str, count: int, embeddings: Tensor, labels: Tensor, assert_nothing_to_learn: Any
) -> None:
    assert_nothing_to_learn(lambda rows: BATCH[name](rows, labels[:count]), embeddings[:count])


@pytest.mark.parametrize("name", BATCH)
def test_one_instance_alone_has_a_finite_gradient(name: str, embeddings: Tensor) -> None:
    leaf = embeddings.float().requires_grad_()
    value = BATCH[name](leaf, torch.zeros(8, dtype=torch.long))
    value.backward()
    assert leaf.grad is not None
    assert torch.isfinite(leaf.grad).all()
    assert torch.isfinite(value)


@pytest.mark.parametrize("name", BATCH)
def test_order_does_not_matter(name: str, embeddings: Tensor, labels: Tensor) -> None:
    order = torch.tensor([5, 2, 7, 0, 1, 6, 4, 3])
    found = BATCH[name](embeddings[order], labels[order])
    assert found.item() == pytest.approx(BATCH[name](embeddings, labels).item(), rel=1e-12)


def test_odd_shapes_are_refused(embeddings: Tensor, labels: Tensor) -> None:
    with pytest.raises(ShapeError, match=r"labels have shape \(7,\); wanted \(8,\)"):
        smooth_ap(embeddings, labels[1:])
