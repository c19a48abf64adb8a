"""Several descriptors a photo, one a scale: whitened scale by scale, and summed into one (Bouček 2020, chapter 4)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from resight.errors import ShapeError
from resight.types import Array, Head

from . import whitening
from .head import SHRINKAGE, head
from .normalisation import unit


def scale_heads(known: Array, *, background: Array | None = None, shrinkage: float = SHRINKAGE) -> tuple[Head, ...]:
    """A head for each scale of a gallery's unit descriptors ``known (n, s, d)``, fitted on that scale alone.

    An encoder's ``background (b, d)``, which is of the scale 1, joins each of them, as it joins a gallery: a few photos
    alone have no principal directions worth the name.
    The whitened rows are turned back to the encoder's own axes, which changes no cosine within a scale and makes one of
    two scales mean something: principal axes of two scales are turned against each other. Raises ShapeError and
    ValueError as :func:`resight.features.whitening.fit` does.
    """
    require_scales(known)
    beside = known[:0, 0] if background is None else background.astype(known.dtype)
    fitted = (whitening.fit(np.concatenate([beside, rows]), shrinkage=shrinkage) for rows in np.moveaxis(known, 1, 0))
    return tuple(Head(whitening.turned_back(one)) for one in fitted)


def through_heads(rows: Array, heads: Sequence[Head]) -> Array:
    """Descriptors ``(n, s, d)`` of each scale through its own head, ``(n, s, d')``."""
    require_scales(rows)
    if rows.shape[1] != len(heads):
        raise ShapeError(f"descriptors have {rows.shape[1]} scales, and there are {len(heads)} heads; wanted one each")
    return np.stack([head(rows[:, scale], one) for scale, one in enumerate(heads)], axis=1)


def summed(rows: Array, weights: Array) -> Array:
    """One unit descriptor ``(n, d)`` of the scales ``(n, s, d)``: Σ w_s x_s, Bouček 2020, equation 4.17.

    The thesis has weights ``(s,)`` of 0 and 1; others will do as well. A gallery whitens the sums afterwards.
    """
    require_scales(rows)
    if np.shape(weights) != rows.shape[1:2]:
        raise ShapeError(f"descriptors have {rows.shape[1]} scales, weights the shape {np.shape(weights)}; wanted (s,)")
    return np.asarray(unit(np.einsum("nsd,s->nd", rows, np.asarray(weights, rows.dtype))))


def subsets(scales: int) -> Array:
    """All weights of 0 and 1 for so many scales but none at all, ``(2^s − 1, s)``, as binary numbers count."""
    numbers = np.arange(1, 2**scales)
    return (numbers[:, None] >> np.arange(scales) & 1).astype(np.float32)


def require_scales(rows: Array) -> None:
    """Raises ShapeError unless descriptors are ``(n, s, d)`` with at least one scale."""
    if rows.ndim != 3 or not rows.shape[1]:
        raise ShapeError(f"descriptors have shape {rows.shape}; wanted (n, s, d), one row a scale for each photo")
