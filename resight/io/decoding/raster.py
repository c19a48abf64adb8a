"""Large WebP and HEIC pictures, decoded into one array: Pillow would hold two and three times as much.

Pillow decodes every WebP as an animation, which keeps two canvases, and copies twice; of a HEIC it holds two copies.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from resight.runtimes import forking
from resight.types import Array

from .memory import RGB

if TYPE_CHECKING:
    from PIL.Image import Image as Picture
    from PIL.ImageFile import ImageFile


@dataclass(frozen=True, slots=True, eq=False)
class Raster:
    """An array with the part of a Pillow picture's interface that `resight.io.decoding.bands` uses.

    Attributes
    ----------
    pixels : (h, w[, c]) uint8.
    mode : Pillow's name of what the channels are.
    swapped : the first of three or four channels is blue, and the third red.
    """

    pixels: Array
    mode: str
    swapped: bool = False

    @property
    def size(self) -> tuple[int, int]:
        """Width and height, pixels."""
        return self.width, self.height

    @property
    def width(self) -> int:
        """Columns of pixels."""
        return int(self.pixels.shape[1])

    @property
    def height(self) -> int:
        """Rows of pixels."""
        return int(self.pixels.shape[0])

    def load(self) -> None:
        """Does nothing: it is decoded already."""

    def crop(self, box: tuple[int, int, int, int]) -> Picture:
        """Cuts out rows, from left to right, as a picture."""
        from PIL.Image import frombytes

        part = self.pixels[box[1] : box[3], box[0] : box[2]]
        if self.swapped:
            part = part[..., [2, 1, 0, 3][: part.shape[2]]]
        return frombytes(self.mode, (part.shape[1], part.shape[0]), part.tobytes())


PER_PIXEL: Final = 6
"""Bytes that these decoders hold for each pixel: the array, and as much on the way to it (OpenCV 5, libheif 1.23)."""


def reading(size: tuple[int, int], result: int) -> int:
    """Bytes that they take beside the file: as they decode, or for four channels and the ``result`` pixels of RGB."""
    pixels = size[0] * size[1]
    return max(PER_PIXEL * pixels, 4 * pixels + RGB * result)


def decoder(picture: ImageFile) -> Callable[[bytes], Raster] | None:
    """The decoder of large pictures of this kind; None where only Pillow decodes them."""
    if picture.format == "WEBP" and getattr(picture, "n_frames", 1) == 1:
        return webp
    return heif if picture.format == "HEIF" else None


@forking.held_off()
def webp(data: bytes) -> Raster:
    """A WebP of one picture, by OpenCV; raises ValueError where it cannot be decoded."""
    import cv2

    found = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
    if found is None:
        raise ValueError("a WebP that cannot be decoded")
    return Raster(found, "RGBA" if found.shape[2] == 4 else "RGB", swapped=True)


def heif(data: bytes) -> Raster:
    """The main picture of a HEIC, by pillow-heif, which says whether colours are multiplied by their alpha (RGBa)."""
    import pillow_heif

    found = pillow_heif.open_heif(data, convert_hdr_to_8bit=True)
    return Raster(np.asarray(found), found.mode)
