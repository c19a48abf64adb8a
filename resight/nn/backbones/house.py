"""The house network: a small residual network of this project, made for descriptors of instances on a CPU.

Layers in order: ``conv0, bn0, relu0, conv1, bn1, relu1, stage1, stage2, context``. Dense 3 × 3 convolutions of moderate
width throughout, since a CPU does several times more of their multiplications in a second than of depthwise ones; few
of them at high resolution, and most parameters at stride 32, where a parameter costs a sixteenth of what it does at
stride 8. ``context`` brings these coarse maps back to stride 16, as a feature pyramid does (Lin et al. 2017).
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from functools import partial

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from .initialisation import initialised


class BasicUnit(nn.Module):
    """Two 3 × 3 convolutions with norms, added to the input or to its projection (He et al. 2015, figure 2)."""

    def __init__(self, entering: int, leaving: int, *, stride: int = 1) -> None:
        super().__init__()
        self.conv1, self.bn1 = _convolution(entering, leaving, 3, stride=stride), nn.BatchNorm2d(leaving)
        self.conv2, self.bn2 = _convolution(leaving, leaving, 3), nn.BatchNorm2d(leaving)
        same = stride == 1 and entering == leaving
        self.down = None if same else _projection(entering, leaving, stride=stride)

    def forward(self, maps: Tensor) -> Tensor:
        """``(b, entering, h, w)`` to ``(b, leaving, ⌈h / stride⌉, ⌈w / stride⌉)``, ≥ 0."""
        shortcut = maps if self.down is None else self.down(maps)
        residual = self.bn2(self.conv2(torch.relu(self.bn1(self.conv1(maps)))))
        return torch.relu(shortcut + residual)


class Context(nn.Module):
    """Units at half the resolution, brought back and added to a projection of the maps that entered."""

    def __init__(self, entering: int, width: int, leaving: int, *, units: int) -> None:
        super().__init__()
        self.stage = _stage(entering, width, units)
        self.lateral, self.top = _projection(entering, leaving), _projection(width, leaving)

    def forward(self, maps: Tensor) -> Tensor:
        """``(b, entering, h, w)`` to ``(b, leaving, h, w)``, ≥ 0."""
        coarse = F.interpolate(self.top(self.stage(maps)), scale_factor=2.0, mode="nearest")
        height, width = maps.shape[2:]
        return torch.relu(self.lateral(maps) + coarse[:, :, :height, :width])


def house(
    widths: Sequence[int] = (32, 48, 80, 160, 288, 512),
    units: Sequence[int] = (1, 2, 2),
    *,
    rng: np.random.Generator | None = None,
) -> nn.Sequential:
    """The house network in evaluation mode, ``(b, 3, h, w)`` normalised photos to maps ``(b, c, ⌈h / 16⌉, ⌈w / 16⌉)``.

    ``widths`` are the channels of the two convolutions of the stem, of the two stages, of the context and of the map
    that leaves; ``units`` those of the stages and of the context. Convolutions are drawn by ``rng`` (None: seed 0),
    never by torch's global generator.
    """
    return _start_as_identity(initialised(partial(_lay_out, widths, units), rng=rng))


def _lay_out(widths: Sequence[int], units: Sequence[int]) -> nn.Sequential:
    first, second, fine, middle, coarse, leaving = widths
    layers: OrderedDict[str, nn.Module] = OrderedDict()
    for index, (entering, width) in enumerate(((3, first), (first, second))):
        layers[f"conv{index}"] = _convolution(entering, width, 3, stride=2)
        layers[f"bn{index}"] = nn.BatchNorm2d(width)
        layers[f"relu{index}"] = nn.ReLU()
    layers["stage1"] = _stage(second, fine, units[0])
    layers["stage2"] = _stage(fine, middle, units[1])
    layers["context"] = Context(middle, coarse, leaving, units=units[2])
    return nn.Sequential(layers)


def _stage(entering: int, width: int, units: int) -> nn.Sequential:
    return nn.Sequential(BasicUnit(entering, width, stride=2), *(BasicUnit(width, width) for _ in range(units - 1)))


def _convolution(entering: int, leaving: int, kernel: int, *, stride: int = 1) -> nn.Conv2d:
    """A convolution without bias, padded so that stride 1 keeps the size."""
    return nn.Conv2d(entering, leaving, kernel, stride=stride, padding=kernel // 2, bias=False)


def _projection(entering: int, leaving: int, *, stride: int = 1) -> nn.Sequential:
    conv = _convolution(entering, leaving, 1, stride=stride)
    return nn.Sequential(OrderedDict(conv=conv, bn=nn.BatchNorm2d(leaving)))


def _start_as_identity(network: nn.Sequential) -> nn.Sequential:
    """Let each residual begin at zero, so that a deep network starts as a shallow one (Goyal et al. 2017, 5.1)."""
    for module in network.modules():
        if isinstance(module, BasicUnit):
            nn.init.zeros_(module.bn2.weight)
    return network
