"""Made-up descriptors of a long-tailed gallery, as many as one asks for, where only their number and shape matter."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from resight.types import UNKNOWN, Array

SPREAD: Final = 1.2
"""Length of what parts two photos of one thing, beside what they share."""

LONE: Final = 0.5616
"""Share of photos that are alone in their class, and of classes per photo below, in Bouček 2020, section 4."""
CLASSES: Final = 0.6090
LARGEST: Final = 0.0606
"""Share of the photos that the largest class has."""
KNOWN: Final = 0.135
"""Share of the queries that have an answer."""


@dataclass(frozen=True, slots=True, eq=False)
class LongTail:
    """Unit ``gallery (n, d)`` and ``queries (q, d)`` float32, and the labels of both; a query without is UNKNOWN."""

    gallery: Array
    labels: Array
    queries: Array
    answers: Array


def long_tail(photos: int, queries: int, dimensions: int, *, seed: int = 0) -> LongTail:
    """A gallery of the shape of Tini-GLD: most classes have one photo, few have many, most queries have no answer."""
    rng = np.random.default_rng(seed)
    sizes = class_sizes(photos)
    labels = np.repeat(np.arange(len(sizes)), sizes)
    centres = _unit(rng.normal(size=(len(sizes), dimensions)))
    known = round(KNOWN * queries)
    answers = np.append(rng.choice(labels, known), np.full(queries - known, UNKNOWN))
    strangers = _unit(rng.normal(size=(queries, dimensions)))
    of_queries = np.where((answers == UNKNOWN)[:, None], strangers, centres[answers])
    gallery, asked = (_near(rng, rows) for rows in (centres[labels], of_queries))
    return LongTail(gallery, labels, asked, answers)


def class_sizes(photos: int) -> Array:
    """Photos of each class: the largest, those with several by their rank to the power −0.9, and the lone ones."""
    count, lone = round(CLASSES * photos), round(LONE * photos)
    several, largest = count - lone, round(LARGEST * photos)
    left = photos - lone - largest
    weights = np.arange(2, several + 1) ** -0.9
    sizes = np.maximum(np.floor(weights / weights.sum() * left), 2).astype(int)
    sizes[: abs(left - sizes.sum())] += np.sign(left - sizes.sum())
    return np.concatenate([[largest], sizes, np.ones(lone, int)])


def _near(rng: np.random.Generator, rows: Array) -> Array:
    return _unit(rows + SPREAD / np.sqrt(rows.shape[1]) * rng.normal(size=rows.shape)).astype(np.float32)


def _unit(rows: Array) -> Array:
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)
