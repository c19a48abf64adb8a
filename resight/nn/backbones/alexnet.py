"""AlexNet (Krizhevsky 2014, *One weird trick*, the single-column form), with torchvision's key names.

Layers in order: ``features.0`` to ``features.12``, ``features``, ``avgpool``, ``flatten``, ``classifier.0`` to
``classifier.6``, ``classifier``. A photo of 224 × 224 has a map of 6 × 6 × 256 = 9,216 at ``features``.
"""

from __future__ import annotations

from collections import OrderedDict
from functools import partial

import numpy as np
import torch
from torch import nn

from .initialisation import initialised

HIDDEN = 4096
GRID = 6
"""Cells along a side of what the classifier sees."""


def alexnet(
    *, classes: int = 1000, rng: np.random.Generator | None = None, device: torch.device | str = "cpu"
) -> nn.Sequential:
    """``(b, 3, h, w)`` normalised photos of at least 63 × 63 to ``(b, classes)`` scores; drawn as `initialised`
    says.
    """
    return initialised(partial(_lay_out, classes), rng=rng, device=device)


def _lay_out(classes: int) -> nn.Sequential:
    features = nn.Sequential(
        *(nn.Conv2d(3, 64, 11, stride=4, padding=2), nn.ReLU(), nn.MaxPool2d(3, stride=2)),
        *(nn.Conv2d(64, 192, 5, padding=2), nn.ReLU(), nn.MaxPool2d(3, stride=2)),
        *(nn.Conv2d(192, 384, 3, padding=1), nn.ReLU()),
        *(nn.Conv2d(384, 256, 3, padding=1), nn.ReLU()),
        *(nn.Conv2d(256, 256, 3, padding=1), nn.ReLU(), nn.MaxPool2d(3, stride=2)),
    )
    classifier = nn.Sequential(
        *(nn.Dropout(), nn.Linear(256 * GRID**2, HIDDEN), nn.ReLU()),
        *(nn.Dropout(), nn.Linear(HIDDEN, HIDDEN), nn.ReLU()),
        nn.Linear(HIDDEN, classes),
    )
    pool = nn.AdaptiveAvgPool2d(GRID)
    return nn.Sequential(OrderedDict(features=features, avgpool=pool, flatten=nn.Flatten(), classifier=classifier))
