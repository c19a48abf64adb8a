"""A classifier to see through: of a window, it says dark (0) or bright (1), and minds bright cells more."""

from __future__ import annotations

from collections import OrderedDict
from pathlib import Path

import torch
from torch import nn

from resight.nn.networks import weights
from resight.nn.networks.architectures import Architecture

SIDE = 32
"""Of the photos that it was trained on, so to speak."""


def brightness() -> nn.Sequential:
    conv = nn.Conv2d(3, 2, 4, stride=4)
    with torch.no_grad():
        conv.weight.copy_(torch.tensor([-1.0, 1.0])[:, None, None, None].expand(-1, 3, 4, 4) / 48)
        conv.bias.copy_(torch.tensor([0.5, -0.5]))
    features = nn.Sequential(conv, nn.ReLU())
    fc = nn.Linear(2, 2)
    with torch.no_grad():
        fc.weight.copy_(torch.tensor([[4.0, -12.0], [-4.0, 12.0]]))
        fc.bias.zero_()
    parts = OrderedDict(features=features, avgpool=nn.AdaptiveAvgPool2d(1), flatten=nn.Flatten(), fc=fc)
    return nn.Sequential(parts).eval()


PLAN = Architecture(brightness, "features", (), (0.0, 0.0, 0.0), (1.0, 1.0, 1.0))


def weight_file(folder: Path) -> Path:
    file = folder / "brightness.safetensors"
    weights.write(brightness(), file)
    return file
