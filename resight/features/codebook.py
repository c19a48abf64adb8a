"""The codebook: visual words, found by k-means, and how rare each of them is."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final

import numpy as np

from resight.errors import ShapeError
from resight.types import Array, Codebook

from .normalisation import alike, namespace

_BLOCK: Final = 8192
"""Values looked at together while fitting: bounds the memory to ``_BLOCK · max(k, c)`` numbers beside the values."""


def assign(values: Any, centroids: Any) -> Any:
    """The nearest word of each value: ``(..., m, c)`` and ``(k, c)`` give integers ``(..., m)`` in ``[0, k)``.

    ``argmin ‖x − c‖² = argmax x·c − ‖c‖²/2``, by NumPy or torch, whichever ``values`` are. Among equally near words the
    first wins. Raises ShapeError where the channels differ, TypeError for codes.
    """
    if values.shape[-1] != centroids.shape[-1]:
        raise ShapeError(
            f"values of {values.shape[-1]} channels meet words of {centroids.shape[-1]}; wanted the same number: "
            "use the codebook that was fitted on this extractor's values"
        )
    xp = namespace(values)
    words = alike(centroids, values)
    return xp.argmax(values @ words.T - xp.sum(words * words, axis=-1) / 2, axis=-1)


def idf(counts: Array, photos: int) -> Array:
    """Inverse document frequency ``ln(N / n_i)`` (Sivic & Zisserman 2003, section 4): ``(k,)`` float32, ≥ 0.

    ``counts (k,)`` says in how many of the ``photos`` each word occurs. A word that occurs in none counts as occurring
    in one, which keeps its weight finite; beyond that there is no smoothing, and a word that occurs in every photo
    weighs nothing. Raises ValueError where a word occurs in more photos than there are.
    """
    counts = np.asarray(counts)
    if photos < 1 or counts.min(initial=0) < 0 or counts.max(initial=0) > photos:
        raise ValueError(
            f"words occur in {counts.min(initial=0)} to {counts.max(initial=0)} photos of {photos}; "
            "wanted 0 to all of at least one photo: count photos, not values"
        )
    return np.log(photos / np.maximum(counts, 1)).astype(np.float32)


def fit(photos: Sequence[Array], words: int, *, rng: np.random.Generator, iterations: int = 25) -> Codebook:
    """``words`` visual words of the values ``(m_i, c)`` of each photo: k-means++ seeding, then Lloyd's rounds.

    Deterministic in ``rng``. The inverse document frequencies count these same photos, empty ones included. Raises
    ShapeError where photos differ in channels, ValueError where there are fewer different values than words.
    """
    values = _stack(photos)
    centroids = lloyd(values, seed(values, words, rng=rng), iterations=iterations)
    counts = np.zeros(words, np.int64)
    for photo in photos:
        counts[np.unique(_nearest(np.asarray(photo, np.float32), centroids))] += 1
    return Codebook(centroids=centroids, idf=idf(counts, len(photos)))


def seed(values: Array, words: int, *, rng: np.random.Generator) -> Array:
    """``words`` different rows of ``values (m, c)``, drawn in proportion to the squared distance to those before.

    k-means++ (Arthur & Vassilvitskii 2007, section 2.2). Raises ValueError where there are fewer different values.
    """
    if not 1 <= words <= len(values):
        raise ValueError(f"{words} words are wanted of {len(values)} values; wanted 1 to {len(values)}: add photos")
    centroids = values[[rng.integers(len(values))]]
    squares = _squared_distances(values, centroids[0])
    while len(centroids) < words:
        total = squares.sum()
        if total == 0:
            raise ValueError(
                f"{words} words are wanted, but only {len(centroids)} of {len(values)} values differ: "
                "add photos or ask for fewer words"
            )
        centroids = np.concatenate([centroids, values[[rng.choice(len(values), p=squares / total)]]])
        squares = np.minimum(squares, _squared_distances(values, centroids[-1]))
    return centroids


def lloyd(values: Array, centroids: Array, *, iterations: int = 25) -> Array:
    """Means ``(k, c)`` of the values ``(m, c)`` nearest to each word, repeated until no value changes its word.

    Lloyd 1982, at most ``iterations`` rounds. A word that no value is nearest to moves to the value that lies farthest
    from its own word.
    """
    labels = _nearest(values, centroids)
    for _ in range(iterations):
        centroids = _means(values, labels, centroids)
        before, labels = labels, _nearest(values, centroids)
        if np.array_equal(before, labels):
            break
    return centroids


def _means(values: Array, labels: Array, centroids: Array) -> Array:
    """Mean of each word's values in float64, and a new place for words without values."""
    sums, counts = np.zeros(centroids.shape), np.bincount(labels, minlength=len(centroids))
    for part in _blocks(len(values)):
        order = np.argsort(labels[part], kind="stable")
        present, starts = np.unique(labels[part][order], return_index=True)
        sums[present] += np.add.reduceat(values[part][order], starts, axis=0, dtype=np.float64)
    means = (sums / np.maximum(counts, 1)[:, None]).astype(values.dtype)
    return _reseed(means, np.flatnonzero(counts == 0), values, labels, centroids)


def _reseed(means: Array, lost: Array, values: Array, labels: Array, centroids: Array) -> Array:
    """``means`` with each lost word at one of the values that lie farthest from the centroid they had."""
    if len(lost):
        squares = np.concatenate([_row_squares(values[p] - centroids[labels[p]]) for p in _blocks(len(values))])
        means[lost] = values[np.argsort(-squares, kind="stable")[: len(lost)]]
    return means


def _nearest(values: Array, centroids: Array) -> Array:
    """``assign`` in blocks, for any number of values."""
    labels = [assign(values[part], centroids) for part in _blocks(len(values))]
    return np.concatenate([np.zeros(0, np.intp), *labels])


def _squared_distances(values: Array, centroid: Array) -> Array:
    """``(m,)`` float64; differences first, so that a value equal to the centroid is at exactly zero."""
    return np.concatenate([_row_squares(values[part] - centroid) for part in _blocks(len(values))])


def _row_squares(rows: Array) -> Array:
    return np.einsum("mc,mc->m", rows, rows, dtype=np.float64)


def _blocks(m: int) -> Iterator[slice]:
    return (slice(start, start + _BLOCK) for start in range(0, m, _BLOCK))


def _stack(photos: Sequence[Array]) -> Array:
    """Stacks the values of all photos, ``(m, c)`` float32."""
    shapes = {np.shape(photo)[1:] for photo in photos}
    if len(shapes) != 1 or len(next(iter(shapes))) != 1:
        raise ShapeError(
            f"{len(photos)} photos have values of shapes (m,) + {sorted(shapes)}; wanted (m, c) for at least one photo "
            "and the same c for all: take the values of one extractor"
        )
    values = np.concatenate([np.asarray(photo, np.float32) for photo in photos])
    if not np.isfinite(values).all():
        raise ValueError("values hold NaN or infinity; wanted finite numbers: check the extractor")
    return values
