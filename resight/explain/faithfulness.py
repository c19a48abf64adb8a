"""Deletion test of heat maps: hide the bright places, and see what becomes of the score.

Deletion and insertion after Petsiuk, Das and Saenko 2018 (*RISE*), beside random orders; here both hide by the same
blur, so that one baseline serves both.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import numpy as np

from resight.io import images
from resight.results import Faithfulness
from resight.types import Array, Features, Image

CELLS: Final = 16
"""Cells along the longer side that are hidden as a whole: single pixels would be noise to a network, not absence."""

STEPS: Final = 8
"""Steps from the whole photo to none of it."""

ORDERS: Final = 3
"""Random orders whose areas are averaged."""

LOOKS: Final = 2 + (2 + ORDERS) * (STEPS - 1)
"""Scores that a test takes: of the whole, of nothing, and on the way between for each order."""

BLUR: Final = 16
"""Times that a photo is reduced to be hidden: what is left is the colour of a place, and no edge."""

Score = Callable[[Array], float]
"""A mask of the cells that are seen, ``(h', w')`` bool, to the score of what is seen."""


def faithfulness(
    score: Score, heat: Array, *, rng: np.random.Generator, steps: int = STEPS, orders: int = ORDERS
) -> Faithfulness | None:
    """The areas of a map ``(h, w)`` over a photo, for a score of parts of the photo.

    None where there is nothing to be tested: a map that is all zero, a photo that has no higher score than nothing
    of it has, or one whose score lies so near to that of nothing that parts of it, hidden at random, have more than the
    whole or less than nothing in the mean. Cells that are equally bright are hidden in random order.
    """
    shape = cells(heat.shape)
    whole, blank = (score(np.full(shape, seen)) for seen in (True, False))
    if not heat.any() or not whole > blank:
        return None

    def area(order: Array) -> float:
        return _area(score, order, shape, whole=whole, blank=blank, steps=steps)

    count = shape[0] * shape[1]
    brightest = np.lexsort((rng.permutation(count), -_means(heat, shape).ravel()))
    random = float(np.mean([area(rng.permutation(count)) for _ in range(orders)]))
    return Faithfulness(area(brightest), area(brightest[::-1]), random) if 0 <= random <= 1 else None


def cells(shape: tuple[int, ...]) -> tuple[int, int]:
    """Rows and columns of cells of a map ``(h, w)``: CELLS along the longer side, never more than it has pixels."""
    height, width = shape
    step = max(max(height, width) / CELLS, 1)
    return max(1, round(height / step)), max(1, round(width / step))


def of_photo(score: Callable[[Image], float], image: Image) -> Score:
    """The score of a photo ``(h, w, 3)`` as one of its cells: of what is not seen, its blur is."""
    instead = _blurred(image)

    def seen(mask: Array) -> float:
        rows, columns = (
            np.arange(length) * count // length for length, count in zip(image.shape[:2], mask.shape, strict=True)
        )
        return score(np.where(mask[np.ix_(rows, columns)][..., None], image, instead))

    return seen


def of_features(score: Callable[[Array], float], features: Features) -> Score:
    """The score of which features of a photo are there, ``(m,)`` bool, as one of the photo's cells that are seen."""

    def seen(mask: Array) -> float:
        places = (features.points + 0.5) / features.size * mask.shape[::-1]
        columns, rows = np.clip(places.astype(np.intp), 0, np.subtract(mask.shape[::-1], 1)).T
        return score(mask[rows, columns])

    return seen


def _area(score: Score, order: Array, shape: tuple[int, int], *, whole: float, blank: float, steps: int) -> float:
    """Mean of the score, ``blank`` as 0 and ``whole`` as 1, while cells are hidden in ``order``; trapezoidal rule."""
    scores = [whole]
    for step in range(1, steps):
        seen = np.ones(shape[0] * shape[1], bool)
        seen[order[: round(step * len(order) / steps)]] = False
        scores.append(score(seen.reshape(shape)))
    scores.append(blank)
    return float(np.trapezoid(np.subtract(scores, blank), dx=1 / steps) / (whole - blank))


def _means(heat: Array, shape: tuple[int, int]) -> Array:
    """Mean heat of each cell."""
    rows, columns = (np.arange(length) * count // length for length, count in zip(heat.shape, shape, strict=True))
    places = (rows[:, None] * shape[1] + columns).ravel()
    count = shape[0] * shape[1]
    return (np.bincount(places, heat.ravel(), count) / np.bincount(places, minlength=count)).reshape(shape)


def _blurred(image: Image) -> Image:
    """The photo without any edge."""
    height, width = image.shape[:2]
    small = images.resize(image, (max(1, width // BLUR), max(1, height // BLUR)), resampling="area")
    return images.resize(small, (width, height))
