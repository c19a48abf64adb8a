from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn

from resight.errors import ModelError
from resight.explain.classifiers.activation_maximisation import maximised
from resight.nn.backbones.initialisation import initialise
from resight.nn.backbones.lenet import lenet


@pytest.fixture
def network(rng: np.random.Generator) -> nn.Sequential:
    network = nn.Sequential(nn.Conv2d(3, 8, 5, stride=2), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten())
    network.append(nn.Linear(8, 3))
    initialise(network, rng)
    return network.eval()


def test_what_is_found_is_seen_better_than_noise_as_strong(network: nn.Sequential) -> None:
    generator = torch.Generator().manual_seed(0)
    found = maximised(network, 1, side=24, generator=generator, steps=40)
    noise = found.std() * torch.randn(200, 3, 24, 24, generator=generator)
    with torch.inference_mode():
        assert network(found[None])[0, 1] > network(noise)[:, 1].max() + 3 * network(noise)[:, 1].std()


def test_equal_seeds_find_equal_pictures(network: nn.Sequential) -> None:
    pictures = [
        maximised(network, 0, side=12, generator=torch.Generator().manual_seed(seed), steps=5) for seed in (3, 3, 4)
    ]
    assert torch.equal(pictures[0], pictures[1])
    assert not torch.equal(pictures[0], pictures[2])
    assert all(leaf.grad is None for leaf in network.parameters())


def test_a_linear_score_is_maximised_by_its_weights() -> None:
    """Ascent on ``w · x`` leads along ``w``."""
    network = nn.Sequential(nn.Flatten(), nn.Linear(3 * 8 * 8, 1, bias=False))
    initialise(network, np.random.default_rng(0))
    found = maximised(network, 0, side=8, generator=torch.Generator().manual_seed(0), steps=60, jitter=0)
    cosine = torch.cosine_similarity(found.ravel(), network[1].weight[0], dim=0)
    assert cosine > 0.99


def test_a_class_that_does_not_exist_is_told(network: nn.Sequential) -> None:
    with pytest.raises(ModelError, match="class 3 does not exist"):
        maximised(network, 3, side=12, generator=torch.Generator())


def test_a_network_of_greys_sees_a_grey_picture() -> None:
    network, generator = lenet(), torch.Generator().manual_seed(0)
    found = maximised(network, 7, side=28, channels=1, generator=generator, steps=30)
    assert found.shape == (1, 28, 28)
    noise = found.std() * torch.randn(200, 1, 28, 28, generator=generator)
    with torch.inference_mode():
        assert network(found[None])[0, 7] > network(noise)[:, 7].max()
