"""LeNet as in Table 1 of Ghosh et al. 2017: 107,786 numbers that tell ten digits apart.

Layers in order: ``conv1, relu1, pool1, conv2, relu2, pool2, flatten, fc1, relu3, fc2, relu4, fc3``. Convolutions are
padded, so that a digit of 28 × 28 has 14 × 14 cells at ``relu2`` and 7 × 7 at ``pool2``, 16 filters each; up to there a
photo may have any size from 2 × 2. The table names no activation: ReLU, behind all layers but the last.
"""

from __future__ import annotations

from collections import OrderedDict
from functools import partial
from typing import Final

import numpy as np
import torch
from torch import nn

from .initialisation import initialised

SIDE: Final = 28
"""Side of a digit, in pixels."""


def lenet(
    *, classes: int = 10, rng: np.random.Generator | None = None, device: torch.device | str = "cpu"
) -> nn.Sequential:
    """``(b, 1, 28, 28)`` greys in [0, 1], white on black, to ``(b, classes)`` scores; drawn as `initialised` says."""
    return initialised(partial(_lay_out, classes), rng=rng, device=device)


def _lay_out(classes: int) -> nn.Sequential:
    return nn.Sequential(
        OrderedDict(
            conv1=nn.Conv2d(1, 6, 5, padding=2),
            relu1=nn.ReLU(),
            pool1=nn.MaxPool2d(2),
            conv2=nn.Conv2d(6, 16, 5, padding=2),
            relu2=nn.ReLU(),
            pool2=nn.MaxPool2d(2),
            flatten=nn.Flatten(),
            fc1=nn.Linear(16 * (SIDE // 4) ** 2, 120),
            relu3=nn.ReLU(),
            fc2=nn.Linear(120, 84),
            relu4=nn.ReLU(),
            fc3=nn.Linear(84, classes),
        )
    )
