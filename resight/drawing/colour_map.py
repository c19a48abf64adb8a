"""Heat as a colour."""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np

from resight.types import Array

VIRIDIS: Final[Array] = cv2.applyColorMap(np.arange(256, dtype=np.uint8)[:, None], cv2.COLORMAP_VIRIDIS)[:, 0, ::-1]
"""Smith and van der Walt's viridis ``(256, 3)`` uint8: lightness rises evenly, for every kind of colour vision."""


def viridis(heat: Array) -> Array:
    """Colours ``(..., 3)`` uint8 of heat ``(...)`` in [0, 1], by the nearest of 256 levels."""
    return VIRIDIS[np.rint(255 * heat).astype(np.intp)]
