"""A map of a gallery: known things as points of a plane, near each other where they look alike."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, final

import numpy as np

from resight.recognition.recogniser import Recogniser
from resight.service.terms.problem import Problem
from resight.types import Array

SHOWN: Final = 600
"""Things on a map, at most: of more, every second or third, and so on, by name."""

FEW: Final = 5
"""Things from which neighbours mean something; fewer lie in a row."""

PERPLEXITY: Final = 20.0
"""Neighbours that count for a point, of a map that has three times as many."""


@dataclass(frozen=True, slots=True)
class MapPoint:
    """A thing on the map: its first known photo, and where it lies, from 0 to 1 each way."""

    id: int
    instance: str
    x: float
    y: float


@final
class GalleryMap:
    """The map of a gallery, which is drawn when somebody wants to see it, and again when the gallery has changed."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._drawn: tuple[tuple[str, int], tuple[MapPoint, ...]] | None = None

    def of(self, recogniser: Recogniser) -> tuple[MapPoint, ...]:
        """The points; raises Problem for a gallery whose encoders give no descriptor, or where t-SNE is missing."""
        with self._lock:
            key = recogniser.gallery.identity, recogniser.gallery.revision
            if self._drawn is None or self._drawn[0] != key:
                self._drawn = key, _points(recogniser)
            return self._drawn[1]


def _points(recogniser: Recogniser) -> tuple[MapPoint, ...]:
    index = recogniser.index
    known = next(iter(index.descriptors.values()), None)
    if known is None:
        raise Problem(
            409,
            "there is no map of this gallery",
            found="encoders of local features alone",
            wanted="one that describes a whole photo",
            remedy="`resight index --rebuild` with the encoder `house` beside them",
        )
    by_name = sorted(dict(index.items).values(), key=lambda item: (item.instance.casefold(), item.id))
    first = {item.instance: item.id for item in reversed(by_name)}
    names = list(reversed(first))
    names = names[:: -(-len(names) // SHOWN) or 1]
    ids = [first[name] for name in names]
    try:
        places = laid_out(known.rows(ids))
    except KeyError as gone:
        raise Problem(409, "the gallery was changed meanwhile", remedy="ask again") from gone
    return tuple(
        MapPoint(id, name, float(x), float(y)) for id, name, (x, y) in zip(ids, names, places.tolist(), strict=True)
    )


def laid_out(rows: Array) -> Array:
    """Descriptors ``(n, d)`` laid out in the unit square ``(n, 2)`` by t-SNE (van der Maaten and Hinton 2008)."""
    count = len(rows)
    if count < FEW or not np.ptp(rows, axis=0).any():
        return np.stack([(np.arange(count) + 0.5) / max(1, count), np.full(count, 0.5)], axis=1)
    try:
        from sklearn.manifold import TSNE
    except ModuleNotFoundError as missing:
        remedy = 'pip install "resight[serve]" there'
        raise Problem(503, "there is no map without scikit-learn", remedy=remedy) from missing
    perplexity = min(PERPLEXITY, (count - 1) / 3)
    made = TSNE(2, perplexity=perplexity, init="pca", learning_rate="auto", max_iter=500, random_state=0)
    places: Array = np.asarray(made.fit_transform(rows.astype(np.float32)), np.float64)
    return _in_square(places)


def _in_square(places: Sequence[Sequence[float]] | Array) -> Array:
    low, high = np.min(places, axis=0), np.max(places, axis=0)
    square: Array = (np.asarray(places) - low) / np.maximum(high - low, 1e-9)
    return square
