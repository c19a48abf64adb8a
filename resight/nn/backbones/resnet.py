"""The residual network of He, Zhang, Ren and Sun (2015, *Deep residual learning*), with torchvision's key names.

Layers in order: ``conv1, bn1, relu, maxpool, layer1, layer2, layer3, layer4, avgpool, flatten, fc``; a stage's units
are layers too, ``layer3.0`` and on. As in torchvision, and unlike the paper, a bottleneck's stride is in its 3 × 3
convolution.
"""

from __future__ import annotations

from collections import OrderedDict
from functools import partial
from typing import Final

import numpy as np
import torch
from torch import Tensor, nn

from .initialisation import initialised


class Basic(nn.Module):
    """Two 3 × 3 convolutions, added to the input or to its projection."""

    EXPANSION: Final = 1

    def __init__(self, entering: int, width: int, *, stride: int = 1) -> None:
        super().__init__()
        self.conv1, self.bn1 = _convolution(entering, width, 3, stride=stride), nn.BatchNorm2d(width)
        self.conv2, self.bn2 = _convolution(width, width, 3), nn.BatchNorm2d(width)
        self.downsample = _projection(entering, width, stride)

    def forward(self, maps: Tensor) -> Tensor:
        """``(b, c, h, w)`` to ``(b, width, ⌈h / stride⌉, ⌈w / stride⌉)``."""
        residual = self.bn2(self.conv2(torch.relu(self.bn1(self.conv1(maps)))))
        return torch.relu(residual + (maps if self.downsample is None else self.downsample(maps)))


class Bottleneck(nn.Module):
    """1 × 1, 3 × 3 and 1 × 1 convolutions, added to the input or to its projection."""

    EXPANSION: Final = 4

    def __init__(self, entering: int, width: int, *, stride: int = 1) -> None:
        super().__init__()
        leaving = width * self.EXPANSION
        self.conv1, self.bn1 = _convolution(entering, width, 1), nn.BatchNorm2d(width)
        self.conv2, self.bn2 = _convolution(width, width, 3, stride=stride), nn.BatchNorm2d(width)
        self.conv3, self.bn3 = _convolution(width, leaving, 1), nn.BatchNorm2d(leaving)
        self.downsample = _projection(entering, leaving, stride)

    def forward(self, maps: Tensor) -> Tensor:
        """``(b, c, h, w)`` to ``(b, 4 · width, ⌈h / stride⌉, ⌈w / stride⌉)``."""
        inner = torch.relu(self.bn2(self.conv2(torch.relu(self.bn1(self.conv1(maps))))))
        residual = self.bn3(self.conv3(inner))
        return torch.relu(residual + (maps if self.downsample is None else self.downsample(maps)))


Unit = type[Basic] | type[Bottleneck]

STAGES: Final[dict[int, tuple[Unit, tuple[int, ...]]]] = {
    18: (Basic, (2, 2, 2, 2)),
    34: (Basic, (3, 4, 6, 3)),
    50: (Bottleneck, (3, 4, 6, 3)),
    101: (Bottleneck, (3, 4, 23, 3)),
    152: (Bottleneck, (3, 8, 36, 3)),
}
"""The unit and how many of them each stage has, by depth: the paper's table 1."""


def resnet(
    depth: int, *, classes: int = 1000, rng: np.random.Generator | None = None, device: torch.device | str = "cpu"
) -> nn.Sequential:
    """``(b, 3, h, w)`` normalised photos to ``(b, classes)`` scores, of 18 to 152 layers; drawn as `initialised`
    says.
    """
    return initialised(partial(_lay_out, *STAGES[depth], classes), rng=rng, device=device)


def _lay_out(unit: Unit, counts: tuple[int, ...], classes: int) -> nn.Sequential:
    layers: OrderedDict[str, nn.Module] = OrderedDict(conv1=_convolution(3, 64, 7, stride=2))
    layers["bn1"], layers["relu"] = nn.BatchNorm2d(64), nn.ReLU()
    layers["maxpool"] = nn.MaxPool2d(3, stride=2, padding=1)
    channels = 64
    for index, count in enumerate(counts):
        width = 64 << index
        first = unit(channels, width, stride=1 if index == 0 else 2)
        channels = width * unit.EXPANSION
        layers[f"layer{index + 1}"] = nn.Sequential(first, *(unit(channels, width) for _ in range(count - 1)))
    layers["avgpool"], layers["flatten"] = nn.AdaptiveAvgPool2d(1), nn.Flatten()
    layers["fc"] = nn.Linear(channels, classes)
    return nn.Sequential(layers)


def _convolution(entering: int, leaving: int, kernel: int, *, stride: int = 1) -> nn.Conv2d:
    """A convolution without bias, padded so that stride 1 keeps the size."""
    return nn.Conv2d(entering, leaving, kernel, stride=stride, padding=kernel // 2, bias=False)


def _projection(entering: int, leaving: int, stride: int) -> nn.Sequential | None:
    """The projection that makes the input as large as the unit's output; None where it is already."""
    if stride == 1 and entering == leaving:
        return None
    return nn.Sequential(_convolution(entering, leaving, 1, stride=stride), nn.BatchNorm2d(leaving))
