"""Losses of triplets: an anchor shall be nearer to its positive than to its negative, by a margin."""

from __future__ import annotations

from torch import Tensor

from resight.nn.networks.precision import full_precision

from .rows import mean, pick, squared_distance


@full_precision
def triplet(embeddings: Tensor, triplets: Tensor, *, margin: float = 0.4) -> Tensor:
    """Mean of ``½ max(0, ‖x_a − x_p‖² − ‖x_a − x_n‖² + margin)``: Kohl 2017, equation 4.

    ``embeddings (n, d)``; ``triplets (t, 3)`` are rows of them: anchor, positive, negative. The margin is twice that of
    `triplet_cosine`. Raises ShapeError, IndexError.
    """
    anchor, positive, negative = pick(embeddings, triplets, 3)
    gap = squared_distance(anchor, positive) - squared_distance(anchor, negative)
    return mean((gap + margin).relu() / 2)


@full_precision
def triplet_cosine(embeddings: Tensor, triplets: Tensor, *, margin: float = 0.2) -> Tensor:
    """Mean of ``max(0, x_a · x_n − x_a · x_p + margin*)``: Kohl 2017, section 4.4, with its margin* (docs/papers.md).

    On unit rows this is `triplet` with ``margin = 2 margin*``, since ``‖x − y‖² = 2 − 2 x · y``. Shapes as there.
    Raises ShapeError, IndexError.
    """
    anchor, positive, negative = pick(embeddings, triplets, 3)
    return mean(((anchor * (negative - positive)).sum(dim=1) + margin).relu())
