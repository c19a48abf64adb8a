"""Geometry of a network's cells: by hand, where branches meet, and what is refused. Real ones: test_backbones.py."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn

from resight.errors import ModelError
from resight.nn.receptive_field import ReceptiveField, receptive_field


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
