"""What is bright and thin: the white top-hat."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from resight.types import Array


def white_tophat(image: Array, side: int) -> Array:
    """A grey image ``(h, w)`` less its opening by a square of ``side`` pixels (Meyer 1979), in the image's dtype.

    Bright strokes thinner than ``side`` stay, on black; wider bright regions and whatever changes slowly go. Beyond the
    border the image is taken to go on as it ends. Raises ValueError unless ``side`` is odd.
    """
    if side < 1 or side % 2 == 0:
        raise ValueError(f"the side of a square is {side}; wanted an odd number of pixels, so that it has a middle")
    opened = _extremes(_extremes(image, side, np.min), side, np.max)
    return image - opened


def _extremes(image: Array, side: int, extreme: Callable[..., Array]) -> Array:
    """The least or largest value of the square around each pixel, first along columns, then along rows."""
    for axis in (0, 1):
        margins = [(side // 2, side // 2) if each == axis else (0, 0) for each in (0, 1)]
        windows = np.lib.stride_tricks.sliding_window_view(np.pad(image, margins, mode="edge"), side, axis=axis)
        image = extreme(windows, axis=-1)
    return image
