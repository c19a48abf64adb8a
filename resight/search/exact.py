"""Exact neighbours: every query meets every gallery row."""

from __future__ import annotations

from typing import Final

import numpy as np

from resight.errors import ShapeError
from resight.types import Array, Matches

_LAST: Final = np.int64(2**32 - 1)
_NOBODY: Final = np.iinfo(np.int64).min
_QUERIES: Final = 256
"""Queries answered together; with a block of gallery rows they bound the memory."""


def search(queries: Array, gallery: Array, k: int, *, block: int = 1024) -> Matches:
    """The k nearest rows of ``gallery (n, d)`` to each of ``queries (q, d)`` by inner product, nearest first.

    Larger is nearer; on equal scores the smaller row comes first. Where k > n, the rest is row −1 with score −inf.
    Rows are int64, scores float32 inner products of float32 arrays. Each is summed alone, so that neither ``block``,
    the rows looked at together, nor the other queries change a bit of the answer. Beside the float32 arrays and the
    answer, the memory is of the order of 256 · (k + block) numbers. Raises ShapeError for shapes that do not fit,
    ValueError for k or block < 1 and for NaN or infinity.
    """
    _check(queries, gallery, k, block)
    queries = np.ascontiguousarray(queries, np.float32)
    gallery = np.ascontiguousarray(gallery, np.float32)
    try:
        keys = [_nearest(queries[i : i + _QUERIES], gallery, k, block) for i in range(0, len(queries), _QUERIES)]
    except FloatingPointError as error:  # found on the way: to look for it first would take a part of each search
        require_finite(queries, "query")
        require_finite(gallery, "gallery row")
        raise ValueError("queries or gallery hold huge numbers; wanted descriptors of finite length") from error
    return _matches(np.concatenate([np.empty((0, k), np.int64), *keys]))


def require_finite(descriptors: Array, what: str) -> None:
    """Raise ValueError for descriptors ``(n, ...)`` that hold NaN or infinity; it says ``what`` they are, and which."""
    wrong = np.flatnonzero(~np.isfinite(descriptors).all(axis=tuple(range(1, descriptors.ndim))))
    if len(wrong):
        more = f" and {len(wrong) - 1} more" if len(wrong) > 1 else ""
        raise ValueError(
            f"{what} {wrong[0]}{more} of {len(descriptors)}, counted from 0, hold NaN or infinity; wanted descriptors "
            "of finite length: describe these photos again, or leave them out"
        )


def _nearest(queries: Array, gallery: Array, k: int, block: int) -> Array:
    """Keys ``(q, k)`` of the nearest, falling."""
    best = np.full((len(queries), k), _NOBODY)
    for start in range(0, len(gallery), block):
        # Not a matrix product: it rounds by the shape and place of a block, and equal rows would be shuffled.
        with np.errstate(over="ignore", invalid="ignore"):  # refused below, in words
            scores = np.vecdot(queries[:, None], gallery[None, start : start + block])
        best = np.concatenate([best, _keys(scores, start)], axis=1)
        best = np.partition(best, -k, axis=1)[:, -k:]
    return np.sort(best, axis=1)[:, ::-1]


def _keys(scores: Array, start: int) -> Array:
    """One integer per neighbour that sorts as (score, −row): the score's bits above, the row counted down below.

    IEEE 754 floats sort as their bits read as integers, once the lower bits of the negative ones are flipped.
    """
    if not np.isfinite(scores).all():
        raise FloatingPointError
    rows = np.arange(start, start + scores.shape[1], dtype=np.int64)
    # Adding 0 makes −0 a 0, which it equals but whose bits it does not share.
    bits = _flipped((scores + np.float32(0)).view(np.int32))
    return (bits.astype(np.int64) << 32) | (_LAST - rows)


def _matches(keys: Array) -> Matches:
    """Rows and scores of keys, the way back."""
    found = keys != _NOBODY
    scores = _flipped((keys >> 32).astype(np.int32)).view(np.float32)
    return Matches(np.where(found, _LAST - (keys & _LAST), -1), np.where(found, scores, np.float32(-np.inf)))


def _flipped(bits: Array) -> Array:
    """Bits ``int32`` with all but the sign flipped where negative; its own inverse."""
    return bits ^ ((bits >> 31) & np.int32(0x7FFFFFFF))


def _check(queries: Array, gallery: Array, k: int, block: int) -> None:
    if queries.ndim != 2 or gallery.ndim != 2 or queries.shape[1] != gallery.shape[1]:
        raise ShapeError(
            f"queries have shape {queries.shape}, the gallery {gallery.shape}; wanted (q, d) and (n, d) with the same "
            "d: describe both with one encoder"
        )
    if k < 1 or block < 1:
        raise ValueError(f"k is {k} and block is {block}; wanted at least 1 of each")
