"""Connected components of a mask."""

from __future__ import annotations

import numpy as np

from resight.types import Array


def components(mask: Array) -> Array:
    """Numbers ``(h, w)`` of the regions of a bool mask ``(h, w)``: from 1 in reading order, 0 where it is false.

    Cells belong together where they touch by a side or a corner. Each cell points at the least cell that it is known to
    be joined to, until all of a region point at its first (Shiloach and Vishkin 1982, by whole arrays).
    """
    joined = _joined(mask)
    first = np.arange(mask.size)
    while len(joined):
        low, high = np.sort(first[joined], axis=1).T
        np.minimum.at(first, high, low)
        while not np.array_equal(nearer := first[first], first):
            first = nearer
        joined = joined[first[joined[:, 0]] != first[joined[:, 1]]]
    numbers = np.zeros(mask.size, np.int64)
    inside = mask.reshape(-1)
    numbers[inside] = np.unique(first[inside], return_inverse=True)[1] + 1
    return numbers.reshape(mask.shape)


def _joined(mask: Array) -> Array:
    """Pairs ``(p, 2)`` of touching cells of the mask, as places in reading order."""
    cells = np.arange(mask.size).reshape(mask.shape)
    ways = (
        (np.s_[:, :-1], np.s_[:, 1:]),
        (np.s_[:-1], np.s_[1:]),
        (np.s_[:-1, :-1], np.s_[1:, 1:]),
        (np.s_[:-1, 1:], np.s_[1:, :-1]),
    )
    pairs = [np.stack((cells[here], cells[there]), -1)[mask[here] & mask[there]] for here, there in ways]
    return np.concatenate(pairs)
