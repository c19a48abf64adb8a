"""The pre-activation residual network of He, Zhang, Ren and Sun (2016, *Identity mappings in deep residual networks*).

Layers in order: ``bn_in, conv0, bn0, relu0, pool0, stage1, stage2, stage3, bn_out, relu_out``; a stage's units are
layers too, ``stage3.0`` to ``stage3.5``. Details are those of Gluon's ResNet v2: a norm without a learned scale on the
input, the stride in the 3 × 3 convolution of a stage's first unit, and a projection of the pre-activated input.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor, nn

EXPANSION = 4
"""Channels of a unit's output over those of its 3 × 3 convolution."""


class Unit(nn.Module):
    """Norm → ReLU → convolution, three times (1 × 1, 3 × 3, 1 × 1), added to the input or to its projection."""

    def __init__(self, entering: int, width: int, *, stride: int = 1) -> None:
        super().__init__()
        leaving = width * EXPANSION
        self.bn1, self.conv1 = nn.BatchNorm2d(entering), _convolution(entering, width, 1)
        self.bn2, self.conv2 = nn.BatchNorm2d(width), _convolution(width, width, 3, stride=stride)
        self.bn3, self.conv3 = nn.BatchNorm2d(width), _convolution(width, leaving, 1)
        same = stride == 1 and entering == leaving
        self.down = None if same else _convolution(entering, leaving, 1, stride=stride)

    def forward(self, maps: Tensor) -> Tensor:
        """``(b, c, h, w)`` to ``(b, 4 · width, ⌈h / stride⌉, ⌈w / stride⌉)``."""
        active = torch.relu(self.bn1(maps))
        shortcut = maps if self.down is None else self.down(active)
        residual = self.conv2(torch.relu(self.bn2(self.conv1(active))))
        return shortcut + self.conv3(torch.relu(self.bn3(residual)))


def resnet_v2(
    blocks: Sequence[int] = (3, 4, 6), width: int = 64, *, rng: np.random.Generator | None = None
) -> nn.Sequential:
    """A pre-activation ResNet in evaluation mode, ``(b, 3, h, w)`` normalised photos to maps ``(b, c, h', w')``.

    ``blocks`` are the units of each of its s stages and ``width`` the channels of the first convolution; the map has
    ``width · 2^(s + 1)`` channels and a cell every ``2^(s + 1)`` pixels. The default is ResNet-50 up to its third
    stage. Convolutions are drawn by ``rng`` (None: seed 0), never by torch's global generator.
    """
    layers: OrderedDict[str, nn.Module] = OrderedDict(bn_in=_input_norm())
    layers["conv0"] = _convolution(3, width, 7, stride=2)
    layers["bn0"] = nn.BatchNorm2d(width)
    layers["relu0"] = nn.ReLU()
    layers["pool0"] = nn.MaxPool2d(3, stride=2, padding=1)
    channels = width
    for index, count in enumerate(blocks):
        layers[f"stage{index + 1}"] = _stage(channels, width << index, count, stride=1 if index == 0 else 2)
        channels = (width << index) * EXPANSION
    layers["bn_out"] = nn.BatchNorm2d(channels)
    layers["relu_out"] = nn.ReLU()
    network = nn.Sequential(layers)
    _draw(network, np.random.default_rng(0) if rng is None else rng)
    return network.eval()


def _stage(entering: int, width: int, count: int, *, stride: int) -> nn.Sequential:
    first = Unit(entering, width, stride=stride)
    return nn.Sequential(first, *(Unit(width * EXPANSION, width) for _ in range(count - 1)))


def _input_norm() -> nn.BatchNorm2d:
    """Gluon's first norm has neither scale nor shift to learn; its keys exist, so they are kept and frozen."""
    norm = nn.BatchNorm2d(3)
    return norm.requires_grad_(False)


def _convolution(entering: int, leaving: int, kernel: int, *, stride: int = 1) -> nn.Conv2d:
    """A convolution without bias, padded so that stride 1 keeps the size.

    Its weights are not drawn, since torch would use its global generator.
    """
    return nn.utils.skip_init(  # type: ignore[no-untyped-call]
        nn.Conv2d, entering, leaving, kernel, stride=stride, padding=kernel // 2, bias=False
    )


def _draw(network: nn.Module, rng: np.random.Generator) -> None:
    """Normal weights of variance 2 / fan-in for every convolution (He et al. 2015, *Delving deep into rectifiers*)."""
    for module in network.modules():
        if isinstance(module, nn.Conv2d):
            shape = tuple(module.weight.shape)
            drawn = rng.standard_normal(shape, dtype=np.float32) * np.sqrt(2 / np.prod(shape[1:]), dtype=np.float32)
            module.weight.data.copy_(torch.from_numpy(drawn))
