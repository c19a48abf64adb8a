"""SqueezeNet 1.1: its size, keys and shapes, and what it computes."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor
from torch.nn.functional import max_pool2d

from resight.nn.backbones.squeezenet import squeezenet

FIRES = (3, 4, 6, 7, 9, 10, 11, 12)


def test_it_has_the_published_size() -> None:
    assert sum(leaf.numel() for leaf in squeezenet(device="meta").parameters()) == 1_235_496


def test_keys_and_shapes_are_torchvisions(biased: Any) -> None:
    state = squeezenet(device="meta").state_dict()
    parts = [f"features.{place}.{part}" for place in FIRES for part in ("squeeze", "expand1x1", "expand3x3")]
    assert set(state) == set(biased("features.0", *parts, "classifier.1"))
    assert state["features.12.expand3x3.weight"].shape == (256, 64, 3, 3)
    assert state["classifier.1.weight"].shape == (1000, 512, 1, 1)


def test_it_is_its_formula(assert_formula: Any) -> None:
    """Poolings of 3, every second cell, the last one counted where it is not whole."""

    def formula(layers: Any, x: Tensor) -> Tensor:
        x = layers.convolve(x, "features.0", 2).clamp(min=0)
        for place in range(2, 13):
            if place not in FIRES:
                x = max_pool2d(x, 3, 2, ceil_mode=True)
                continue
            inner = layers.convolve(x, f"features.{place}.squeeze").clamp(min=0)
            one = layers.convolve(inner, f"features.{place}.expand1x1")
            three = layers.convolve(inner, f"features.{place}.expand3x3", padding=1)
            x = torch.cat([one, three], dim=1).clamp(min=0)
        return x

    assert_formula(squeezenet(device="meta"), "features", formula)


def test_the_classifier_is_averaged_over_the_map(numbers: Any) -> None:
    network = numbers(squeezenet(device="meta", classes=5))
    photos = torch.linspace(-1, 1, 3 * 48 * 64, dtype=torch.float64).reshape(1, 3, 48, 64)
    with torch.inference_mode():
        maps = network.get_submodule("features")(photos)
        kernel, bias = (network.state_dict()[f"classifier.1.{leaf}"] for leaf in ("weight", "bias"))
        cells = torch.einsum("kc,bchw->bkhw", kernel[:, :, 0, 0], maps) + bias[:, None, None]
        torch.testing.assert_close(network(photos), cells.clamp(min=0).mean(dim=(2, 3)))
