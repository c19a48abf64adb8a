"""Nearness on the ground and in time: which photos of a gallery show the place of a query, and which are its own trail.

Sources: Torii et al. 2013 (right is what lies within 25 m), Schubert et al. 2023 (a robot's own last frames left out).
"""

from __future__ import annotations

from typing import Final

import numpy as np

from resight.errors import ShapeError
from resight.types import Array

from .checks import numbers

METRES: Final = 25.0
"""Distance up to which a photo shows the same place, as the field has it."""

EARTH: Final = 6_371_008.8
"""Mean radius of the Earth in metres (GRS 80)."""


def within(queries: Array, references: Array, *, metres: float = METRES) -> Array:
    """Which references lie at most ``metres`` from each query, (q, n) bool; both are metres on a plane, (., 2).

    Such as UTM easting and northing, all of one zone. The distance itself is near enough, as in the field's programs.
    Raises ShapeError, ValueError for NaN.
    """
    queries, references = (_pairs(name, each) for name, each in (("queries", queries), ("references", references)))
    apart = [np.hypot(*(references - query).T) for query in queries]
    return np.array(apart) <= metres


def on_plane(degrees: Array, *, origin: Array) -> Array:
    """Metres east and north of an ``origin (2,)``, of latitudes and longitudes in ``degrees (n, 2)``, (n, 2).

    An equirectangular plane: within 10 km of the origin distances are right to a thousandth up to 80° of latitude, and
    a longitude is taken the short way round. Raises ShapeError, and ValueError outside [−90, 90] and [−180, 360].
    """
    degrees = _pairs("degrees", degrees)
    latitudes, longitudes = degrees.T
    if np.abs(latitudes).max() > 90 or longitudes.min() < -180 or longitudes.max() > 360:
        raise ValueError("latitudes or longitudes lie outside [−90, 90] and [−180, 360]: are the columns swapped?")
    east = (longitudes - origin[1] + 180) % 360 - 180
    north = latitudes - origin[0]
    return np.radians(np.stack([east * np.cos(np.radians(origin[0])), north], axis=1)) * EARTH


def trail(queries: Array, references: Array, *, gap: int) -> Array:
    """Which references are frames fewer than ``gap`` away from each query's, (q, n) bool; both are frame numbers.

    What a robot saw a moment ago looks like what it sees and is no place found again. Raises ShapeError, ValueError.
    """
    frames, known = numbers("queries", queries), numbers("references", references)
    if gap < 0:
        raise ValueError(f"a frame gap of {gap} does not exist, wanted 0 for none, or more")
    return np.asarray(np.abs(frames[:, None].astype(np.int64) - known[None].astype(np.int64)) < gap)


def _pairs(name: str, values: Array) -> Array:
    array = numbers(name, values, shape=(-1, -1))
    if array.shape[1] != 2:
        raise ShapeError(f"{name} has shape {array.shape}, wanted (n, 2): two coordinates for each photo")
    return array.astype(np.float64)
