"""Residual networks: sizes, keys and shapes, what they compute, and how they are drawn."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor
from torch.nn.functional import max_pool2d

from resight.nn.backbones.resnet import resnet

COUNTS = {18: (2, 2, 2, 2), 34: (3, 4, 6, 3), 50: (3, 4, 6, 3), 101: (3, 4, 23, 3), 152: (3, 8, 36, 3)}


@pytest.mark.parametrize(
    ("depth", "classes", "size"),
    [
        (18, 1000, 11_689_512),
        (34, 1000, 21_797_672),
        (50, 1000, 25_557_032),
        (101, 1000, 44_549_160),
        (152, 1000, 60_192_808),
        (50, 180, 23_876_852),
    ],
)
def test_sizes_are_those_published(depth: int, classes: int, size: int) -> None:
    """That with 180 classes is the one of *Image similarity network* 2020 (docs/papers.md)."""
    assert sum(leaf.numel() for leaf in resnet(depth, classes=classes, device="meta").parameters()) == size


@pytest.mark.parametrize("depth", COUNTS)
def test_keys_are_torchvisions(depth: int, norm: Any, biased: Any) -> None:
    keys = ["conv1.weight", *norm("bn1"), *biased("fc")]
    for stage, count in enumerate(COUNTS[depth], start=1):
        for unit in range(count):
            place = f"layer{stage}.{unit}"
            for index in (1, 2) if depth < 50 else (1, 2, 3):
                keys += [f"{place}.conv{index}.weight", *norm(f"{place}.bn{index}")]
            if unit == 0 and (stage > 1 or depth >= 50):
                keys += [f"{place}.downsample.0.weight", *norm(f"{place}.downsample.1")]
    assert set(resnet(depth, device="meta").state_dict()) == set(keys)


@pytest.mark.parametrize(
    ("depth", "key", "shape"),
    [
        (18, "layer2.0.downsample.0.weight", (128, 64, 1, 1)),
        (50, "layer4.0.conv2.weight", (512, 512, 3, 3)),
        (152, "layer3.35.conv3.weight", (1024, 256, 1, 1)),
        (34, "fc.weight", (1000, 512)),
    ],
)
def test_shapes_are_torchvisions(depth: int, key: str, shape: tuple[int, ...]) -> None:
    assert resnet(depth, device="meta").state_dict()[key].shape == shape


@pytest.mark.parametrize("depth", [18, 50])
def test_it_is_its_formula(depth: int, assert_formula: Any) -> None:
    """He et al. (2015), equation 2 and figure 5; a bottleneck's stride is in its 3 × 3 convolution."""

    def formula(layers: Any, x: Tensor) -> Tensor:
        x = max_pool2d(layers.norm(layers.convolve(x, "conv1", 2, 3), "bn1").clamp(min=0), 3, 2, 1)
        for stage, count in enumerate(COUNTS[depth], start=1):
            for unit in range(count):
                x = _unit(layers, x, f"layer{stage}.{unit}", 2 if stage > 1 and unit == 0 else 1, depth >= 50)
        return x

    assert_formula(resnet(depth, device="meta"), "layer4", formula)


def _unit(layers: Any, x: Tensor, place: str, stride: int, bottleneck: bool) -> Tensor:
    geometry = [(1, 0), (stride, 1), (1, 0)] if bottleneck else [(stride, 1), (1, 1)]
    y = x
    for index, (step, padding) in enumerate(geometry, start=1):
        y = layers.norm(layers.convolve(y, f"{place}.conv{index}", step, padding), f"{place}.bn{index}")
        y = y if index == len(geometry) else y.clamp(min=0)
    if f"{place}.downsample.0.weight" in layers.leaves:
        x = layers.norm(layers.convolve(x, f"{place}.downsample.0", stride), f"{place}.downsample.1")
    return (x + y).clamp(min=0)


def test_drawing_is_seeded_and_leaves_torchs_generator_alone() -> None:
    before = torch.get_rng_state()
    first, again, other = (resnet(18, classes=3, rng=np.random.default_rng(seed)) for seed in (3, 3, 4))
    assert torch.equal(before, torch.get_rng_state())
    leaves = [network.get_parameter("layer2.0.conv2.weight") for network in (first, again, other)]
    assert torch.equal(leaves[0], leaves[1])
    assert not torch.equal(leaves[0], leaves[2])
    with torch.inference_mode():
        assert torch.isfinite(first(torch.ones(1, 3, 64, 64))).all()
