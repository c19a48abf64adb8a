"""Heat over a photo, on a plane of square cells, and where it is hot.

Cell (i, j) of a plane ``(h, w)`` with the pitch p covers the pixels [j p, (j + 1) p] × [i p, (i + 1) p].
"""

from __future__ import annotations

from math import ceil

import numpy as np

from resight.types import Array


def plane(size: tuple[int, int], pitch: float) -> tuple[int, int]:
    """Cells ``(h, w)`` that cover a photo of ``size`` (width, height); 1 at least each way."""
    width, height = size
    return max(1, ceil(height / pitch)), max(1, ceil(width / pitch))


def windows(shape: tuple[int, int], pitch: float, side: float) -> Array:
    """A square of ``side`` pixels around the centre of each cell, ``(h · w, 4)``: left, top, right and bottom."""
    rows, columns = np.divmod(np.arange(shape[0] * shape[1]), shape[1])
    centres = (np.column_stack([columns, rows]) + 0.5) * pitch
    return np.hstack([centres - side / 2, centres + side / 2])


def spread(points: Array, weights: Array, widths: Array, shape: tuple[int, int], pitch: float) -> Array:
    """The heat ``(h, w)`` of points ``(i, 2)``: at each cell's centre ``Σᵢ wᵢ exp(−‖c − xᵢ‖² / 2σᵢ²)``.

    ``weights (i,)`` and ``widths (i,)``, σ in pixels.
    """
    y, x = ((np.arange(count) + 0.5) * pitch for count in shape)
    across = np.exp(-((x - points[:, :1]) ** 2) / (2 * widths[:, None] ** 2))
    down = np.exp(-((y - points[:, 1:]) ** 2) / (2 * widths[:, None] ** 2))
    return down.T @ (weights[:, None] * across)


def rise(heat: Array, *, ground: float = 0.1) -> Array:
    """Heat ``(h, w)`` between the ground, 0, and its peak, 1; the ground is the quantile that most cells exceed.

    Flat heat has no peak and rises nowhere.
    """
    low, high = float(np.quantile(heat, ground)), float(heat.max())
    return np.clip((heat - low) / (high - low), 0, 1) if high > low else np.zeros_like(heat)
