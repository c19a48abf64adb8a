"""Losses: what embeddings pay for lying wrong, as functions by name.

Dicts by what a loss takes, and ``LOSSES`` for all of them. Each gives the mean over what it counts as a scalar with a
gradient, and zero with a gradient where there is nothing to count: a batch without a positive stops no training. All
compute in float32 at least, whatever precision the network runs in.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from torch import Tensor

from . import batch, classification, pair, quadruplet, triplet

Loss = Callable[..., Tensor]

CLASSIFICATION: Final[dict[str, Loss]] = {
    "cross-entropy": classification.cross_entropy,
    "hinge": classification.hinge,
    "arcface": classification.arcface,
}
"""Losses of scores ``(n, k)`` per class (ArcFace: of cosines) and labels ``(n,)``."""

REGION: Final[dict[str, Loss]] = {"sub-regions": classification.sub_regions}
"""Losses of score maps ``(n, k, h, w)``, one per scale, and labels ``(n,)``."""

PAIR: Final[dict[str, Loss]] = {"cosine": pair.cosine, "contrastive": pair.contrastive}
"""Losses of embeddings ``(n, d)``, pairs ``(t, 2)`` of their rows, and whether each pair is of one instance
``(t,)``."""

TUPLE: Final[dict[str, Loss]] = {
    "triplet": triplet.triplet,
    "triplet-cosine": triplet.triplet_cosine,
    "quadruplet": quadruplet.quadruplet,
}
"""Losses of embeddings ``(n, d)`` and triplets ``(t, 3)`` or quadruplets ``(t, 4)`` of their rows."""

BATCH: Final[dict[str, Loss]] = {
    "multi-similarity": batch.multi_similarity,
    "supervised-contrastive": batch.supervised_contrastive,
    "smooth-ap": batch.smooth_ap,
}
"""Losses of embeddings ``(n, d)`` and labels ``(n,)``; every pair of the batch takes part."""

LOSSES: Final[dict[str, Loss]] = {**CLASSIFICATION, **REGION, **PAIR, **TUPLE, **BATCH}
