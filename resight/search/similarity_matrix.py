"""Similarity matrices: two photos with a descriptor a scale, and what becomes one similarity of theirs.

Bouček 2020, equations 4.11 to 4.16. Rows are the query's scales, columns those of the gallery's photo.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Final

import numpy as np

from resight.errors import ShapeError
from resight.types import Array, Matches

from .exact import require_finite

Reduction = Callable[[Array], Array]
"""Matrices ``(..., s, t)`` to similarities ``(...)``, larger is nearer."""

_SPARE: Final = 32
"""Neighbours looked at beyond k, whose order the products of single precision may have mixed up."""

_QUERIES: Final = 32
_PHOTOS: Final = 1024
"""Queries and gallery photos whose matrices are made together."""


def similarity_matrix(query: Array, photo: Array) -> Array:
    """S = X Yᵀ ``(..., s, t)`` of the query's rows ``(..., s, d)`` and the photo's ``(..., t, d)``: equation 4.12."""
    return np.matmul(query, np.swapaxes(photo, -1, -2))


def largest(matrices: Array) -> Array:
    """The largest entry, equation 4.13."""
    return matrices.max(axis=(-2, -1))


def rows(matrices: Array) -> Array:
    """Sum of the maxima of rows, equation 4.14: what each scale of the query finds."""
    return matrices.max(axis=-1).sum(axis=-1)


def columns(matrices: Array) -> Array:
    """Sum of the maxima of columns, equation 4.15: what each scale of the gallery's photo finds."""
    return matrices.max(axis=-2).sum(axis=-1)


def squared(matrices: Array, *, axis: int) -> Array:
    """Sum of the squared maxima along an axis, equation 4.16; a negative maximum counts as 0, not as its square."""
    return np.square(np.maximum(matrices.max(axis=axis), 0)).sum(axis=-1)


REDUCTIONS: Final[Mapping[str, Reduction]] = {
    "max": largest,
    "rows": rows,
    "columns": columns,
    "squared rows": partial(squared, axis=-1),
    "squared columns": partial(squared, axis=-2),
}
"""The five of Bouček 2020, in the order of Table 5.5."""


@dataclass(frozen=True, slots=True, eq=False)
class LearnedReduction:
    """A weighted sum of :func:`entries_and_maxima`, ``weights (e,)`` in their order."""

    weights: Array

    def __call__(self, matrices: Array) -> Array:
        return entries_and_maxima(matrices) @ self.weights.astype(matrices.dtype)


def entries_and_maxima(matrices: Array) -> Array:
    """Everything that a learned reduction weighs of matrices ``(..., s, t)``: ``(..., s · t + s + t + 1)``.

    All entries row by row, the maxima of rows, those of columns, and the largest entry.
    """
    parts = (
        matrices.reshape(*matrices.shape[:-2], matrices.shape[-2] * matrices.shape[-1]),
        matrices.max(axis=-1),
        matrices.max(axis=-2),
        largest(matrices)[..., None],
    )
    return np.concatenate(parts, axis=-1)


def best_entry(query: Array, photo: Array) -> tuple[int, int]:
    """Row and column of the largest entry, the first of equals: which scale, view or region is most like which."""
    matrix = similarity_matrix(query, photo)
    row, column = np.unravel_index(int(matrix.argmax()), matrix.shape)
    return int(row), int(column)


def search_matrices(
    queries: Array, gallery: Array, k: int, *, reductions: Mapping[str, Reduction] = REDUCTIONS
) -> dict[str, Matches]:
    """The k nearest of ``gallery (n, t, d)`` to each of ``queries (q, s, d)`` by each reduction, nearest first.

    Larger is nearer; on equal similarities the smaller row comes first. Where k > n, the rest is row −1 with the score
    −inf. The nearest k + 32 are found by products in single precision, block by block; they are then computed and
    ordered in double precision, each by itself. Scores are float64. Beside its arrays and answers the memory is of the
    order of 32 · 1,024 · s · t numbers. Raises ShapeError for shapes that do not fit, ValueError for k < 1 and for NaN.
    """
    _check(queries, gallery, k)
    queries, gallery = (np.ascontiguousarray(array, np.float32) for array in (queries, gallery))
    require_finite(queries, "query")
    require_finite(gallery, "gallery photo")
    found: dict[str, list[tuple[Array, Array]]] = {name: [] for name in reductions}
    for start in range(0, len(queries), _QUERIES):
        part = queries[start : start + _QUERIES]
        for name, candidates in _nearest(part, gallery, k + _SPARE, reductions).items():
            found[name].append(_ordered(part, gallery, candidates, reductions[name], k))
    return {name: _joined(parts, k) for name, parts in found.items()}


def _nearest(queries: Array, gallery: Array, count: int, reductions: Mapping[str, Reduction]) -> dict[str, Array]:
    """Rows ``(q, ≤ count)``, rising, of the photos that are nearest to single precision, by each reduction."""
    kept = {name: np.zeros((len(queries), 0), np.int64) for name in reductions}
    scores = {name: np.zeros((len(queries), 0), np.float32) for name in reductions}
    for start, matrices in _blocks(queries, gallery):
        rows = np.broadcast_to(np.arange(start, start + matrices.shape[1]), matrices.shape[:2])
        for name, reduce in reductions.items():
            both = np.concatenate([kept[name], rows], axis=1)
            found = np.concatenate([scores[name], reduce(matrices)], axis=1)
            if not np.isfinite(found).all():
                raise ValueError("similarities are not finite; wanted descriptors of finite length")
            first = np.argpartition(-found, min(count, found.shape[1]) - 1, axis=1)[:, :count]
            kept[name] = np.take_along_axis(both, first, axis=1)
            scores[name] = np.take_along_axis(found, first, axis=1)
    return {name: np.sort(rows, axis=1) for name, rows in kept.items()}


def _blocks(queries: Array, gallery: Array) -> Iterator[tuple[int, Array]]:
    """Starts of blocks of photos, and their matrices ``(q, photos, s, t)`` with the queries."""
    q, s, d = queries.shape
    flat = queries.reshape(q * s, d)
    for start in range(0, len(gallery), _PHOTOS):
        photos = gallery[start : start + _PHOTOS]
        products = flat @ photos.reshape(-1, d).T
        yield start, products.reshape(q, s, len(photos), -1).swapaxes(1, 2)


def _ordered(queries: Array, gallery: Array, rows: Array, reduce: Reduction, k: int) -> tuple[Array, Array]:
    """The k nearest of the ``rows (q, c)`` of each query, and their scores."""
    found = np.full((len(queries), k), -1)
    scores = np.full((len(queries), k), -np.inf)
    for query, near in enumerate(rows):
        one, photos = queries[query].astype(np.float64), gallery[near].astype(np.float64)
        # Each entry summed by itself: a product of matrices rounds by an entry's place, and would part equal photos.
        exact = reduce(np.vecdot(one[None, :, None], photos[:, None]))
        order = np.argsort(-exact, kind="stable")[:k]
        found[query, : len(order)], scores[query, : len(order)] = near[order], exact[order]
    return found, scores


def _joined(parts: list[tuple[Array, Array]], k: int) -> Matches:
    rows = np.concatenate([np.zeros((0, k), np.int64), *(part[0] for part in parts)])
    return Matches(rows, np.concatenate([np.zeros((0, k)), *(part[1] for part in parts)]))


def _check(queries: Array, gallery: Array, k: int) -> None:
    if queries.ndim != 3 or gallery.ndim != 3 or queries.shape[2] != gallery.shape[2]:
        raise ShapeError(
            f"queries have shape {queries.shape}, the gallery {gallery.shape}; wanted (q, s, d) and (n, t, d) with the "
            "same d: describe both with one encoder"
        )
    if not (queries.shape[1] and gallery.shape[1]):
        raise ShapeError(f"photos have {queries.shape[1]} and {gallery.shape[1]} descriptors each; wanted at least 1")
    if k < 1:
        raise ValueError(f"k is {k}; wanted at least 1 neighbour")
