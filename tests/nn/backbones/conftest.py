"""What the tests of backbones share: torchvision's keys of a layer, and layers as formulas on leaves by key."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from resight.nn.networks.architectures import Network, cut

Wanted = Callable[[Any, Tensor], Tensor]


class Formula:
    """Layers as functions of torch on leaves by key."""

    def __init__(self, leaves: dict[str, Tensor]) -> None:
        self.leaves = leaves

    def convolve(self, x: Tensor, key: str, stride: int = 1, padding: int = 0, groups: int = 1) -> Tensor:
        weight, bias = self.leaves[f"{key}.weight"], self.leaves.get(f"{key}.bias")
        return torch.nn.functional.conv2d(x, weight, bias, stride, padding, groups=groups)

    def norm(self, x: Tensor, key: str) -> Tensor:
        mean, variance, scale, shift = (
            self.leaves[f"{key}.{leaf}"].reshape(1, -1, 1, 1)
            for leaf in ("running_mean", "running_var", "weight", "bias")
        )
        return (x - mean) / (variance + 1e-5) ** 0.5 * scale + shift


@pytest.fixture
def norm() -> Callable[[str], list[str]]:
    """``norm(name)``: the keys of a batch norm."""
    leaves = ("weight", "bias", "running_mean", "running_var", "num_batches_tracked")
    return lambda name: [f"{name}.{leaf}" for leaf in leaves]


@pytest.fixture
def biased() -> Callable[..., list[str]]:
    """``biased(*names)``: the keys of layers with a bias."""
    return lambda *names: [f"{name}.{leaf}" for name in names for leaf in ("weight", "bias")]


@pytest.fixture
def assert_formula(numbers: Callable[[Network], Network], rng: np.random.Generator) -> Callable[..., None]:
    """``assert_formula(network, layer, formula)``: cut there, the network computes ``formula(layers, photos)``."""

    def check(network: Network, layer: str, formula: Wanted) -> None:
        part = numbers(cut(network, layer))
        photos = torch.from_numpy(rng.standard_normal((1, 3, 64, 96)))
        with torch.inference_mode():
            found, wanted = part(photos), formula(Formula(part.state_dict()), photos)
        assert found.shape == wanted.shape
        assert found.std() > 0
        np.testing.assert_allclose(found, wanted, rtol=1e-9, atol=1e-9 * float(wanted.abs().max()))

    return check
