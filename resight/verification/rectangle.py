"""The smallest rectangle around a mask, by OpenCV."""

from __future__ import annotations

import cv2
import numpy as np

from resight.types import Array


def rectangle(mask: Array) -> Array:
    """The smallest rectangle ``(4, 2)``, however turned, around a mask's cells: cell (i, j) is [j, j+1] × [i, i+1].

    Raises ValueError for an empty mask.
    """
    rows, columns = np.nonzero(mask)
    if not len(rows):
        raise ValueError("a mask without a cell has no rectangle; wanted one cell or more")
    corners = np.concatenate([np.column_stack([columns + x, rows + y]) for x in (0, 1) for y in (0, 1)])
    found: Array = cv2.boxPoints(cv2.minAreaRect(corners.astype(np.float32)))
    return found.astype(np.float64)
