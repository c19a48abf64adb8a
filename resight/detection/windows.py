"""Square cells over a photo: a whole number of them along its longer side, as many as are needed along the other.

A pixel's centre is at its index: cell (i, j) of the pitch p covers x from j p − ½ to (j + 1) p − ½, and y from i p − ½.
"""

from __future__ import annotations

import numpy as np

from resight.types import Array


def plane(size: tuple[int, int], along: int, *, times: int = 1) -> tuple[int, int]:
    """Cells ``(h, w)`` that cover a photo of ``size`` (width, height), each ``times`` the longer side's ``along``-th.

    In whole numbers: the quotient of two floats may be a hair above one, and that would be a cell without a pixel.
    """
    width, height = size
    whole = max(size) * times
    return -(-height * along // whole), -(-width * along // whole)


def windows(shape: tuple[int, int], pitch: float, side: float) -> Array:
    """A square of ``side`` pixels around the centre of each cell, ``(h · w, 4)``: left, top, right and bottom."""
    rows, columns = np.divmod(np.arange(shape[0] * shape[1]), shape[1])
    centres = (np.column_stack([columns, rows]) + 0.5) * pitch - 0.5
    return np.hstack([centres - side / 2, centres + side / 2])
