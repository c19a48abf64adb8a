"""Pairs of photos to train on, ``(t, 2)`` rows: mined from similarities, never a photo with itself.

Every miner takes ``similarities (b, n)`` and ``labels (n,)``; ``rows (b,)`` name the anchors where they are not all of
the n photos. Raises ShapeError and ValueError as `anchors` does.
"""

from __future__ import annotations

import numpy as np

from resight.types import UNKNOWN, Array

from .anchors import anchors, largest


def same(pairs: Array, labels: Array) -> Array:
    """Whether each of ``pairs (t, 2)`` is of one known instance, ``(t,)`` bool."""
    one, other = labels[pairs].T
    return (one == other) & (one != UNKNOWN)


def random_pairs(
    similarities: Array, labels: Array, *, rng: np.random.Generator, rows: Array | None = None, share: float = 0.9
) -> Array:
    """Mines every positive pair once, and random negative ones, none twice, so that they are ``share`` of all.

    Kohl 2017, section 4.3.2, choice 1; its share is 90 %. The similarities play no part. Where there are too few
    negative pairs, all of them come. Raises ValueError unless 0 ≤ share < 1.
    """
    if not 0 <= share < 1:
        raise ValueError(f"the share of negative pairs is {share}; wanted 0 up to but not including 1, such as 0.9")
    positives, following = [], []
    for anchor in anchors(similarities, labels, rows=rows):
        later = anchor.positives[anchor.positives > anchor.row]
        positives.append(_with(anchor.row, later))
        following.append(int((anchor.negatives > anchor.row).sum()))
    pairs = np.concatenate([_NONE, *positives])
    wanted = min(round(len(pairs) * share / (1 - share)), sum(following))
    return np.concatenate([pairs, *_drawn(similarities, labels, rows, np.array(following, np.int64), wanted, rng)])


def hardest_pairs(
    similarities: Array, labels: Array, *, rng: np.random.Generator, rows: Array | None = None, count: int = 10
) -> Array:
    """Mines every positive pair once, and for each photo its ``count`` most similar negatives, which lose most.

    Kohl 2017, section 4.3.2, choice 2, whose count x is not given. Nothing is random. A negative pair comes twice
    where each is among the hardest of the other.
    """
    found = [_NONE]
    for anchor in anchors(similarities, labels, rows=rows):
        hardest = anchor.negatives[largest(anchor.similarities[anchor.negatives], count)]
        found += [_with(anchor.row, anchor.positives[anchor.positives > anchor.row]), _with(anchor.row, hardest)]
    return np.concatenate(found)


_NONE = np.empty((0, 2), np.int64)


def _with(row: int, others: Array) -> Array:
    return np.stack([np.full_like(others, row), others], axis=1)


def _drawn(
    similarities: Array, labels: Array, rows: Array | None, following: Array, count: int, rng: np.random.Generator
) -> list[Array]:
    """``count`` different negative pairs of an anchor and a later row, where anchor i has ``following[i]`` of them."""
    drawn = np.sort(rng.choice(following.sum(), count, replace=False)) if count else np.empty(0, np.int64)
    ends = np.cumsum(following)
    bounds = np.searchsorted(drawn, np.concatenate([[0], ends]))
    pairs = []
    for index, anchor in enumerate(anchors(similarities, labels, rows=rows)):
        places = drawn[bounds[index] : bounds[index + 1]] - (ends[index] - following[index])
        pairs.append(_with(anchor.row, anchor.negatives[anchor.negatives > anchor.row][places]))
    return pairs
