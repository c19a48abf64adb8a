"""What the tests of losses share: embeddings in float64, and the checks that every loss must pass."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import torch
from torch import Tensor

Of = Callable[[Tensor], Tensor]


@pytest.fixture
def embeddings(rng: np.random.Generator) -> Tensor:
    """Eight rows ``(8, 5)`` of length 1, in float64."""
    rows = rng.standard_normal((8, 5))
    return torch.from_numpy(rows / np.linalg.norm(rows, axis=1, keepdims=True))


@pytest.fixture
def labels() -> Tensor:
    """Two instances with three photos each, one with one photo, and an unknown."""
    return torch.tensor([4, 4, 7, 4, 7, -1, 7, 2])


@pytest.fixture
def assert_differentiable() -> Callable[[Of, Tensor], None]:
    """``assert_differentiable(loss, embeddings)``: the gradient is that of finite differences, and is not zero."""

    def check(loss: Of, embeddings: Tensor) -> None:
        leaf = embeddings.clone().requires_grad_()
        assert torch.autograd.gradcheck(loss, (leaf,))
        (gradient,) = torch.autograd.grad(loss(leaf), leaf)
        assert gradient.abs().sum() > 1e-3

    return check


@pytest.fixture
def assert_nothing_to_learn() -> Callable[[Of, Tensor], None]:
    """``assert_nothing_to_learn(loss, embeddings)``: zero, with a gradient of zeros rather than none or NaN."""

    def check(loss: Of, embeddings: Tensor) -> None:
        leaf = embeddings.clone().requires_grad_()
        value = loss(leaf)
        assert value.shape == ()
        assert value.item() == 0
        value.backward()
        assert leaf.grad is not None
        assert (leaf.grad == 0).all()

    return check
