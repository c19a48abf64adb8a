"""Hot regions of a heat map: the threshold of Ghosh et al. 2017, and the regions above it."""

from __future__ import annotations

import cv2
import numpy as np

from resight.runtimes import forking
from resight.types import Array
from resight.verification.components import components


def on_pixels(cells: Array, *, stride: int, shape: tuple[int, int]) -> Array:
    """The value of each pixel's cell ``(h, w)``, of cells ``(h', w')`` that are ``stride`` pixels wide."""
    return cells.repeat(stride, axis=0).repeat(stride, axis=1)[: shape[0], : shape[1]]


def hot(heat: Array, *, deviations: float = 2.0) -> Array:
    """Mask of where ``heat (h, w)`` is above its mean by more than so many of its standard deviations.

    Ghosh et al. 2017 say "a high threshold value" only (docs/papers.md). Nowhere on a map that is the same everywhere.
    """
    mask: Array = heat > heat.mean() + deviations * heat.std()
    return mask & (heat > heat.min())


def rise(heat: Array, *, ground: float = 0.1) -> Array:
    """Heat ``(h, w)`` between the ground, 0, and its peak, 1; the ground is the quantile that most cells exceed.

    Flat heat has no peak and rises nowhere.
    """
    low, high = float(np.quantile(heat, ground)), float(heat.max())
    return np.clip((heat - low) / (high - low), 0, 1) if high > low else np.zeros_like(heat)


def regions(heat: Array, mask: Array, *, gap: int = 0) -> tuple[Array, Array]:
    """Boxes ``(n, 4)`` around the connected regions of a mask and their heat ``(n,)``, the hottest first.

    A box is ``(left, top, right, bottom)``, the last two exclusive; its heat is the sum over its region. Regions with
    up to ``gap`` cells between them count as one.
    """
    numbers = components(widened(mask, gap)) * mask
    sums = np.bincount(numbers.reshape(-1), heat.reshape(-1))[1:]
    boxes = _boxes(numbers, len(sums))
    order = np.argsort(-sums, kind="stable")
    return boxes[order], sums[order]


def _boxes(numbers: Array, count: int) -> Array:
    """The box ``(count, 4)`` of each region of numbers ``(h, w)`` from 1."""
    rows, columns = np.nonzero(numbers)
    owners = numbers[rows, columns] - 1
    boxes = np.zeros((count, 4), np.int64)
    for side, (places, extreme, start) in enumerate(
        (
            (columns, np.minimum, numbers.shape[1]),
            (rows, np.minimum, numbers.shape[0]),
            (columns + 1, np.maximum, 0),
            (rows + 1, np.maximum, 0),
        )
    ):
        boxes[:, side] = start
        extreme.at(boxes[:, side], owners, places)
    return boxes


@forking.held_off()
def widened(mask: Array, gap: int) -> Array:
    """The mask with what lies between cells up to ``gap`` apart: each grows by ``⌈gap / 2⌉`` cells every way."""
    around = np.ones((3, 3), np.uint8)
    grown: Array = cv2.dilate(mask.astype(np.uint8), around, iterations=-(-gap // 2))
    return grown.astype(bool)
