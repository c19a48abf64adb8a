"""Mutual nearest features of two photos, weighed by how distinctive they are."""

from __future__ import annotations

import numpy as np

from resight.types import Array, Correspondences


def mutual(query: Array, reference: Array, *, least: float = 0.02) -> Correspondences:
    """Pairs that are each other's nearest, with the weight ``1 − d₁² / d₂²`` of the ratio test (Lowe 2004, sec. 7.1).

    Parameters
    ----------
    query, reference : (m, c) and (n, c) descriptors or codes.
    least : pairs of a smaller weight are left out.
    """
    if len(query) < 2 or len(reference) < 2:
        return Correspondences(np.zeros((0, 2), np.int64), np.zeros(0, np.float32))
    squares = _squared_distances(query.astype(np.float32), reference.astype(np.float32))
    rows, columns = np.arange(len(query)), squares.argmin(axis=1)
    returns = squares.argmin(axis=0)[columns] == rows
    nearest = squares[rows, columns]
    squares[rows, columns] = np.inf
    tiny = np.finfo(np.float32).tiny  # of two that are both hit exactly, neither is distinctive: 0 / 0 counts as 1
    weights = 1 - (nearest + tiny) / (squares.min(axis=1) + tiny)
    kept = returns & (weights > least)
    return Correspondences(np.column_stack([rows, columns])[kept], weights[kept])


def _squared_distances(a: Array, b: Array) -> Array:
    """(m, n) float32; exact for 8-bit codes, whose products float32 holds without rounding."""
    squares = (-2 * a) @ b.T  # then in place: a million distances are copied as fast as they are computed
    squares += (a**2).sum(axis=1)[:, None]
    squares += (b**2).sum(axis=1)
    return np.maximum(squares, 0, out=squares)
