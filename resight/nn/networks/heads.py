"""Heads: what turns a network's feature map ``(b, c, h, w)`` into scores or a descriptor, with weights that learn."""

from __future__ import annotations

from collections import OrderedDict
from functools import partial
from typing import Self

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from resight.errors import TrainingError
from resight.features import whitening
from resight.features.aggregate import gem
from resight.features.normalisation import unit
from resight.nn.backbones.initialisation import initialised
from resight.types import Array

from .precision import full_precision


def classifier(channels: int, classes: int, *, rng: np.random.Generator | None = None) -> nn.Sequential:
    """The mean of each channel, then a linear layer: maps ``(b, channels, h, w)`` to scores ``(b, classes)``.

    Lin, Chen and Yan 2013, *Network in network*, section 3.2. Layers ``avgpool, flatten, fc``, so that behind a
    backbone it is a residual network's own.
    """
    return initialised(partial(_lay_out, channels, classes), rng=rng)


def _lay_out(channels: int, classes: int) -> nn.Sequential:
    fc = nn.Linear(channels, classes)
    return nn.Sequential(OrderedDict(avgpool=nn.AdaptiveAvgPool2d(1), flatten=nn.Flatten(), fc=fc))


class GeM(nn.Module):
    """The generalised mean of each channel, whose exponent learns (Radenović, Tolias and Chum 2018, equation 3)."""

    def __init__(self, p: float = 3.0, *, eps: float = 1e-6) -> None:
        super().__init__()
        self.p, self.eps = nn.Parameter(torch.tensor(float(p))), eps

    @full_precision
    def forward(self, maps: Tensor) -> Tensor:
        """``(b, c, h, w)`` to ``(b, c)``; raises TrainingError once p is no longer above 0."""
        if not self.p > 0:
            raise TrainingError(
                f"the exponent of the generalised mean has become {self.p.item():.3g}; wanted more than 0: lower the "
                "rate, or do not let it learn"
            )
        return gem(maps.flatten(2).mT, self.p, eps=self.eps)


class ProjectionHead(nn.Module):
    """L2 → shift → linear → L2 of a flattened map: Kohl 2017, sections 4.3 and 4.4 (Gordo et al. 2016).

    ``shift (d,)`` is added before, ``weight (width, d)`` multiplied from the left; both learn.
    """

    def __init__(self, shift: Tensor, weight: Tensor) -> None:
        super().__init__()
        self.shift, self.weight = nn.Parameter(shift), nn.Parameter(weight)

    @classmethod
    def drawn(cls, entering: int, width: int = 512, *, rng: np.random.Generator) -> Self:
        """A head without a shift, its weights of variance 1 / d, which keep lengths; the width is ours."""
        weight = rng.standard_normal((width, entering), dtype=np.float32) / np.sqrt(entering, dtype=np.float32)
        return cls(torch.zeros(entering), torch.from_numpy(weight))

    @classmethod
    def fitted(cls, descriptors: Array, width: int = 512, *, whiten: bool = False) -> Self:
        """The PCA of flattened maps ``(m, d)``, as units, by the smaller of covariance and Gram matrix.

        At most m − 1 and ``width`` directions, largest variance first. ``whiten`` divides them by their deviation, as
        Gordo et al. do. Raises what `whitening.fit` raises.
        """
        pca = whitening.fit(unit(descriptors), dims=width)
        columns = pca.projection if whiten else unit(pca.projection, axis=0)
        return cls(torch.from_numpy(-pca.mean), torch.from_numpy(np.ascontiguousarray(columns.T)))

    @full_precision
    def forward(self, maps: Tensor) -> Tensor:
        """``(b, ...)`` with d numbers each, in the order of the flattened map, to unit rows ``(b, width)``."""
        return unit(F.linear(unit(maps.flatten(1)) + self.shift, self.weight))
