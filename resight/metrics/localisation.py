"""Localisation by heat maps: boxes are ``(left, top, right, bottom)``, the last two exclusive."""

from __future__ import annotations

import numpy as np

from resight.errors import ShapeError
from resight.types import Array


def pointing(heat: Array, box: Array) -> float:
    """The pointing game: whether the hottest place of ``heat (h, w)`` lies in the box (Zhang et al. 2018), 1 or 0.

    Of several hottest places it is the share that does: the chance of one that is drawn. Raises ShapeError.
    """
    return float(_inside(heat, box)[heat == heat.max()].mean())


def energy_inside(heat: Array, box: Array) -> float:
    """The share of the heat above its least that lies in the box (Wang et al. 2020, *Score-CAM*, section 4.3).

    On a map that is the same everywhere it is the box's share of the map. Raises ShapeError.
    """
    inside = _inside(heat, box)
    energy = heat.astype(np.float64) - heat.min()
    total = energy.sum()
    return float(energy[inside].sum() / total) if total > 0 else float(inside.mean())


def iou(first: Array, second: Array) -> float:
    """Intersection over union of two boxes, in [0, 1]."""
    low, high = np.maximum(first[:2], second[:2]), np.minimum(first[2:], second[2:])
    shared = np.prod(np.maximum(high - low, 0))
    return float(shared / (_area(first) + _area(second) - shared))


def _area(box: Array) -> float:
    return float(np.prod(box[2:] - box[:2]))


def _inside(heat: Array, box: Array) -> Array:
    left, top, right, bottom = box.tolist()
    if heat.ndim != 2 or not (0 <= left < right <= heat.shape[1] and 0 <= top < bottom <= heat.shape[0]):
        raise ShapeError(f"the box {box.tolist()} is no part of a map {heat.shape}; wanted left < right ≤ w, and so on")
    mask = np.zeros(heat.shape, bool)
    mask[top:bottom, left:right] = True
    return mask
