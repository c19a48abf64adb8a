"""From weights of points to a map over the photo, and from a map to heat in [0, 1]."""

from __future__ import annotations

import numpy as np

from resight.errors import ShapeError
from resight.types import Array


def spread(points: Array, scales: Array, weights: Array, *, size: tuple[int, int], shape: tuple[int, int]) -> Array:
    """Each point's weight spread over its support: a map ``(h, w)`` that sums to ``weights.sum()``.

    A Gaussian whose standard deviation is half the support's radius, cut at the photo's border and made to sum to 1
    there, so that no weight is lost; it is a product of one along x and one along y.

    Parameters
    ----------
    points : (m, 2) in pixels of the upright photo.
    scales : (m,) diameters of their supports, in the same pixels.
    weights : (m,) of any sign.
    size : (width, height) of the upright photo.
    shape : (h, w) of the map, which covers all of it.
    """
    if points.shape != (len(weights), 2) or scales.shape != (len(weights),):
        raise ShapeError(
            f"points {points.shape} and scales {scales.shape} for {len(weights)} weights; wanted (m, 2) and (m,): take "
            "all three from the same features"
        )
    across, down = (_bells(points[:, axis], scales / 4, length=size[axis], count=shape[1 - axis]) for axis in (0, 1))
    return (down * weights[:, None]).T @ across


def _bells(centres: Array, deviations: Array, *, length: int, count: int) -> Array:
    """A Gaussian along one axis for each centre ``(m,)``, ``(m, count)``, each summing to 1.

    No narrower than half a cell, or a point between two cells would fall on neither.
    """
    step = length / count
    places = step * (np.arange(count) + 0.5) - 0.5  # a pixel's centre is at its index
    widths = np.maximum(deviations, step / 2)[:, None]
    exponents = -0.5 * ((places - centres[:, None]) / widths) ** 2
    bells = np.exp(exponents - exponents.max(axis=1, keepdims=True))  # a centre beyond the border counts at the border
    return bells / bells.sum(axis=1, keepdims=True)


def interpolated(cells: Array, across: Array, down: Array, *, size: tuple[int, int], shape: tuple[int, int]) -> Array:
    """A map ``(h, w)`` over the whole photo from values at a grid's cells, linear between their centres.

    Parameters
    ----------
    cells : (h', w') values.
    across, down : (w',) and (h',), rising x and y of the cells' centres in pixels of the upright photo.
    size : (width, height) of the upright photo.
    shape : (h, w) of the map.
    """
    if cells.shape != (len(down), len(across)):
        raise ShapeError(
            f"cells {cells.shape} have {len(across)} columns and {len(down)} rows of centres; wanted as many"
        )
    columns = _hats(across, length=size[0], count=shape[1])
    rows = _hats(down, length=size[1], count=shape[0])
    return rows @ cells @ columns.T


def _hats(centres: Array, *, length: int, count: int) -> Array:
    """Weights ``(count, n)`` of linear interpolation between ``centres (n,)``; beyond them the last one stays."""
    places = length / count * (np.arange(count) + 0.5) - 0.5
    return np.column_stack([np.interp(places, centres, one) for one in np.eye(len(centres))])


def normalised(weights: Array) -> Array:
    """What is above zero, as a share of the largest: heat in [0, 1]; all 0 where nothing is above zero."""
    above = np.maximum(weights, 0)
    largest = above.max(initial=0)
    return above / largest if largest > 0 and np.isfinite(largest) else np.zeros(above.shape)
