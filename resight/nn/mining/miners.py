"""Miners: which pairs or triplets of photos are worth training on, from similarities and labels."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import numpy as np

from resight.errors import ShapeError
from resight.types import Array

from . import pairs, triplets

Miner = Callable[..., Array]
"""``miner(similarities (b, n), labels (n,), *, rng, rows=None)`` to rows ``(t, 2)`` or ``(t, 3)``."""

PAIR_MINERS: Final[dict[str, Miner]] = {"random-pairs": pairs.random_pairs, "hardest-pairs": pairs.hardest_pairs}

TRIPLET_MINERS: Final[dict[str, Miner]] = {
    "random-negative": triplets.random_negative,
    "hardest": triplets.hardest,
    "semi-hard": triplets.semi_hard,
    "semi-hard-then-hardest": triplets.semi_hard_then_hardest,
    "easy-hard": triplets.easy_hard,
    "hard-positive": triplets.hard_positive,
}
""""semi-hard-then-hardest" also wants the ``epoch``."""

MINERS: Final[dict[str, Miner]] = {**PAIR_MINERS, **TRIPLET_MINERS}


def mine(descriptors: Array, labels: Array, miner: Miner, *, rng: np.random.Generator, block: int = 512) -> Array:
    """Mines a whole set: ``descriptors (n, d)`` of unit rows, ``labels (n,)``, to ``(t, 2 or 3)``.

    ``block`` anchors are seen at a time, so that the memory is that of ``block · n`` similarities. What a miner finds
    without drawing is the same in blocks of any size. Random pairs are drawn block by block, and are fewer where a
    block, such as the last, has not the negatives for its share; random triplets are others, and as many. Raises
    ShapeError, and ValueError for a block < 1.
    """
    if descriptors.ndim != 2 or labels.shape != descriptors.shape[:1]:
        raise ShapeError(f"descriptors have shape {descriptors.shape}, labels {labels.shape}; wanted (n, d) and (n,)")
    if block < 1:
        raise ValueError(f"block is {block}; wanted at least 1 anchor at a time")
    every = np.arange(len(labels))
    blocks = [every[start : start + block] for start in range(0, max(len(every), 1), block)]
    return np.concatenate([miner(descriptors[b] @ descriptors.T, labels, rng=rng, rows=b) for b in blocks])
