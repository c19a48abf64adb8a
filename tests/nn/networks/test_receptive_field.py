"""Geometry of a network's cells: by hand, where branches meet, what is refused, and what real ones see."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from resight.errors import ModelError
from resight.nn.networks.architectures import Network, architecture, cut
from resight.nn.networks.receptive_field import ReceptiveField, receptive_field


def test_by_hand() -> None:
    """A 5-kernel of stride 2 without padding is centred 2 pixels in; a pooling of 2 half a cell of 2 further."""
    network = nn.Sequential(nn.Conv2d(3, 4, 5, stride=2), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(4, 4, 3, dilation=2))
    assert receptive_field(network[:2]) == ReceptiveField(5, 2, 2.0)
    assert receptive_field(network[:3]) == ReceptiveField(7, 4, 3.0)
    assert receptive_field(network) == ReceptiveField(7 + 4 * 4, 4, 3.0 + 2 * 4)
    assert receptive_field(nn.Identity()) == ReceptiveField(1, 1, 0.0)
    assert receptive_field(nn.AvgPool2d(3, 2, 1)) == ReceptiveField(3, 2, 0.0)


class Branches(nn.Module):
    """Two branches, added, behind a gate that sees the whole photo."""

    def __init__(self, one: nn.Module, other: nn.Module) -> None:
        super().__init__()
        self.one, self.other, self.gate = one, other, nn.AdaptiveAvgPool2d(1)

    def forward(self, maps: Tensor) -> Tensor:
        joined = self.one(maps) + torch.relu(self.other(maps))
        return joined * self.gate(joined)


def test_where_branches_meet_the_larger_field_counts() -> None:
    wide, narrow = nn.Conv2d(3, 3, 7, stride=2, padding=3), nn.Conv2d(3, 3, 1, stride=2)
    assert receptive_field(Branches(wide, narrow)) == ReceptiveField(7, 2, 0.0)


@pytest.mark.parametrize("other", [nn.Conv2d(3, 3, 3, stride=2), nn.Conv2d(3, 3, 1)])
def test_branches_that_see_different_places_are_refused(other: nn.Module) -> None:
    with pytest.raises(ModelError, match="branches meet that see different places"):
        receptive_field(Branches(nn.Conv2d(3, 3, 1, stride=2), other))


class Deciding(nn.Module):
    """A network with another shape for other numbers."""

    def forward(self, maps: Tensor) -> Tensor:
        return maps if maps.sum() > 0 else maps[:, :, ::2, ::2]


class Folding(nn.Module):
    """A function that moves pixels."""

    def forward(self, maps: Tensor) -> Tensor:
        return nn.functional.avg_pool2d(maps, 2)


@pytest.mark.parametrize(
    ("network", "message"),
    [
        (nn.AdaptiveAvgPool2d(1), "sees the whole photo; wanted a feature map"),
        (nn.Sequential(nn.Flatten(), nn.Linear(3, 2)), "sees the whole photo"),
        (nn.Sequential(nn.Upsample(scale_factor=2)), "the geometry of 0.0, a Upsample, is not known"),
        (nn.Sequential(nn.Conv2d(3, 3, (3, 5))), r"0.0 has \(3, 5\); wanted one whole number"),
        (nn.Sequential(nn.Conv2d(3, 3, 3, padding="same")), "0.0 has 'same'"),
        (Deciding(), "the network decides by its numbers"),
        (Folding(), "the geometry of call_function 'avg_pool2d' is not known"),
    ],
)
def test_what_has_no_known_geometry_is_refused(network: nn.Module, message: str) -> None:
    with pytest.raises(ModelError, match=message):
        receptive_field(network)


# Real networks


def _nan_field(network: Network, side: int, height: int) -> dict[int, tuple[int, int]]:
    """First and last column that a cell of the middle sees, by cell: NaN goes wherever its pixel is looked at.

    In float64, whose convolutions are plain sums; fields that reach a border are left out. Sides are such that no
    kernel reaches beyond the right border alone, as it may where a size is rounded up.
    """
    photos = torch.zeros(side, 3, height, side, dtype=torch.float64)
    photos[torch.arange(side), :, :, torch.arange(side)] = torch.nan
    with torch.inference_mode():
        touched = network(photos).isnan().any(dim=1).any(dim=1).numpy()  # (columns, cells)
    seen = {cell: np.flatnonzero(touched[:, cell]) for cell in range(touched.shape[1])}
    return {
        cell: (int(columns[0]), int(columns[-1]))
        for cell, columns in seen.items()
        if len(columns) and columns[0] > 0 and columns[-1] < side - 1
    }


@pytest.mark.parametrize(
    ("name", "layer", "side"),
    [
        ("alexnet", "features.0", 64),
        ("alexnet", "features.5", 128),
        ("vgg11", "features.9", 64),
        ("resnet18", "layer2.0", 96),
        ("resnet50", "layer1", 80),
        ("squeezenet1_1", "features.6", 95),
        ("mobilenet_v2", "features.3", 64),
        ("mobilenet_v2_tf", "features.3", 64),
    ],
)
def test_the_field_is_what_a_cell_sees(name: str, layer: str, side: int, numbers: Any) -> None:
    network = cut(architecture(name).network(), layer)
    field = receptive_field(network)
    seen = _nan_field(numbers(network), side, 40)
    assert len(seen) >= 2
    for cell, (first, last) in seen.items():
        assert last - first + 1 == field.size
        assert (first + last) / 2 == field.offset + field.stride * cell


@pytest.mark.parametrize(
    ("name", "field"),
    [
        ("alexnet", ReceptiveField(195, 32, 31.0)),
        ("vgg11", ReceptiveField(150, 32, 15.5)),
        ("vgg16", ReceptiveField(212, 32, 15.5)),
        ("resnet18", ReceptiveField(435, 32, 0.0)),
        ("squeezenet1_1", ReceptiveField(207, 16, 15.0)),
        ("mobilenet_v2", ReceptiveField(491, 32, 0.0)),
        ("mobilenet_v2_tf", ReceptiveField(491, 32, 31.0)),
        ("resnet50v2", ReceptiveField(267, 16, 0.0)),
    ],
)
def test_fields_of_the_default_maps(name: str, field: ReceptiveField) -> None:
    """VGG16 by hand: 13 · 2 pixels, each times the stride so far, and 5 poolings: 212, as published."""
    plan = architecture(name)
    assert receptive_field(cut(plan.network(), plan.layer)) == field
