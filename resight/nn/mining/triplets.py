"""Triplets of photos to train on, ``(t, 3)`` rows: anchor, positive, negative; never a photo with itself.

Every miner takes ``similarities (b, n)`` and ``labels (n,)``; ``rows (b,)`` name the anchors where they are not all of
the n photos. An anchor without a positive or a negative has no triplet. Raises ShapeError and ValueError as `anchors`
does.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np

from resight.types import Array

from .anchors import Anchor, anchors, largest


def random_negative(
    similarities: Array, labels: Array, *, rng: np.random.Generator, rows: Array | None = None
) -> Array:
    """Mines every positive of every anchor, each with a random negative: Kohl 2017, section 4.4.2, choice 1."""
    return _mined(similarities, labels, rows, partial(_random_negative, rng=rng))


def hardest(similarities: Array, labels: Array, *, rng: np.random.Generator, rows: Array | None = None) -> Array:
    """Mines every positive of every anchor, with the anchor's most similar negative: choice 2. Nothing is random."""
    return _mined(similarities, labels, rows, _hardest)


def semi_hard(
    similarities: Array, labels: Array, *, rng: np.random.Generator, rows: Array | None = None, margin: float = 0.2
) -> Array:
    """Mines every positive with its most similar negative that is farther than it, but by less than the margin.

    Schroff, Kalenichenko and Philbin 2015, *FaceNet*, equation 4, with margin* between cosines. A positive without such
    a negative is left out. Nothing is random.
    """
    return _mined(similarities, labels, rows, partial(_semi_hard, margin=margin))


def semi_hard_then_hardest(
    similarities: Array,
    labels: Array,
    *,
    rng: np.random.Generator,
    epoch: int,
    rows: Array | None = None,
    switch: int = 10,
    margin: float = 0.2,
) -> Array:
    """`semi_hard` before the epoch ``switch``, `hardest` from it on (epochs from 0): choice 3.

    The document does not say when it switches.
    """
    if epoch < switch:
        return semi_hard(similarities, labels, rng=rng, rows=rows, margin=margin)
    return hardest(similarities, labels, rng=rng, rows=rows)


def easy_hard(
    similarities: Array,
    labels: Array,
    *,
    rng: np.random.Generator,
    rows: Array | None = None,
    positives: int = 3,
    negatives: int = 3,
    kept: int = 1,
) -> Array:
    """The n_p most similar positives × the n_n most similar negatives, of which n_t with the highest loss are kept.

    Kohl 2017, section 4.4.2, choice 4, per anchor. It leaves the numbers open; 3, 3 and 1 are ours (docs/papers.md).
    Nothing is random.
    """
    choose = partial(_easy_hard, positives=positives, negatives=negatives, kept=kept)
    return _mined(similarities, labels, rows, choose)


def hard_positive(similarities: Array, labels: Array, *, rng: np.random.Generator, rows: Array | None = None) -> Array:
    """Mines each anchor's least similar positive with its most similar negative. Nothing is random.

    Hermans, Beyer and Leibe 2017, *In defense of the triplet loss*, equation 5 ("batch hard").
    """
    return _mined(similarities, labels, rows, _hard_positive)


_NONE = np.empty((0, 3), np.int64)


def _mined(similarities: Array, labels: Array, rows: Array | None, choose: Callable[[Anchor], Array]) -> Array:
    """The triplets of all anchors, where ``choose`` gives the (positive, negative) rows ``(t, 2)`` of one."""
    found = [_NONE]
    for anchor in anchors(similarities, labels, rows=rows):
        if len(anchor.positives) and len(anchor.negatives):
            chosen = choose(anchor)
            found.append(np.column_stack([np.full(len(chosen), anchor.row), chosen]))
    return np.concatenate(found)


def _random_negative(anchor: Anchor, *, rng: np.random.Generator) -> Array:
    return np.column_stack([anchor.positives, rng.choice(anchor.negatives, len(anchor.positives))])


def _hardest(anchor: Anchor) -> Array:
    negative = anchor.negatives[anchor.similarities[anchor.negatives].argmax()]
    return np.column_stack([anchor.positives, np.full_like(anchor.positives, negative)])


def _semi_hard(anchor: Anchor, *, margin: float) -> Array:
    near = anchor.similarities[anchor.positives]
    far = anchor.similarities[anchor.negatives]
    farther = np.where(far < near[:, None], far, -np.inf)
    nearest = farther.argmax(axis=1)
    found = farther.max(axis=1) > near - margin
    return np.column_stack([anchor.positives, anchor.negatives[nearest]])[found]


def _easy_hard(anchor: Anchor, *, positives: int, negatives: int, kept: int) -> Array:
    easy = anchor.positives[largest(anchor.similarities[anchor.positives], positives)]
    hard = anchor.negatives[largest(anchor.similarities[anchor.negatives], negatives)]
    losses = anchor.similarities[hard] - anchor.similarities[easy][:, None]
    positive, negative = np.unravel_index(largest(losses.ravel(), kept), losses.shape)
    return np.column_stack([easy[positive], hard[negative]])


def _hard_positive(anchor: Anchor) -> Array:
    return _hardest(anchor)[[anchor.similarities[anchor.positives].argmin()]]
