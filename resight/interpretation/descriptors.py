"""Descriptors of explanations, and their principal components (Shi 2018, sections 3.3 and 3.4)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

import numpy as np

from resight.types import Array

FIRST: Final = 50
"""Components that PCA(50) keeps, or all where there are fewer."""

SHARE: Final = 0.9
"""Share of the variance that PCA(90 %) keeps more than."""


def d_cam(maps: Array, sums: Array) -> Array:
    """``L``, flattened: maps ``(n, h, w)`` to ``(n, h · w)`` (equation 3)."""
    return maps.reshape(len(maps), -1)


def d_short(maps: Array, sums: Array) -> Array:
    """``Σ_k L ∘ A^k``, flattened (equation 4): maps ``L (n, h, w)`` and sums ``Σ_k A^k`` to ``(n, h · w)``."""
    return (maps * sums).reshape(len(maps), -1)


DESCRIPTORS: Final[Mapping[str, Callable[[Array, Array], Array]]] = {"D_cam": d_cam, "D_short": d_short}
"""Kinds of descriptors, by the paper's names."""


def components(descriptors: Array) -> tuple[Array, Array]:
    """All principal components of descriptors ``(n, d)``: ``(n, min(n, d))``, and each one's share of the variance.

    Shares are all zero where descriptors do not vary.
    """
    centred = descriptors.astype(np.float64)
    centred -= centred.mean(axis=0)
    left, singular, _ = np.linalg.svd(centred, full_matrices=False)
    variances = singular**2
    return left * singular, variances / max(variances.sum(), np.finfo(float).tiny)


def kept(shares: Array, *, dimensions: int) -> tuple[int, int]:
    """Dimensions that PCA(50) and PCA(90 %) keep of ``dimensions``, by the ``shares`` of the variance: Table 1.

    Never more than there are shares, which are as many as photos where these are fewer.
    """
    enough = int(np.searchsorted(np.cumsum(shares), SHARE, side="right")) + 1
    return min(FIRST, dimensions, len(shares)), min(enough, len(shares))
