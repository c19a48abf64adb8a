"""The LeNet of Ghosh et al. 2017: Table 1, row by row."""

from __future__ import annotations

import pytest
import torch

from resight.nn.backbones.lenet import lenet
from resight.nn.networks.architectures import cut
from resight.nn.networks.receptive_field import receptive_field

TABLE_1 = {
    "conv1": (6, 28, 28),
    "pool1": (6, 14, 14),
    "conv2": (16, 14, 14),
    "pool2": (16, 7, 7),
    "fc1": (120,),
    "fc2": (84,),
    "fc3": (10,),
}
"""Maps and neurons behind each row."""


@pytest.mark.parametrize("layer", TABLE_1)
def test_maps_and_neurons_are_the_tables(layer: str) -> None:
    digits = torch.zeros((2, 1, 28, 28))
    assert cut(lenet(), layer)(digits).shape == (2, *TABLE_1[layer])


def test_parameters_are_the_tables() -> None:
    """By hand: (25 + 1) · 6, (6 · 25 + 1) · 16, (784 + 1) · 120, (120 + 1) · 84, (84 + 1) · 10."""
    assert sum(leaf.numel() for leaf in lenet().parameters()) == 156 + 2416 + 94_200 + 10_164 + 850


def test_kernels_are_the_tables() -> None:
    network = lenet(device="meta")
    assert network.conv1.kernel_size == network.conv2.kernel_size == (5, 5)
    assert network.pool1.kernel_size == network.pool2.kernel_size == 2


def test_another_number_of_classes() -> None:
    assert lenet(classes=3)(torch.zeros((1, 1, 28, 28))).shape == (1, 3)


def test_photos_of_any_size_have_cells_of_two_pixels() -> None:
    network = cut(lenet(), "relu2")
    assert network(torch.zeros((1, 1, 2, 62))).shape == (1, 16, 1, 31)
    assert (receptive_field(network).stride, receptive_field(network).size) == (2, 14)
