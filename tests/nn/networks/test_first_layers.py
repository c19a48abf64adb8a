"""What a network's first layers look for and see."""

from __future__ import annotations

import numpy as np
import torch
from torch import nn

from resight.nn.networks.first_layers import LAYERS, filters, maps
from resight.types import Preprocess

PREPROCESS = Preprocess(long_side=8, mean=(0.0, 0.0, 0.0), std=(1.0, 1.0, 1.0))


def _network() -> nn.Sequential:
    torch.manual_seed(0)
    wide = [nn.Conv2d(3, 4, 3, padding=1, bias=False), *(nn.Conv2d(4, 4, 1) for _ in range(LAYERS))]
    return nn.Sequential(*wide).eval()


def test_filters_are_the_first_layers_weights_with_colours_last() -> None:
    network = _network()
    found = filters(network)
    assert found.shape == (4, 3, 3, 3)
    assert found[1, 0, 2, 1] == network[0].weight[1, 1, 0, 2].item()


def test_a_network_that_sees_no_colours_has_no_filters_to_draw() -> None:
    assert len(filters(nn.Sequential(nn.Conv2d(8, 4, 3)))) == 0
    assert len(filters(nn.Sequential(nn.ReLU()))) == 0


def test_maps_are_what_each_of_the_first_layers_gives_and_nothing_is_left_behind() -> None:
    network = _network()
    photo = np.random.default_rng(0).integers(0, 256, (6, 8, 3), dtype=np.uint8)
    found = maps(network, photo, PREPROCESS)
    assert list(found) == ["0", "1", "2"]
    given = torch.from_numpy(photo).permute(2, 0, 1)[None].float() / 255
    with torch.no_grad():
        expected = network[1](network[0](given))[0].numpy()
    assert np.allclose(found["1"], expected, atol=1e-6)
    assert not network[0]._forward_hooks
