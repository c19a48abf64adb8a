"""Collapse of descriptors: how alike they all are, 1 where a network has collapsed and sees one photo everywhere."""

from __future__ import annotations

from resight.types import Array


def mean_cosine(descriptors: Array) -> float:
    """Mean cosine of two different photos, ``descriptors (n, d)`` being unit rows; 0 for fewer than two.

    ``(‖Σ x‖² − Σ ‖x‖²) / (n (n − 1))``: all pairs, in the time of one pass.
    """
    n = len(descriptors)
    rows = descriptors.astype(float)
    total = rows.sum(axis=0)
    return 0.0 if n < 2 else float((total @ total - (rows * rows).sum()) / (n * (n - 1)))
