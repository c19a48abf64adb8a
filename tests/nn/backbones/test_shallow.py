"""Simple and Simpler have the sizes of Shi 2018: those of Table 2, and of the descriptors in Table 1."""

from __future__ import annotations

import pytest
import torch

from resight.nn.backbones.shallow import cells, shallow
from resight.nn.networks.architectures import cut


@pytest.mark.parametrize(
    ("name", "layer", "size", "dense"),
    [("simple", "relu4", 324, 128 * 9**2), ("simpler", "relu3", 1764, 96 * 21**2)],
)
def test_the_descriptor_has_the_size_of_table_1(name: str, layer: str, size: int, dense: int) -> None:
    network = shallow(name, device="meta")
    maps = cut(network, layer)(torch.zeros(1, 3, 224, 224, device="meta"))
    assert maps.shape[2] * maps.shape[3] == size
    assert cells(name, 224)[0] ** 2 == size
    widths = [module.in_features for module in network.modules() if isinstance(module, torch.nn.Linear)]
    assert widths == [dense, 4096, 100]


def test_a_photo_of_another_size_gets_scores() -> None:
    scores = shallow("simple", classes=3, side=96, hidden=8)(torch.zeros(2, 3, 96, 96))
    assert scores.shape == (2, 3)


def test_a_photo_that_is_too_small_is_refused() -> None:
    with pytest.raises(ValueError, match="nothing of photos of 60 pixels"):
        shallow("simple", side=60)
