"""The loss of quadruplets: a pair of one instance shall be nearer than any pair of two, with or without the anchor."""

from __future__ import annotations

from torch import Tensor

from resight.nn.networks.precision import full_precision

from .rows import mean, pick, squared_distance


@full_precision
def quadruplet(embeddings: Tensor, quadruplets: Tensor, *, margin: float = 1.0, other_margin: float = 0.5) -> Tensor:
    """Mean of ``max(0, d²(a, p) − d²(a, n₁) + margin) + max(0, d²(a, p) − d²(n₂, n₁) + other_margin)``.

    Chen, Chen, Zhang and Huang 2017, *Beyond triplet loss*, with the Euclidean distance for their learned
    one; the second margin is the smaller. ``embeddings (n, d)``; ``quadruplets (t, 4)`` are rows of them: anchor,
    positive, and two negatives of two further instances. Raises ShapeError, IndexError.
    """
    anchor, positive, negative, other = pick(embeddings, quadruplets, 4)
    inner = squared_distance(anchor, positive)
    first = (inner - squared_distance(anchor, negative) + margin).relu()
    second = (inner - squared_distance(other, negative) + other_margin).relu()
    return mean(first + second)
