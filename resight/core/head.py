"""The head: what turns an aggregate into the descriptor that is compared."""

from __future__ import annotations

from typing import Any

from array_api_compat import array_namespace

from resight.types import Head

from . import whitening
from .normalisation import unit


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
