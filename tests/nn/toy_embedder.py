"""An embedder of one convolution, for squares of 16 pixels of four instances."""

from __future__ import annotations

from collections import OrderedDict

import torch
from torch import Tensor, nn

from resight.features.aggregate import gem
from resight.nn.tasks.embedder import Embedder, Pooling
from resight.nn.tasks.objective import Objective
from resight.types import Head


def by_gem(maps: Tensor) -> Tensor:
    rows: Tensor = gem(maps.flatten(2).mT, 3.0)
    return rows


def embedder(objective: Objective | None = None, *, frozen: bool = True, pooling: Pooling = by_gem) -> Embedder:
    """Maps of eight channels; the same numbers each time."""
    torch.manual_seed(0)
    layers = OrderedDict(conv=nn.Conv2d(3, 8, 3, stride=2), bn=nn.BatchNorm2d(8), relu=nn.ReLU())
    how = objective or Objective("supervised-contrastive")
    return Embedder(nn.Sequential(layers), pooling, how, settings=Head(), classes=4, channels=8, frozen=frozen, seed=0)
