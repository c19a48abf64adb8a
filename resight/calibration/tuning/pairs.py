"""Held-out pairs: photos of a gallery, or views of them, beside the photos that they may be taken for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from resight.features.multiscale import require_scales, summed
from resight.search.similarity_matrix import similarity_matrix
from resight.types import Array

CANDIDATES: Final = 20
"""Gallery photos that a query is paired with: the nearest, and a right one."""

_QUERIES: Final = 32
"""Queries whose descriptors are put beside each other at a time."""


@dataclass(frozen=True, slots=True, eq=False)
class HeldOutPairs:
    """Queries that a gallery knows the answers to, each with its candidates.

    Attributes
    ----------
    matrices : (q, c, s, s) similarity matrices of each query with its candidates.
    own : (q, s, s) matrices of each query with itself.
    theirs : (q, c, s, s) matrices of each candidate with itself.
    right : (q, c) bool, whether a candidate shows what the query shows; at least one of each query does.
    """

    matrices: Array
    own: Array
    theirs: Array
    right: Array

    def __len__(self) -> int:
        return len(self.matrices)


def held_out_pairs(
    queries: Array,
    answers: Array,
    gallery: Array,
    labels: Array,
    *,
    left_out: Array | None = None,
    candidates: int = CANDIDATES,
) -> HeldOutPairs:
    """Pairs the ``queries (q, s, d)`` that have an answer in ``gallery (n, s, d)`` with candidates there.

    ``answers (q,)`` are labels like ``labels (n,)`` of the gallery; the row ``left_out (q,)`` of each query, the photo
    itself, is no candidate (−1 for none). Candidates are the nearest by the sum of all scales, as far as there are any,
    and in the last place the nearest right one where it is not among them. Raises ShapeError for other shapes.
    """
    require_scales(queries)
    require_scales(gallery)
    left_out = np.full(len(queries), -1) if left_out is None else left_out
    count = max(1, min(candidates, len(gallery) - int((left_out >= 0).any())))
    ones = np.ones(gallery.shape[1], gallery.dtype)
    known = summed(gallery, ones)
    parts = []
    for start in range(0, max(len(queries), 1), _QUERIES):
        some = np.arange(start, min(start + _QUERIES, len(queries)))
        barred = left_out[some, None] == np.arange(len(gallery))
        right = (answers[some, None] == labels) & ~barred
        kept = right.any(axis=1)
        cosines = summed(queries[some[kept]], ones) @ known.T
        parts.append(_pair(queries[some[kept]], cosines, gallery, barred[kept], right[kept], count))
    return HeldOutPairs(*(np.concatenate(arrays) for arrays in zip(*parts, strict=True)))


def _pair(
    queries: Array, cosines: Array, gallery: Array, barred: Array, right: Array, count: int
) -> tuple[Array, Array, Array, Array]:
    chosen = np.argsort(-np.where(barred, -np.inf, cosines), axis=1, kind="stable")[:, :count]
    best = np.where(right, cosines, -np.inf).argmax(axis=1)
    missing = ~np.take_along_axis(right, chosen, axis=1).any(axis=1)
    chosen[missing, -1] = best[missing]
    photos = gallery[chosen]
    return (
        similarity_matrix(queries[:, None], photos),
        similarity_matrix(queries, queries),
        similarity_matrix(photos, photos),
        np.take_along_axis(right, chosen, axis=1),
    )
