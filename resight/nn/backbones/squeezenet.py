"""SqueezeNet 1.1 (Iandola et al. 2016, in the authors' later and cheaper form), with torchvision's key names.

Layers in order: ``features.0`` to ``features.12``, ``features``, ``classifier.0`` to ``classifier.3``, ``classifier``,
``flatten``. The classifier is a convolution, whose scores are averaged over the map.
"""

from __future__ import annotations

from collections import OrderedDict
from functools import partial

import numpy as np
import torch
from torch import Tensor, nn

from .initialisation import initialised


class Fire(nn.Module):
    """A 1 × 1 convolution to few channels, then 1 × 1 and 3 × 3 ones side by side."""

    def __init__(self, entering: int, squeezed: int, expanded: int) -> None:
        super().__init__()
        self.squeeze = nn.Conv2d(entering, squeezed, 1)
        self.expand1x1 = nn.Conv2d(squeezed, expanded, 1)
        self.expand3x3 = nn.Conv2d(squeezed, expanded, 3, padding=1)

    def forward(self, maps: Tensor) -> Tensor:
        """``(b, c, h, w)`` to ``(b, 2 · expanded, h, w)``."""
        squeezed = torch.relu(self.squeeze(maps))
        return torch.relu(torch.cat([self.expand1x1(squeezed), self.expand3x3(squeezed)], dim=1))


def squeezenet(
    *, classes: int = 1000, rng: np.random.Generator | None = None, device: torch.device | str = "cpu"
) -> nn.Sequential:
    """``(b, 3, h, w)`` normalised photos of at least 17 × 17 to ``(b, classes)`` scores; drawn as `initialised`
    says.
    """
    return initialised(partial(_lay_out, classes), rng=rng, device=device)


def _lay_out(classes: int) -> nn.Sequential:
    features = nn.Sequential(
        *(nn.Conv2d(3, 64, 3, stride=2), nn.ReLU(), _pool(), Fire(64, 16, 64), Fire(128, 16, 64)),
        *(_pool(), Fire(128, 32, 128), Fire(256, 32, 128)),
        *(_pool(), Fire(256, 48, 192), Fire(384, 48, 192), Fire(384, 64, 256), Fire(512, 64, 256)),
    )
    classifier = nn.Sequential(nn.Dropout(), nn.Conv2d(512, classes, 1), nn.ReLU(), nn.AdaptiveAvgPool2d(1))
    return nn.Sequential(OrderedDict(features=features, classifier=classifier, flatten=nn.Flatten()))


def _pool() -> nn.MaxPool2d:
    return nn.MaxPool2d(3, stride=2, ceil_mode=True)
