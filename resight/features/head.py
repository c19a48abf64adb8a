"""The head: what turns an aggregate into the descriptor that is compared."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from array_api_compat import array_namespace

from resight.types import Array, Head

from . import whitening
from .normalisation import unit

FEW: Final = 64
"""Photos below which no whitening is fitted, unless the encoder brings a background: their principal directions say
nothing about the next photo."""

SHRINKAGE: Final = 3e-3
"""Floor of a whitening's variances, as a share of the largest."""


def head(descriptors: Any, settings: Head) -> Any:
    """Unit → whiten → unit of ``(..., d)``: rows ``(..., d')`` of length 1; without a whitening, unit alone.

    A zero row, which is a photo without features, stays zero: whitened it would be minus the mean, and all such photos
    would match each other with certainty.
    """
    rows = unit(descriptors)
    if settings.whitening is None:
        return rows
    xp = array_namespace(rows)
    seen = xp.any(rows != 0, axis=-1, keepdims=True)
    return unit(xp.where(seen, whitening.apply(rows, settings.whitening), 0.0))


def gallery_head(known: Array, background: Array | None = None) -> Head:
    """The head of a gallery whose photos have the unit rows ``known (n, d)``.

    It whitens on them and, where the encoder has one, the ``background (b, d)``; without, where there are FEW at least.
    Descriptors that do not vary have no directions: those of photos without a single feature.
    """
    if background is not None:
        return Head(whitening.fit(np.concatenate([background, known]), shrinkage=SHRINKAGE))
    if len(known) < FEW or not np.ptp(known, axis=0).any():
        return Head()
    return Head(whitening.fit(known, dims=min(256, len(known) // 2), shrinkage=SHRINKAGE))
