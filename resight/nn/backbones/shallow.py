"""Two shallow classifiers of places, Simple and Simpler (Shi 2018, table 2): convolutions without padding.

Layers in order: ``conv1, relu1, pool1``, and so on to ``conv4`` or ``conv3``, then ``flatten`` and three dense layers
as ``classifier``. The table has one column of poolings for both networks: one behind each convolution.
"""

from __future__ import annotations

from collections import OrderedDict
from functools import partial
from typing import Final

import numpy as np
import torch
from torch import nn

from .initialisation import initialised

CONVOLUTIONS: Final[dict[str, tuple[tuple[int, int], ...]]] = {
    "simple": ((5, 20), (7, 64), (5, 96), (7, 128)),
    "simpler": ((9, 20), (9, 64), (9, 96)),
}
"""Side of the kernel and channels of each convolution."""

SIDE: Final = 224
"""Side of a photo, in pixels, that the paper gives both."""

HIDDEN: Final = (4096, 100)
"""Widths of the dense layers before the scores."""


def shallow(
    name: str,
    *,
    classes: int = 2,
    side: int = SIDE,
    hidden: int = HIDDEN[0],
    rng: np.random.Generator | None = None,
    device: torch.device | str = "cpu",
) -> nn.Sequential:
    """``(b, 3, side, side)`` normalised photos to ``(b, classes)`` scores, by a name of CONVOLUTIONS.

    ``hidden`` is the width of the first dense layer. Drawn as `initialised` says. Raises ValueError for a ``side`` of
    which nothing is left behind the last pooling.
    """
    return initialised(partial(_lay_out, name, classes, side, hidden), rng=rng, device=device)


def cells(name: str, side: int) -> tuple[int, int]:
    """Cells along a side of the last map before and behind its pooling, for photos of ``side`` pixels; 0 for none."""
    before = behind = side
    for kernel, _ in CONVOLUTIONS[name]:
        before = max(behind - kernel + 1, 0)
        behind = before // 2
    return before, behind


def _lay_out(name: str, classes: int, side: int, hidden: int) -> nn.Sequential:
    if (left := cells(name, side)[1]) < 1:
        raise ValueError(f"{name} leaves nothing of photos of {side} pixels; wanted larger ones, such as {SIDE}")
    layers: OrderedDict[str, nn.Module] = OrderedDict()
    entering = 3
    for number, (kernel, width) in enumerate(CONVOLUTIONS[name], 1):
        layers[f"conv{number}"] = nn.Conv2d(entering, width, kernel)
        layers[f"relu{number}"], layers[f"pool{number}"] = nn.ReLU(), nn.MaxPool2d(2)
        entering = width
    layers["flatten"] = nn.Flatten()
    layers["classifier"] = nn.Sequential(
        *(nn.Linear(entering * left**2, hidden), nn.ReLU(), nn.Linear(hidden, HIDDEN[1]), nn.ReLU()),
        nn.Linear(HIDDEN[1], classes),
    )
    return nn.Sequential(layers)
