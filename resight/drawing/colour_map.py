"""Heat as a colour."""

from __future__ import annotations

from typing import Final

import numpy as np

from resight.types import Array

VIRIDIS: Final = np.array([
    (68, 1, 84), (72, 24, 106), (71, 45, 123), (66, 64, 134), (59, 82, 139), (51, 99, 141), (44, 114, 142),
    (38, 129, 142), (33, 144, 140), (31, 159, 136), (40, 174, 128), (62, 188, 116), (93, 201, 99), (130, 211, 76),
    (171, 220, 50), (213, 226, 26), (253, 231, 37),
])  # fmt: skip
"""Smith and van der Walt's viridis at 17 equal steps: lightness rises evenly, for every kind of colour vision."""


def viridis(heat: Array) -> Array:
    """Colours ``(..., 3)`` float64 in [0, 255] of heat ``(...)`` in [0, 1], linear between the steps."""
    steps = np.linspace(0, 1, len(VIRIDIS))
    return np.stack([np.interp(heat, steps, channel) for channel in VIRIDIS.T], axis=-1)
