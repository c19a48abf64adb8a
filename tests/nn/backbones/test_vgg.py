"""VGG: sizes, keys and shapes, and what it computes."""

from __future__ import annotations

from typing import Any

import pytest
from torch import Tensor
from torch.nn.functional import max_pool2d

from resight.nn.backbones.vgg import vgg

PLACES = {11: (0, 3, 6, 8, 11, 13, 16, 18), 16: (0, 2, 5, 7, 10, 12, 14, 17, 19, 21, 24, 26, 28)}
"""Where torchvision has its convolutions."""


@pytest.mark.parametrize(
    ("depth", "classes", "size"), [(11, 1000, 132_863_336), (16, 1000, 138_357_544), (16, 180, 134_998_004)]
)
def test_sizes_are_those_published(depth: int, classes: int, size: int) -> None:
    """That with 180 classes is the one of *Image similarity network* 2020 (docs/papers.md)."""
    assert sum(leaf.numel() for leaf in vgg(depth, classes=classes, device="meta").parameters()) == size


@pytest.mark.parametrize("depth", PLACES)
def test_keys_and_shapes_are_torchvisions(depth: int, biased: Any) -> None:
    state = vgg(depth, device="meta").state_dict()
    features = [f"features.{place}" for place in PLACES[depth]]
    assert set(state) == set(biased(*features, "classifier.0", "classifier.3", "classifier.6"))
    assert state[f"{features[-1]}.weight"].shape == (512, 512, 3, 3)
    assert state["classifier.0.weight"].shape == (4096, 25088)


def test_it_is_its_formula(assert_formula: Any) -> None:
    """Configuration A: 3 × 3 convolutions, each with its ReLU, pooled behind the first two and then every second."""

    def formula(layers: Any, x: Tensor) -> Tensor:
        for place in PLACES[11]:
            x = layers.convolve(x, f"features.{place}", padding=1).clamp(min=0)
            x = max_pool2d(x, 2) if place in (0, 3, 8, 13, 18) else x
        return x

    assert_formula(vgg(11, device="meta"), "features", formula)
