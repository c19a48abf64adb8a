"""MobileNetV2 (Sandler et al. 2018, *Inverted residuals and linear bottlenecks*), with torchvision's key names.

Layers in order: ``features.0`` to ``features.18``, ``features``, ``avgpool``, ``flatten``, ``classifier.0``,
``classifier.1``, ``classifier``.
"""

from __future__ import annotations

from collections import OrderedDict
from functools import partial
from typing import Final

import numpy as np
import torch
from torch import Tensor, nn

from .initialisation import initialised

STAGES: Final = (
    *((1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2)),
    *((6, 96, 3, 1), (6, 160, 3, 2), (6, 320, 1, 1)),
)
"""Expansion, channels, units and stride of each stage: the paper's table 2."""

FIRST: Final = 32
LAST: Final = 1280


class InvertedResidual(nn.Module):
    """1 × 1 up, 3 × 3 in each channel alone, 1 × 1 down without an activation; added to the input where they fit."""

    def __init__(self, entering: int, leaving: int, *, stride: int, expansion: int, one_sided: bool) -> None:
        super().__init__()
        hidden = entering * expansion
        layers = [] if expansion == 1 else [_layer(entering, hidden, 1)]
        layers.append(_layer(hidden, hidden, 3, stride=stride, groups=hidden, one_sided=one_sided))
        self.conv = nn.Sequential(*layers, nn.Conv2d(hidden, leaving, 1, bias=False), nn.BatchNorm2d(leaving))
        self.added = stride == 1 and entering == leaving

    def forward(self, maps: Tensor) -> Tensor:
        """``(b, c, h, w)`` to ``(b, leaving, ⌈h / stride⌉, ⌈w / stride⌉)``."""
        return maps + self.conv(maps) if self.added else self.conv(maps)


def mobilenet_v2(
    *,
    classes: int = 1000,
    one_sided: bool = False,
    rng: np.random.Generator | None = None,
    device: torch.device | str = "cpu",
) -> nn.Sequential:
    """``(b, 3, h, w)`` normalised photos to ``(b, classes)`` scores; drawn as `initialised` says.

    ``one_sided``: convolutions of stride 2 are padded by one pixel on the right and below only, as TensorFlow's "SAME"
    does at even sizes, and weights that were trained there need. At odd sizes TensorFlow pads both sides; here the map
    loses its last cell instead, so that a cell lies on the same pixel whatever the size. Photos then have at least 32
    × 32 pixels.
    """
    return initialised(partial(_lay_out, classes, one_sided), rng=rng, device=device)


def _lay_out(classes: int, one_sided: bool) -> nn.Sequential:
    layers: list[nn.Module] = [_layer(3, FIRST, 3, stride=2, one_sided=one_sided)]
    entering = FIRST
    for expansion, leaving, count, stride in STAGES:
        for step in (stride, *[1] * (count - 1)):
            layers.append(InvertedResidual(entering, leaving, stride=step, expansion=expansion, one_sided=one_sided))
            entering = leaving
    features = nn.Sequential(*layers, _layer(entering, LAST, 1))
    classifier = nn.Sequential(nn.Dropout(0.2), nn.Linear(LAST, classes))
    pool = nn.AdaptiveAvgPool2d(1)
    return nn.Sequential(OrderedDict(features=features, avgpool=pool, flatten=nn.Flatten(), classifier=classifier))


def _layer(
    entering: int, leaving: int, kernel: int, *, stride: int = 1, groups: int = 1, one_sided: bool = False
) -> nn.Sequential:
    """Convolution, norm and ReLU6 as ``0, 1, 2``; a padding of its own goes by its name, so that keys stay."""
    layers: OrderedDict[str, nn.Module] = OrderedDict()
    padding = kernel // 2
    if one_sided and stride == 2:
        layers["pad"], padding = nn.ZeroPad2d((0, 1, 0, 1)), 0
    layers["0"] = nn.Conv2d(entering, leaving, kernel, stride=stride, padding=padding, groups=groups, bias=False)
    layers["1"], layers["2"] = nn.BatchNorm2d(leaving), nn.ReLU6()
    return nn.Sequential(layers)
