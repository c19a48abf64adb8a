"""PCA-whitening: decorrelated directions of equal variance (Jégou & Chum 2012; Bouček 2020, section 3.1.6)."""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from resight.errors import ShapeError
from resight.types import Array, Whitening

from .normalisation import alike

_RANK: Final = 1e-10
"""Variance, as a fraction of the largest, that counts as none: directions from the Gram matrix would be orthogonal to
fewer than six digits, and what float32 descriptors hold there is near to rounding."""


def fit(descriptors: Array, *, dims: int | None = None, shrinkage: float = 1e-6) -> Whitening:
    """The whitening of descriptors ``(m, d)``, at most ``dims`` directions, largest variance first.

    Σ = X_cᵀX_c / m with its eigenvectors U and variances λ gives ``projection = U / √max(λ, shrinkage · λ₁)``.
    Directions without variance are left out, so d' ≤ min(dims, d, m − 1). ``shrinkage`` in [0, 1] is the floor as a
    fraction of the largest variance λ₁: no direction is stretched more than 1/√shrinkage times as much as the first.
    The largest component of each direction is positive. Computed in float64, given in the dtype of the descriptors.
    Raises ShapeError for fewer than 2 rows, TypeError for integers, ValueError for options out of range and for
    descriptors that are not finite or do not vary.
    """
    _check(descriptors, dims, shrinkage)
    rows = np.asarray(descriptors, np.float64)
    mean = rows.mean(axis=0)
    centred = rows - mean
    variances, directions = (_of_gram if centred.shape[1] > centred.shape[0] else _of_covariance)(centred)
    kept = np.flatnonzero(variances > _RANK * _largest(variances, rows))[:dims]
    variances, directions = variances[kept], _signed(directions[:, kept])
    projection = directions / np.sqrt(np.maximum(variances, shrinkage * variances[0]))
    return Whitening(*(array.astype(descriptors.dtype) for array in (mean, projection, variances)))


def apply(descriptors: Any, whitening: Whitening) -> Any:
    """``(x − mean) @ projection``: descriptors ``(..., d)`` of NumPy or torch to ``(..., d')``, of any length.

    Raises ShapeError where the whitening was fitted on other dimensions.
    """
    wanted = whitening.mean.shape[0]
    if descriptors.shape[-1] != wanted:
        raise ShapeError(
            f"descriptors have {descriptors.shape[-1]} dimensions, their whitening {wanted}; wanted the same: "
            "fit the whitening on descriptors of this encoder"
        )
    return (descriptors - alike(whitening.mean, descriptors)) @ alike(whitening.projection, descriptors)


def turned_back(whitening: Whitening) -> Whitening:
    """Express a whitening in the axes of the descriptors, ``projection (d, d)``: ZCA (Bell & Sejnowski 1997).

    Cosines stay, since rows are but turned; directions that were left out are zero.
    """
    directions = whitening.projection / np.linalg.norm(whitening.projection, axis=0)
    return Whitening(whitening.mean, whitening.projection @ directions.T, whitening.variances)


def _of_covariance(centred: Array) -> tuple[Array, Array]:
    """Variances ``(d,)``, falling, and directions ``(d, d)`` in columns, from Σ ``(d, d)``."""
    variances, directions = np.linalg.eigh(centred.T @ centred / len(centred))
    return variances[::-1], directions[:, ::-1]


def _of_gram(centred: Array) -> tuple[Array, Array]:
    """Variances ``(m,)``, falling, and directions ``(d, m)`` in columns, from the smaller Gram matrix ``(m, m)``.

    Where XXᵀ/m · v = λ v with λ > 0, Xᵀv is an eigenvector of Σ with the same λ and length √(m λ) (Turk & Pentland
    1991).
    """
    variances, directions = np.linalg.eigh(centred @ centred.T / len(centred))
    lengths = np.sqrt(np.maximum(variances * len(centred), np.finfo(np.float64).tiny))
    return variances[::-1], (centred.T @ directions / lengths)[:, ::-1]


def _signed(directions: Array) -> Array:
    """Columns with the sign that makes their largest component positive: an eigenvector's own sign is an accident."""
    peaks = np.argmax(np.abs(directions), axis=0)
    return directions * np.where(directions[peaks, np.arange(directions.shape[1])] < 0, -1.0, 1.0)


def _largest(variances: Array, rows: Array) -> float:
    """The largest variance, if it is more than the rounding of the rows themselves."""
    largest = float(variances[0])
    if largest <= _RANK * _RANK * float(np.max(np.abs(rows))) ** 2:
        raise ValueError(
            f"{len(rows)} descriptors do not vary (largest variance {largest:.3g}); wanted different ones: "
            "fit the whitening on photos of different things"
        )
    return largest


def _check(descriptors: Array, dims: int | None, shrinkage: float) -> None:
    if descriptors.ndim != 2 or len(descriptors) < 2:
        raise ShapeError(
            f"a whitening is wanted of descriptors of shape {descriptors.shape}; wanted (m, d) with m of at least 2: "
            "add photos or do without whitening"
        )
    if not np.issubdtype(descriptors.dtype, np.floating):
        raise TypeError(f"descriptors are {descriptors.dtype}; wanted floating point: decode codes before whitening")
    if not np.isfinite(descriptors).all():
        raise ValueError("descriptors hold NaN or infinity; wanted finite numbers: check the encoder")
    if dims is not None and dims < 1:
        raise ValueError(f"{dims} dimensions are wanted; wanted at least 1, or None for all that vary")
    if not 0 <= shrinkage <= 1:
        raise ValueError(f"shrinkage is {shrinkage}; wanted a fraction of the largest variance in [0, 1]")
