"""A loaded Pillow picture of any mode as upright RGB, a few rows at a time.

Beside the picture and what is made of it no more than a few rows are held: a picture of 64 megapixels has 256 MB, and
every step from its mode to RGB would be a copy of it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Final

import numpy as np

from resight.types import Array, Image

from .raster import Raster
from .samples import SampleReading, eight_bits, guessed
from .stored import StoredPicture

if TYPE_CHECKING:
    from PIL.Image import Image as Picture

PIXELS: Final = 1 << 18
"""About as many are converted at a time: a megabyte, which processors keep near."""

_RIGHT: Final = (6, 7)
"""Orientations whose first row is the upright photo's last column; of 3 and 4 it is the last row."""


def upright(
    picture: Picture | Raster | StoredPicture, orientation: int, reading: SampleReading, *, divisor: int = 1
) -> Image:
    """RGB pixels ``(h, w, 3) uint8``, turned as EXIF's orientation (1 to 8) says, and averaged to 1/``divisor``."""
    width, height = (-(-side // divisor) for side in picture.size)
    shape = (height, width) if orientation < 5 else (width, height)
    image = np.empty((*shape, 3), np.uint8)
    reading = _settled(picture, reading)
    at = 0
    for band in _bands(picture, divisor):
        colours = rgb(band, reading)
        colours = colours if divisor == 1 else colours.reduce(divisor)
        rows = colours.height
        start = height - at - rows if orientation in (3, 4, *_RIGHT) else at
        place = image[start : start + rows] if orientation < 5 else image[:, start : start + rows]
        place[:] = np.asarray(_turned(colours, orientation))
        at += rows
    return image


def rgb(picture: Picture, reading: SampleReading) -> Picture:
    """A picture of any mode as RGB: transparency lies on white, numbers beyond 8 bits are scaled by `eight_bits`."""
    import PIL.Image
    import PIL.ImageChops

    if _is_numbers(picture):
        values = _numbers(picture, reading)
        greys = eight_bits(values, reading.white)
        if isinstance(transparent := picture.info.get("transparency"), int):
            greys[values == transparent] = 255
        return PIL.Image.fromarray(255 - greys if reading.inverted else greys).convert("RGB")
    if reading.inverted:
        picture = PIL.ImageChops.invert(picture)
    if not picture.has_transparency_data:
        return picture if picture.mode == "RGB" else picture.convert("RGB")  # which would be a copy
    layer = picture.convert("LA" if picture.mode == "La" else "RGBA")
    canvas = PIL.Image.new("RGB", picture.size, "white")
    canvas.paste(layer, mask=layer)
    return canvas


def _settled(picture: Picture | Raster | StoredPicture, reading: SampleReading) -> SampleReading:
    """Reading of the samples, with what is white guessed from all of them where nothing says it."""
    if reading.white is not None or picture.mode not in ("I", "F"):
        return reading
    return replace(reading, white=guessed(_numbers(band, reading) for band in _bands(picture, 1)))


def _is_numbers(picture: Picture) -> bool:
    return picture.mode in ("I", "F") or picture.mode.startswith("I;16")


def _numbers(picture: Picture, reading: SampleReading) -> Array:
    values = np.asarray(picture)
    return values.view(np.uint32) if reading.unsigned else values


def _bands(picture: Picture | Raster | StoredPicture, divisor: int) -> Iterator[Picture]:
    """Rows of a picture from the top, as many at a time as ``divisor`` divides, but for the last."""
    rows = divisor * max(1, PIXELS // (picture.width * divisor))
    if rows >= picture.height and not isinstance(picture, Raster | StoredPicture):
        yield picture  # a crop would be a copy
        return
    for top in range(0, picture.height, rows):
        yield picture.crop((0, top, picture.width, min(top + rows, picture.height)))


def _turned(picture: Picture, orientation: int) -> Picture:
    from PIL.Image import Transpose

    turns = {
        2: Transpose.FLIP_LEFT_RIGHT,
        3: Transpose.ROTATE_180,
        4: Transpose.FLIP_TOP_BOTTOM,
        5: Transpose.TRANSPOSE,
        6: Transpose.ROTATE_270,
        7: Transpose.TRANSVERSE,
        8: Transpose.ROTATE_90,
    }
    return picture if orientation == 1 else picture.transpose(turns[orientation])
