"""Heat maps: from weights of points to a map over the photo, and from a map to heat in [0, 1]."""

from __future__ import annotations

import numpy as np

from resight.errors import ShapeError
from resight.types import Array


def spread(
    points: Array,
    deviations: Array,
    weights: Array,
    *,
    size: tuple[float, float],
    shape: tuple[int, int],
    conserved: bool,
) -> Array:
    """Spreads each point's weight as a Gaussian, a product of one along x and one along y: a map ``(h, w)``.

    Either the weight is ``conserved``: a Gaussian is cut at the border and made to sum to its weight there, so that the
    map sums to ``weights.sum()``. Or its height is: ``Σᵢ wᵢ exp(−‖c − xᵢ‖² / 2σᵢ²)`` at each cell's centre c, so that a
    point which sees much counts no less than one which sees little.

    Parameters
    ----------
    points : (m, 2) in pixels of the upright photo.
    deviations : (m,) σ of the Gaussians, in the same pixels; half a cell at least, or a point might fall on no cell.
    weights : (m,) of any sign.
    size : (width, height) of what the map covers, in the same pixels.
    shape : (h, w) of the map.
    """
    if points.shape != (len(weights), 2) or deviations.shape != (len(weights),):
        raise ShapeError(
            f"points {points.shape} and deviations {deviations.shape} for {len(weights)} weights; wanted (m, 2) and "
            "(m,): take all three from the same features"
        )
    across, down = (
        _bells(points[:, axis], deviations, length=size[axis], count=shape[1 - axis], conserved=conserved)
        for axis in (0, 1)
    )
    return (down * weights[:, None]).T @ across


def _bells(centres: Array, deviations: Array, *, length: float, count: int, conserved: bool) -> Array:
    """A Gaussian along one axis for each centre ``(m,)``, ``(m, count)``, of the sum 1 or of the height 1."""
    step = length / count
    places = step * (np.arange(count) + 0.5) - 0.5  # a pixel's centre is at its index
    widths = np.maximum(deviations, step / 2)[:, None]
    exponents = -0.5 * ((places - centres[:, None]) / widths) ** 2
    if not conserved:
        return np.exp(exponents)
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
    """Normalises what is above zero by the largest: heat in [0, 1]; all 0 where nothing is above zero."""
    above = np.maximum(weights, 0)
    largest = above.max(initial=0)
    return above / largest if largest > 0 and np.isfinite(largest) else np.zeros(above.shape)
