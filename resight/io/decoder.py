"""The bytes of an image file, or an open Pillow picture, to upright RGB: the one place that knows file formats.

Pillow and pillow-heif are imported where they are used and none of their switches is touched. Plugins are called
directly, not through ``PIL.Image.open``: that one judges sizes by a limit of its own and warns through a process-wide
machinery that two threads cannot share, and it tries formats that start other programs (EPS).
"""

from __future__ import annotations

import io
import struct
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING, Final

import numpy as np

from resight.errors import PhotoError
from resight.types import Array, Image

from . import jpeg

if TYPE_CHECKING:
    from PIL.Image import Image as Picture
    from PIL.ImageFile import ImageFile

    from .jpeg import Frame

    Plugin = tuple[Callable[[io.BytesIO, str], ImageFile], Callable[[bytes], bool | str]]

FORMATS: Final = ("JPEG", "PNG", "WEBP", "HEIF", "AVIF", "TIFF", "GIF", "BMP", "PPM")
"""Pillow's names of the formats that are read; JPEG includes MPO, PNG includes APNG, PPM includes PGM and PBM."""

WANTED: Final = "a whole photo as JPEG, PNG, WebP, HEIC, AVIF, TIFF, GIF, BMP or PPM"
FULL_SCALES: Final = (1.0, 255.0, 65535.0)
"""What white is in files of numbers: unit floats, 8-bit and 16-bit values."""


def refusal(name: str, *, found: str, wanted: str = WANTED, remedy: str) -> PhotoError:
    """The one form of a photo's error: which photo, what was found, what was wanted and what to do."""
    return PhotoError(f"cannot read {name}: found {found}; wanted {wanted}; {remedy}")


def decode(data: bytes, name: str, *, long_side: int | None = None, max_pixels: int) -> tuple[Image, tuple[int, int]]:
    """Upright RGB ``(h, w, 3) uint8`` and the (width, height) of the whole upright photo, of the first frame.

    ``long_side`` allows a JPEG to be decoded smaller, at 1/2, 1/4 or 1/8, as long as twice that many pixels remain.
    At most ``max_pixels`` are decoded: a larger JPEG is decoded smaller without being asked, others are refused.
    Raises PhotoError, and nothing else, for whatever bytes.
    """
    with _refusing(name):
        picture = _opened(data, name)
        size = picture.size
        if picture.format in ("JPEG", "MPO"):
            _draft(picture, jpeg.frame(data), data, name, long_side=long_side, max_pixels=max_pixels)
        require_pixels(picture.size, name, max_pixels)
        promised = picture.size
        picture.load()
        if picture.size != promised:
            raise _damaged(name, f"{_times(picture.size)} pixels behind a header that says {_times(promised)}")
        orientation = _orientation(picture)
        return _upright(picture, orientation), size if orientation < 5 else (size[1], size[0])


def convert(picture: Picture, name: str, *, max_pixels: int) -> Image:
    """Upright RGB ``(h, w, 3) uint8`` of a picture that the caller opened with Pillow and keeps; raises PhotoError."""
    with _refusing(name):
        require_pixels(picture.size, name, max_pixels)
        picture.load()
        return _upright(picture, _orientation(picture))


def _upright(picture: Picture, orientation: int) -> Image:
    """RGB pixels of a loaded picture, turned as its EXIF orientation (1 to 8) says."""
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
    colours = rgb(picture)
    return np.array(colours if orientation == 1 else colours.transpose(turns[orientation]))


def rgb(picture: Picture) -> Picture:
    """A picture of any mode as RGB: transparency lies on white, numbers beyond 8 bits are scaled by `eight_bits`."""
    import PIL.Image

    if picture.mode in ("I", "F") or picture.mode.startswith("I;16"):
        return PIL.Image.fromarray(eight_bits(np.asarray(picture))).convert("RGB")
    if not picture.has_transparency_data:
        return picture.convert("RGB")
    layer = picture.convert("LA" if picture.mode == "La" else "RGBA")
    canvas = PIL.Image.new("RGB", picture.size, "white")
    canvas.paste(layer, mask=layer)
    return canvas


def eight_bits(values: Array) -> Image:
    """Grey values of more than 8 bits, scaled to [0, 255] and rounded; same shape, uint8.

    Unsigned 16-bit values are scaled by 255 / 65535 (PNG specification, sample depth rescaling). Of 32-bit integers
    and floats no file says what white is: it is the first of 1, 255 and 65535 that no value passes. Where values are
    negative or larger still, the smallest becomes black and the largest white. What is not finite is taken as 0.
    """
    if values.dtype.itemsize == 2:
        return np.rint(values.astype(np.float32) * np.float32(255 / 65535)).astype(np.uint8)
    finite = np.nan_to_num(values.astype(np.float64), nan=0.0, posinf=0.0, neginf=0.0)
    low, high = float(finite.min()), float(finite.max())
    if low < 0 or high > FULL_SCALES[-1]:
        finite, white = finite - low, (high - low) or 1.0
    else:
        white = next(scale for scale in FULL_SCALES if high <= scale)
    return np.rint(finite * (255 / white)).astype(np.uint8)


def require_pixels(size: tuple[int, int], name: str, max_pixels: int) -> None:
    """Raise PhotoError for a size, known from the header alone, that would decode to more than ``max_pixels``."""
    if size[0] * size[1] > max_pixels:
        raise refusal(
            name,
            found=f"{_times(size)} pixels ({size[0] * size[1] / 1e6:.1f} megapixels)",
            wanted=f"at most {max_pixels / 1e6:.1f} megapixels",
            remedy="save it smaller",
        )


@contextmanager
def _refusing(name: str) -> Iterator[None]:
    """Turn whatever the decoders raise into a PhotoError: for hostile bytes that is any type of exception."""
    try:
        yield
    except PhotoError:
        raise
    except Exception as error:
        raise _damaged(name, f"a damaged or incomplete file ({error or type(error).__name__})") from error


def _damaged(name: str, found: str) -> PhotoError:
    return refusal(name, found=found, remedy="copy it again from where it came, or leave it out")


@cache
def _plugins() -> tuple[Plugin, ...]:
    """Pillow's decoder and its test of the first bytes, per format; the HEIF plugin is registered once, here."""
    import PIL.Image
    from pillow_heif import register_heif_opener

    PIL.Image.init()
    register_heif_opener()
    return tuple(PIL.Image.OPEN[name] for name in FORMATS)  # type: ignore[misc]  # each of these has a test


def _opened(data: bytes, name: str) -> ImageFile:
    """The picture behind a header; no pixel is decoded yet."""
    reasons = []
    for factory, accepts in _plugins():
        try:
            if accepts(data[:16]) is True:
                return factory(io.BytesIO(data), "")
        except (SyntaxError, IndexError, TypeError, struct.error) as error:  # as PIL.Image.open: the next may know it
            reasons.append(str(error) or type(error).__name__)
    if reasons:
        raise _damaged(name, f"a header that cannot be read ({reasons[0]})")
    remedy = "convert it (raw files of a camera too), or leave it out"
    found = f"{len(data)} bytes of no known format, the first {data[:8]!r}" if data else "an empty file"
    raise refusal(name, found=found, remedy=remedy)


def _draft(picture: ImageFile, frame: Frame, data: bytes, name: str, *, long_side: int | None, max_pixels: int) -> None:
    """Set a JPEG to decode smaller where that is enough; raises PhotoError for one whose decoding costs too much.

    What rounding up adds at the far edge is under half a pixel of a photo that is reduced to ``long_side`` afterwards.
    """
    width, height = frame.size
    require_pixels(frame.size, name, max_pixels if frame.lossless else jpeg.LARGEST * max_pixels)
    if frame.coefficients > jpeg.MAX_COEFFICIENTS:
        raise refusal(
            name,
            found=f"{_times(frame.size)} pixels in several scans, {frame.coefficients / 1e6:.0f} MB of coefficients",
            wanted=f"at most {jpeg.MAX_COEFFICIENTS / 1e6:.0f} MB",
            remedy="save it smaller, or as a baseline JPEG, not a progressive one",
        )
    _require_whole_scan(data, frame, name)
    if (divisor := frame.divisor(long_side, max_pixels)) > 1:
        picture.draft(None, (max(1, width // divisor), max(1, height // divisor)))


def _require_whole_scan(data: bytes, frame: Frame, name: str) -> None:
    """Raise PhotoError for a JPEG whose pixels cannot all be there: libjpeg fills what is missing with grey, silently.

    A download that stopped in a preallocated file ends in zeros, not in the end marker. A header that lies promises
    more blocks of 8 × 8 pixels than there are bits, and Huffman codes take at least one bit for the mean of each.
    """
    end = data.find(b"\xff\xd9", frame.scan)
    if end < 0:
        raise _damaged(name, "a JPEG without an end, so a part of it is missing")
    if not frame.arithmetic and 8 * (end - frame.scan) < frame.size[0] * frame.size[1] // 64:
        found = f"a header that says {_times(frame.size)} pixels before only {end - frame.scan} bytes of them"
        raise _damaged(name, found)


def _orientation(picture: Picture) -> int:
    """EXIF orientation of a loaded picture, 1 to 8; TIFF is turned by its loading and says 1."""
    from PIL.ExifTags import Base

    try:
        value = picture.getexif().get(Base.Orientation, 1)
    except Exception:  # a broken EXIF block is no reason to refuse pixels that are whole
        return 1
    return value if isinstance(value, int) and 1 <= value <= 8 else 1


def _times(size: tuple[int, int]) -> str:
    return f"{size[0]} × {size[1]}"
