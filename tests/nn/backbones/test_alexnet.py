"""AlexNet: its size, keys and shapes, and what it computes."""

from __future__ import annotations

from typing import Any

from torch import Tensor
from torch.nn.functional import max_pool2d

from resight.nn.backbones.alexnet import alexnet


def test_it_has_the_published_size() -> None:
    assert sum(leaf.numel() for leaf in alexnet(device="meta").parameters()) == 61_100_840


def test_keys_and_shapes_are_torchvisions(biased: Any) -> None:
    state = alexnet(device="meta").state_dict()
    features = [f"features.{place}" for place in (0, 3, 6, 8, 10)]
    assert set(state) == set(biased(*features, "classifier.1", "classifier.4", "classifier.6"))
    assert state["features.0.weight"].shape == (64, 3, 11, 11)
    assert state["classifier.1.weight"].shape == (4096, 9216)


def test_it_is_its_formula(assert_formula: Any) -> None:
    """Convolutions of (place, stride, padding), each with its ReLU, three of them pooled."""

    def formula(layers: Any, x: Tensor) -> Tensor:
        for place, stride, padding in ((0, 4, 2), (3, 1, 2), (6, 1, 1), (8, 1, 1), (10, 1, 1)):
            x = layers.convolve(x, f"features.{place}", stride, padding).clamp(min=0)
            x = max_pool2d(x, 3, 2) if place in (0, 3, 10) else x
        return x

    assert_formula(alexnet(device="meta"), "features", formula)
