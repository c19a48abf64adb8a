"""VGG (Simonyan and Zisserman 2014, *Very deep convolutional networks*, table 1), with torchvision's key names.

Layers in order: ``features.0`` and on, ``features``, ``avgpool``, ``flatten``, ``classifier.0`` to ``classifier.6``,
``classifier``.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from functools import partial
from typing import Final

import numpy as np
import torch
from torch import nn

from .initialisation import initialised

CONVOLUTIONS: Final[dict[int, tuple[int, ...]]] = {11: (1, 1, 2, 2, 2), 16: (2, 2, 3, 3, 3)}
"""3 × 3 convolutions between two poolings, by depth: configurations A and D."""

WIDTHS: Final = (64, 128, 256, 512, 512)
HIDDEN: Final = 4096
GRID: Final = 7
"""Cells along a side of what the classifier sees."""


def vgg(
    depth: int,
    *,
    classes: int = 1000,
    hidden: int = HIDDEN,
    rng: np.random.Generator | None = None,
    device: torch.device | str = "cpu",
) -> nn.Sequential:
    """``(b, 3, h, w)`` normalised photos of at least 32 × 32 to ``(b, classes)`` scores; drawn as `initialised`
    says. ``hidden`` is the width of the two layers before the last.
    """
    return initialised(partial(_lay_out, CONVOLUTIONS[depth], classes, hidden), rng=rng, device=device)


def _lay_out(convolutions: Sequence[int], classes: int, hidden: int) -> nn.Sequential:
    layers: list[nn.Module] = []
    entering = 3
    for count, width in zip(convolutions, WIDTHS, strict=True):
        for _ in range(count):
            layers += [nn.Conv2d(entering, width, 3, padding=1), nn.ReLU()]
            entering = width
        layers.append(nn.MaxPool2d(2))
    classifier = nn.Sequential(
        *(nn.Linear(entering * GRID**2, hidden), nn.ReLU(), nn.Dropout()),
        *(nn.Linear(hidden, hidden), nn.ReLU(), nn.Dropout()),
        nn.Linear(hidden, classes),
    )
    features, pool = nn.Sequential(*layers), nn.AdaptiveAvgPool2d(GRID)
    return nn.Sequential(OrderedDict(features=features, avgpool=pool, flatten=nn.Flatten(), classifier=classifier))
