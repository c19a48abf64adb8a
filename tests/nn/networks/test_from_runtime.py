"""Weights out of a runtime that has folded the norms away."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn

from resight.errors import ModelError
from resight.nn.networks.from_runtime import unfold


def _network() -> nn.Sequential:
    torch.manual_seed(0)
    network = nn.Sequential(nn.Conv2d(3, 4, 3, bias=False), nn.BatchNorm2d(4), nn.ReLU())
    network.append(nn.Conv2d(4, 4, 1, bias=False)).append(nn.BatchNorm2d(4))
    for norm in (network[1], network[4]):
        for leaf in (norm.weight, norm.bias, norm.running_mean):
            leaf.data.normal_()
        norm.running_var.uniform_(0.5, 2)
    return network.eval()


def _folded(network: nn.Sequential) -> list[tuple[np.ndarray, np.ndarray]]:
    """W γ / √(σ² + ε) and β − µ γ / √(σ² + ε), in float64."""
    found = []
    for conv, norm in ((network[0], network[1]), (network[3], network[4])):
        gain = norm.weight.detach().double() / (norm.running_var.double() + norm.eps).sqrt()
        kernel = conv.weight.detach().double() * gain[:, None, None, None]
        bias = norm.bias.detach().double() - norm.running_mean.double() * gain
        found.append((kernel.float().numpy(), bias.float().numpy()))
    return found


@pytest.mark.parametrize("turned", [False, True])
def test_an_unfolded_network_computes_the_same(turned: bool) -> None:
    """Convolutions of different shapes may come in any order."""
    network, other = _network(), _network()
    folded = _folded(network)
    for leaf in other.parameters():
        leaf.data.zero_()
    unfold(other, folded[::-1] if turned else folded)
    photo = torch.rand(2, 3, 9, 9)
    with torch.no_grad():
        assert torch.allclose(other(photo), network(photo), atol=1e-5)


def test_other_shapes_are_refused() -> None:
    with pytest.raises(ModelError, match="the runtime has 1 convolutions and the network 2"):
        unfold(_network(), _folded(_network())[:1])


def test_a_network_without_norms_is_refused() -> None:
    with pytest.raises(ModelError, match="not made of convolutions with a norm"):
        unfold(nn.Sequential(nn.Conv2d(3, 4, 3), nn.ReLU()), [])
