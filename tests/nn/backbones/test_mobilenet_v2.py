"""MobileNetV2: its size, keys and shapes, and what it computes with either padding."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import Tensor
from torch.nn.functional import pad

from resight.nn.backbones.mobilenet_v2 import mobilenet_v2
from resight.nn.networks.architectures import cut


@pytest.mark.parametrize("one_sided", [False, True])
def test_it_has_the_published_size(one_sided: bool) -> None:
    network = mobilenet_v2(one_sided=one_sided, device="meta")
    assert sum(leaf.numel() for leaf in network.parameters()) == 3_504_872


@pytest.mark.parametrize("one_sided", [False, True])
def test_keys_and_shapes_are_torchvisions(one_sided: bool, norm: Any, biased: Any) -> None:
    keys = ["features.0.0.weight", *norm("features.0.1"), "features.18.0.weight", *norm("features.18.1")]
    for unit in range(1, 18):
        place, inner = f"features.{unit}.conv", (0,) if unit == 1 else (0, 1)
        for index in inner:
            keys += [f"{place}.{index}.0.weight", *norm(f"{place}.{index}.1")]
        keys += [f"{place}.{len(inner)}.weight", *norm(f"{place}.{len(inner) + 1}")]
    state = mobilenet_v2(one_sided=one_sided, device="meta").state_dict()
    assert set(state) == {*keys, *biased("classifier.1")}
    assert state["features.1.conv.0.0.weight"].shape == (32, 1, 3, 3)
    assert state["features.17.conv.2.weight"].shape == (320, 960, 1, 1)


def _wide(layers: Any, x: Tensor, key: str, stride: int, same: bool, groups: int = 1) -> Tensor:
    """A 3 × 3 convolution, padded as TensorFlow's "SAME" (⌈n / stride⌉ cells, the odd pixel behind) or by 1."""
    missing = max((-(-x.shape[2] // stride) - 1) * stride + 3 - x.shape[2], 0)
    before, behind = (missing // 2, missing - missing // 2) if same else (1, 1)
    maps = layers.convolve(pad(x, (before, behind, before, behind)), f"{key}.0", stride, groups=groups)
    return layers.norm(maps, f"{key}.1").clamp(0, 6)


@pytest.mark.parametrize("same", [False, True])
def test_it_is_its_formula(same: bool, assert_formula: Any) -> None:
    """Sandler et al. (2018), tables 1 and 2, at sizes that stride 2 halves evenly five times."""

    def formula(layers: Any, x: Tensor) -> Tensor:
        x = _wide(layers, x, "features.0", 2, same)
        for place in range(1, 18):
            key, y = f"features.{place}.conv", x
            if place > 1:
                y = layers.norm(layers.convolve(y, f"{key}.0.0"), f"{key}.0.1").clamp(0, 6)
            depth = 0 if place == 1 else 1
            y = _wide(layers, y, f"{key}.{depth}", 2 if place in (2, 4, 7, 14) else 1, same, groups=y.shape[1])
            y = layers.norm(layers.convolve(y, f"{key}.{depth + 1}"), f"{key}.{depth + 2}")
            x = x + y if place not in (1, 2, 4, 7, 11, 14, 17) else y
        return layers.norm(layers.convolve(x, "features.18.0"), "features.18.1").clamp(0, 6)

    assert_formula(mobilenet_v2(one_sided=same, device="meta"), "features", formula)


def test_one_sided_padding_keeps_cells_where_they_are_whatever_the_size(numbers: Any) -> None:
    """A column more on the right changes the last two of sixteen cells, which see it."""
    part = numbers(cut(mobilenet_v2(one_sided=True, device="meta"), "features.2"))
    photos = torch.linspace(-1, 1, 3 * 32 * 65, dtype=torch.float64).sin().reshape(1, 3, 32, 65)
    with torch.inference_mode():
        odd, even = part(photos), part(photos[..., :64])
    assert odd.shape == even.shape
    torch.testing.assert_close(odd[..., :-2], even[..., :-2])
