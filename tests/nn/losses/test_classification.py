"""Classification losses: against loops from the formulas, by hand, with unknown things and at the edges."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from resight.errors import ShapeError
from resight.nn.losses.classification import arcface, cross_entropy, hinge, sub_regions

LABELS = torch.tensor([2, 0, 1, 1, 2, -1, 0, 2])


@pytest.fixture
def logits(rng: np.random.Generator) -> Tensor:
    return torch.from_numpy(3 * rng.standard_normal((8, 3)))


@pytest.fixture
def prototypes(rng: np.random.Generator) -> Tensor:
    """One per class ``(3, 5)``, of lengths other than 1."""
    return torch.from_numpy(rng.standard_normal((3, 5)) * 4)


def _softmax(row: list[float]) -> list[float]:
    powers = [math.exp(x - max(row)) for x in row]
    return [power / sum(powers) for power in powers]


def _known(rows: list[list[float]]) -> list[tuple[list[float], int]]:
    return [(row, label) for row, label in zip(rows, LABELS.tolist(), strict=True) if label >= 0]


def test_cross_entropy_is_the_loop_over_the_known(logits: Tensor) -> None:
    costs = [-math.log(_softmax(row)[y]) for row, y in _known(logits.tolist())]
    assert len(costs) == 7
    assert cross_entropy(logits, LABELS).item() == pytest.approx(sum(costs) / 7, rel=1e-10)


def test_smoothing_spreads_a_share_of_the_target(logits: Tensor) -> None:
    costs = []
    for row, y in _known(logits.tolist()):
        logs = [math.log(p) for p in _softmax(row)]
        costs.append(-0.9 * logs[y] - 0.1 * sum(logs) / 3)
    assert cross_entropy(logits, LABELS, smoothing=0.1).item() == pytest.approx(sum(costs) / 7, rel=1e-10)


def test_hinge_is_equation_3_5(logits: Tensor) -> None:
    costs = [max(0.0, 1 - _softmax(row)[y]) for row, y in _known(logits.tolist())]
    assert hinge(logits, LABELS).item() == pytest.approx(sum(costs) / 7, rel=1e-10)


def test_by_hand() -> None:
    """Odds of 3 : 1 are probabilities ¾ and ¼."""
    logits = torch.tensor([[math.log(3), 0.0], [math.log(3), 0.0]], dtype=torch.float64)
    assert cross_entropy(logits, torch.tensor([0, 1])).item() == pytest.approx((math.log(4 / 3) + math.log(4)) / 2)
    assert hinge(logits, torch.tensor([0, 1])).item() == pytest.approx((0.25 + 0.75) / 2)


def test_sub_regions_are_the_loop(rng: np.random.Generator) -> None:
    """Every region of a known photo pays; two scales of other sizes count the same."""
    scales = [torch.from_numpy(rng.standard_normal((8, 3, *size))) for size in ((2, 3), (1, 1))]
    means = []
    for scores in scales:
        costs = [
            -math.log(_softmax(scores[n, :, i, j].tolist())[y])
            for n, y in enumerate(LABELS.tolist())
            for i, j in np.ndindex(*scores.shape[2:])
            if y >= 0
        ]
        means.append(sum(costs) / len(costs))
    assert sub_regions(scales, LABELS).item() == pytest.approx(sum(means) / 2, rel=1e-10)


def test_one_region_is_the_classifier(logits: Tensor) -> None:
    found = sub_regions([logits[..., None, None]], LABELS, smoothing=0.1)
    assert found.item() == pytest.approx(cross_entropy(logits, LABELS, smoothing=0.1).item(), rel=1e-12)


def _arcface(rows: list[list[float]], classes: list[list[float]], scale: float, margin: float) -> float:
    costs = []
    for row, y in _known(rows):
        angles = []
        for prototype in classes:
            cosine = sum(a * b for a, b in zip(row, prototype, strict=True))
            angles.append(math.acos(cosine / math.hypot(*row) / math.hypot(*prototype)))
        scores = [scale * math.cos(angle) for angle in angles]
        beyond = angles[y] + margin > math.pi
        scores[y] = scale * (
            math.cos(angles[y]) - margin * math.sin(margin) if beyond else math.cos(angles[y] + margin)
        )
        costs.append(-math.log(_softmax(scores)[y]))
    return sum(costs) / len(costs)


@pytest.mark.parametrize(("scale", "margin"), [(64.0, 0.5), (8.0, 0.3), (1.0, 0.0), (4.0, 2.0)])
def test_arcface_is_equation_3(scale: float, margin: float, embeddings: Tensor, prototypes: Tensor) -> None:
    """With the margin 2 some angles lie beyond π − m."""
    found = arcface(2 * embeddings, LABELS, prototypes, scale=scale, margin=margin)
    assert found.item() == pytest.approx(_arcface(embeddings.tolist(), prototypes.tolist(), scale, margin), rel=1e-9)


def test_arcface_without_a_margin_is_cross_entropy_of_cosines(embeddings: Tensor, prototypes: Tensor) -> None:
    cosines = embeddings @ (prototypes / prototypes.norm(dim=1, keepdim=True)).T
    found = arcface(embeddings, LABELS, prototypes, scale=5.0, margin=0.0)
    assert found.item() == pytest.approx(cross_entropy(5 * cosines, LABELS).item(), rel=1e-12)


def test_arcface_by_hand() -> None:
    """30° from its prototype, 60° from the other, a margin of 30°: cos 60° = ½ against cos 60° = ½."""
    row = torch.tensor([[math.cos(math.pi / 6), math.sin(math.pi / 6)]], dtype=torch.float64)
    found = arcface(row, torch.tensor([0]), torch.eye(2, dtype=torch.float64), scale=10.0, margin=math.pi / 6)
    assert found.item() == pytest.approx(math.log(2))


def test_gradients(logits: Tensor, embeddings: Tensor, prototypes: Tensor, assert_differentiable: Any) -> None:
    assert_differentiable(lambda rows: cross_entropy(rows, LABELS, smoothing=0.1), logits)
    assert_differentiable(lambda rows: hinge(rows, LABELS), logits)
    assert_differentiable(lambda rows: sub_regions([rows.reshape(4, 3, 2, 1)], LABELS[:4]), logits)
    for margin in (0.5, 2.0):
        assert_differentiable(lambda rows, m=margin: arcface(rows, LABELS, prototypes, scale=4, margin=m), embeddings)
        assert_differentiable(lambda rows, m=margin: arcface(embeddings, LABELS, rows, scale=4, margin=m), prototypes)


@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_arcface_on_its_prototype_or_opposite_has_a_finite_gradient(sign: float) -> None:
    leaf = (sign * torch.eye(2)).requires_grad_()
    arcface(leaf, torch.tensor([0, 1]), torch.eye(2)).backward()
    assert leaf.grad is not None
    assert torch.isfinite(leaf.grad).all()


def test_unknown_things_alone_cost_nothing(
    logits: Tensor, embeddings: Tensor, prototypes: Tensor, assert_nothing_to_learn: Any
) -> None:
    unknown = torch.full((8,), -1)
    assert_nothing_to_learn(lambda rows: cross_entropy(rows, unknown), logits)
    assert_nothing_to_learn(lambda rows: hinge(rows, unknown), logits)
    assert_nothing_to_learn(lambda rows: sub_regions([rows.reshape(4, 3, 2, 1)], unknown[:4]), logits)
    assert_nothing_to_learn(lambda rows: arcface(rows, unknown, prototypes), embeddings)


@pytest.mark.parametrize("label", [3, -2])
def test_a_label_without_a_class_is_refused(label: int, logits: Tensor) -> None:
    with pytest.raises(ValueError, match=r"labels span .* but there are 3 classes"):
        hinge(logits[:2], torch.tensor([0, label]))


def test_odd_shapes_are_refused(logits: Tensor) -> None:
    with pytest.raises(ShapeError, match=r"scores have shape \(8, 3, 1\); wanted \(n, k\)"):
        cross_entropy(logits[..., None], LABELS)
    with pytest.raises(ShapeError, match=r"labels have shape \(7,\); wanted \(8,\)"):
        cross_entropy(logits, LABELS[1:])
    for scales in ([], [logits]):
        with pytest.raises(ShapeError, match=r"wanted \(n, k, h, w\) for one scale or more"):
            sub_regions(scales, LABELS)
