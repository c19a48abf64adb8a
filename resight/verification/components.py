"""Connected components of a mask."""

from __future__ import annotations

import cv2
import numpy as np

from resight.runtimes import forking
from resight.types import Array


@forking.held_off()
def components(mask: Array) -> Array:
    """Numbers ``(h, w)`` int32 of the regions of a bool mask ``(h, w)``: from 1 in reading order, 0 where it is false.

    Cells belong together where they touch by a side or a corner. Of OpenCV's algorithms the one by scan lines (Wu,
    Otoo and Suzuki 2009) numbers regions in reading order; its default, by blocks of 2 × 2 cells, does not.
    """
    if not mask.any():  # OpenCV 5.0 is not to be asked about a mask without cells
        return np.zeros(mask.shape, np.int32)
    numbers: Array = cv2.connectedComponentsWithAlgorithm(mask.astype(np.uint8), 8, cv2.CV_32S, cv2.CCL_SAUF)[1]
    return numbers
