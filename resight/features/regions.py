"""Descriptors of a photo's regions, from one pass of the network, and where each of them lies."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from resight.errors import ShapeError
from resight.types import Array, Features

from .aggregate import regions
from .encoder import GlobalEncoder


@dataclass(frozen=True, slots=True, eq=False)
class RegionFeatures:
    """Regions of a photo.

    Attributes
    ----------
    descriptors : (r, d) unwhitened unit rows float32, compared as those of whole photos are.
    boxes : (r, 4) left, top, right, bottom in pixels of the upright photo.
    """

    descriptors: Array
    boxes: Array


def describe_regions(encoder: GlobalEncoder, features: Features, *, levels: int = 3) -> RegionFeatures:
    """The whole photo and the squares of R-MAC's grid (Tolias, Sicre & Jégou 2016), each by the encoder's aggregate.

    ``features`` are a network's map. Each region is pooled as a whole photo is, so that its descriptor goes through the
    same head and meets the same gallery; the region nearest to a known photo says where on this one the thing is. The
    sum of whitened regions is the paper's descriptor, with the encoder's aggregate in place of the maximum. Raises
    ShapeError for features without a grid.
    """
    if features.grid is None:
        raise ShapeError("features have no grid; wanted the map of a network: regions of points are not described")
    cells = np.arange(len(features)).reshape(features.grid)
    squares = [cells[top : top + side, left : left + side] for top, left, side in regions(features.grid, levels=levels)]
    whole = [cells] if len(features) else []
    chosen = [one.ravel() for one in (*whole, *squares)]
    rows = [encoder.describe(features.only(one)) for one in chosen]
    boxes = [_box(features.only(one)) for one in chosen]
    return RegionFeatures(np.array(rows, np.float32), np.array(boxes).reshape(-1, 4))


def _box(cells: Features) -> Array:
    """The rectangle of cells, each of which reaches half-way to the next, within the photo."""
    half = cells.scales.max() / 2
    low, high = cells.points.min(axis=0) - half, cells.points.max(axis=0) + half
    size = np.array(cells.size)
    return np.concatenate([np.clip(low + 0.5, 0, size), np.clip(high + 0.5, 0, size)])
