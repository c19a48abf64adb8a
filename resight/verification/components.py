"""Connected components of a mask."""

from __future__ import annotations

import numpy as np

from resight.types import Array


def components(mask: Array) -> Array:
    """Numbers ``(h, w)`` of the regions of a bool mask ``(h, w)``: from 1 in reading order, 0 where it is false.

    Cells belong together where they touch by a side or a corner. What is joined are runs, the unbroken pieces of rows:
    each points at the first run that it is known to belong with, until all of a region point at the same (Shiloach and
    Vishkin 1982, by whole arrays).
    """
    numbers = np.zeros(mask.shape, np.int64)
    starts, ends = _runs(mask)
    joined = _touching(starts, ends, mask.shape[1] + 1)
    first = np.arange(len(starts))
    while len(joined):
        low, high = np.sort(first[joined], axis=1).T
        np.minimum.at(first, high, low)
        while not np.array_equal(nearer := first[first], first):
            first = nearer
        joined = joined[first[joined[:, 0]] != first[joined[:, 1]]]
    numbers[mask] = np.repeat(np.unique(first, return_inverse=True)[1] + 1, ends - starts)
    return numbers


def _runs(mask: Array) -> tuple[Array, Array]:
    """Where each run starts and ends, exclusive, in reading order, as places of rows that are one cell wider."""
    wider = np.pad(mask, ((0, 0), (0, 1))).reshape(-1)
    edges = np.flatnonzero(np.diff(wider, prepend=False, append=False))
    return edges[::2], edges[1::2]


def _touching(starts: Array, ends: Array, width: int) -> Array:
    """Pairs ``(p, 2)`` of a run and one of the row below that touch by a side or a corner."""
    lowest = np.searchsorted(ends, starts + width, side="left")
    highest = np.searchsorted(starts, ends + width, side="right")
    counts = highest - lowest
    above = np.repeat(np.arange(len(starts)), counts)
    below = np.arange(counts.sum()) + np.repeat(lowest - np.cumsum(counts) + counts, counts)
    return np.stack((above, below), axis=1)
