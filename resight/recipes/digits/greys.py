"""Grey images ``(h, w)`` uint8: made of photos, at other sizes, and as MNIST has its digits."""

from __future__ import annotations

import numpy as np

from resight.io.images import RESAMPLING
from resight.types import Array, Image

from .mnist import SIDE

INNER = 20
"""Pixels that the longer side of a digit of MNIST has."""


def grey(image: Image) -> Array:
    """The luma of a photo ``(h, w, 3)`` by ITU-R 601-2, as Pillow rounds it."""
    from PIL.Image import fromarray

    return np.array(fromarray(np.ascontiguousarray(image)).convert("L"))


def coloured(image: Array) -> Image:
    """A grey image as RGB ``(h, w, 3)``."""
    return np.repeat(image[..., None], 3, axis=2)


def resized(image: Array, size: tuple[int, int], *, resampling: str = "bicubic") -> Array:
    """A grey image at (width, height)."""
    from PIL.Image import Resampling, fromarray

    return np.array(fromarray(np.ascontiguousarray(image)).resize(size, Resampling[RESAMPLING[resampling]]))


def white_on_black(image: Array) -> Array:
    """The image, inverted where more than half of it would else be bright, as MNIST is white on black."""
    return image if image.mean() < 127.5 else 255 - image


def framed(image: Array) -> Array:
    """Frames what an image shows, bright on dark, as MNIST has a digit ``(28, 28)``.

    From its darkest to its brightest pixel it is stretched to [0, 255]; its longer side becomes 20 pixels, and its
    centre of mass comes to lie on pixel (14, 14), where MNIST has it (LeCun et al. 1998, section III A), as far as the
    frame has room for it.
    """
    low, high = int(image.min()), int(image.max())
    stretched = np.round((image.astype(np.float64) - low) * (255 / max(high - low, 1))).astype(np.uint8)
    height, width = (max(1, round(INNER * length / max(image.shape))) for length in image.shape)
    small = resized(stretched, (width, height))
    frame = np.zeros((SIDE, SIDE), np.uint8)
    top, left = _corner(small)
    frame[top : top + height, left : left + width] = small
    return frame


def _corner(image: Array) -> tuple[int, int]:
    """Position of an image's upper left corner so that its centre of mass is where MNIST has it."""
    mass = image.astype(np.float64) + 1e-9  # a black image has its centre in the middle
    centres = (np.average(np.arange(length), weights=mass.sum(1 - axis)) for axis, length in enumerate(mass.shape))
    top, left = (
        int(np.clip(round(SIDE / 2 - centre), 0, SIDE - length))
        for centre, length in zip(centres, image.shape, strict=True)
    )
    return top, left
