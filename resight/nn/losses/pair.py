"""Losses of pairs: two photos of one instance shall be near, of two instances far."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

from resight.errors import ShapeError
from resight.nn.networks.precision import full_precision

from .rows import mean, pick, squared_distance


@full_precision
def cosine(embeddings: Tensor, pairs: Tensor, same: Tensor, *, margin: float = 0.0) -> Tensor:
    """Mean of ``1 − cos(x₁, x₂)`` where the instance is the same, else ``max(0, cos(x₁, x₂) − margin)``.

    Kohl 2017, equation 3; its margin is 0. ``embeddings (n, d)`` of any length, ``pairs (t, 2)`` rows
    of them, ``same (t,)`` bool. Raises ShapeError, IndexError.
    """
    one, other = pick(embeddings, pairs, 2)
    target = torch.where(_checked(same, pairs), 1, -1)
    return mean(F.cosine_embedding_loss(one, other, target, margin=margin, reduction="none"))


@full_precision
def contrastive(embeddings: Tensor, pairs: Tensor, same: Tensor, *, margin: float = 1.0) -> Tensor:
    """Mean of ``½ D²`` where the instance is the same, else ``½ max(0, margin − D)²``, with ``D = ‖x₁ − x₂‖``.

    Hadsell, Chopra and LeCun 2006, *Dimensionality reduction by learning an invariant mapping*, equation 4. Shapes as
    in `cosine`. Raises ShapeError, IndexError.
    """
    squares = squared_distance(*pick(embeddings, pairs, 2))
    # Clipped before the root, whose slope at zero is infinite: two equal rows of two instances get no direction.
    distances = squares.clamp(min=torch.finfo(squares.dtype).tiny).sqrt()
    return mean(torch.where(_checked(same, pairs), squares, (margin - distances).relu().square()) / 2)


def _checked(same: Tensor, pairs: Tensor) -> Tensor:
    if same.shape != pairs.shape[:1] or same.dtype != torch.bool:
        raise ShapeError(f"same is {same.dtype} {tuple(same.shape)}; wanted bool ({len(pairs)},), one per pair")
    return same
