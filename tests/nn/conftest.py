"""What the tests of networks share: numbers for a network that was laid out without any."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import torch

from resight.nn.backbones.initialisation import initialise, materialise
from resight.nn.networks.architectures import Network


@pytest.fixture
def numbers(rng: np.random.Generator) -> Callable[[Network], Network]:
    """``numbers(network)``: drawn weights in float64, and norms and biases that do something."""

    def fill(network: Network) -> Network:
        materialise(network)
        initialise(network, rng)
        for name, leaf in network.state_dict().items():
            if "running" in name or (leaf.ndim == 1 and name.endswith(("weight", "bias"))):
                leaf.copy_(torch.from_numpy(rng.uniform(0.5, 1.5, tuple(leaf.shape))))
        return network.double()

    return fill
