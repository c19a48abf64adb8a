"""Full precision under autocast: losses and heads give what they give without."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import torch
from torch import Tensor

from resight.nn.losses import LOSSES
from resight.nn.networks.heads import GeM, ProjectionHead
from resight.nn.networks.precision import full_precision

LABELS = torch.tensor([0, 0, 1, 1])
ARGUMENTS: dict[str, Callable[[Tensor], tuple[object, ...]]] = {
    **dict.fromkeys(("cross-entropy", "hinge"), lambda rows: (rows, LABELS)),
    "sub-regions": lambda rows: ([rows.reshape(4, 4, 2, 2)], LABELS),
    "arcface": lambda rows: (rows, LABELS, torch.eye(2, 16)),
    **dict.fromkeys(("cosine", "contrastive"), lambda rows: (rows, torch.tensor([[0, 1], [1, 2]]), LABELS[1:3] > 0)),
    **dict.fromkeys(("triplet", "triplet-cosine"), lambda rows: (rows, torch.tensor([[0, 1, 2], [2, 3, 1]]))),
    "quadruplet": lambda rows: (rows, torch.tensor([[0, 1, 2, 3]])),
    **dict.fromkeys(("multi-similarity", "supervised-contrastive", "smooth-ap"), lambda rows: (rows, LABELS)),
}


@pytest.fixture
def rows(rng: np.random.Generator) -> Tensor:
    """Four rows ``(4, 16)`` of length 1, float32, that are near each other."""
    drawn = torch.from_numpy(1 + rng.standard_normal((4, 16), dtype=np.float32) / 4)
    return drawn / drawn.norm(dim=1, keepdim=True)


@pytest.mark.parametrize("name", LOSSES)
def test_autocast_changes_no_loss(name: str, rows: Tensor) -> None:
    wanted = LOSSES[name](*ARGUMENTS[name](rows))
    with torch.autocast("cpu", torch.bfloat16):
        found = LOSSES[name](*ARGUMENTS[name](rows))
    assert found.dtype == torch.float32
    assert torch.equal(found, wanted)


@pytest.mark.parametrize("name", LOSSES)
def test_half_precision_is_widened_before_the_formula(name: str, rows: Tensor) -> None:
    half = rows.bfloat16()
    found, wanted = (LOSSES[name](*ARGUMENTS[name](each)) for each in (half, half.float()))
    assert found.dtype == torch.float32
    assert torch.equal(found, wanted)


def test_heads_are_in_full_precision(rows: Tensor, rng: np.random.Generator) -> None:
    head, gem = ProjectionHead.drawn(16, 4, rng=rng), GeM()
    with torch.autocast("cpu", torch.bfloat16):
        described, pooled = head(rows.bfloat16()), gem(rows.bfloat16().reshape(4, 4, 2, 2))
    assert torch.equal(described, head(rows.bfloat16().float()))
    assert torch.equal(pooled, gem(rows.bfloat16().float().reshape(4, 4, 2, 2)))


def test_a_product_without_it_is_spoilt(rows: Tensor) -> None:
    """So that the tests above are known to be able to fail."""

    def product(x: Tensor) -> Tensor:
        return x @ x.T

    with torch.autocast("cpu", torch.bfloat16):
        assert product(rows).dtype == torch.bfloat16
        assert full_precision(product)(x=rows).dtype == torch.float32


def test_float64_and_gradients_pass() -> None:
    leaf = torch.ones(2, 2, dtype=torch.bfloat16, requires_grad=True)
    full_precision(lambda x: (x * 3).sum())(leaf).backward()
    assert leaf.grad is not None
    assert (leaf.grad == 3).all()
    assert full_precision(lambda x: x * 2)(torch.ones(2, dtype=torch.float64)).dtype == torch.float64
