"""Filters and feature maps as pictures: many small ones in a grid."""

from __future__ import annotations

import numpy as np

from resight.types import Array, Image

GAP = 1
"""Pixels between two tiles."""


def filters(weights: Array, *, most: int = 48) -> Image:
    """Filters ``(n, k, k, 3)`` in their colours; zero is grey, and the largest weight spans the range."""
    reach = np.abs(weights).max(initial=1e-12)
    return grid(np.round(127.5 + 127.5 * weights[:most] / reach).astype(np.uint8), columns=16, scale=6)


def liveliest(found: Array, *, most: int = 16) -> Array:
    """The channels of maps ``(c, h, w)`` that vary most, in their order."""
    return np.sort(np.argsort(-np.ptp(found.reshape(len(found), -1), axis=1), kind="stable")[:most])


def maps(found: Array) -> Image:
    """Maps ``(c, h, w)``, each from its least (black) to its largest value (white)."""
    found = found.astype(np.float64)
    low, high = found.min(axis=(1, 2), keepdims=True), found.max(axis=(1, 2), keepdims=True)
    greys = np.round(255 * (found - low) / np.maximum(high - low, 1e-12)).astype(np.uint8)
    return grid(np.repeat(greys[..., None], 3, axis=3), columns=8, scale=1)


def grid(tiles: Array, *, columns: int, scale: int) -> Image:
    """Tiles ``(n, h, w, 3)`` uint8 row by row on white, each pixel ``scale`` pixels wide."""
    tiles = tiles.repeat(scale, axis=1).repeat(scale, axis=2)
    count, height, width = tiles.shape[:3]
    columns = min(columns, count)
    rows = -(-count // columns)
    sheet = np.full((rows * (height + GAP) - GAP, columns * (width + GAP) - GAP, 3), 255, np.uint8)
    for number, tile in enumerate(tiles):
        top, left = number // columns * (height + GAP), number % columns * (width + GAP)
        sheet[top : top + height, left : left + width] = tile
    return sheet
