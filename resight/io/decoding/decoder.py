"""The bytes of an image file, or an open Pillow picture, to upright RGB, or an error that says what is wrong."""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from resight.errors import PhotoError
from resight.types import Image

from . import complaints, completeness, jpeg, limits, memory, raster
from .bands import upright
from .kinds import CONVERT, UnreadKind
from .opener import named, opened
from .samples import SampleReading
from .stored import StoredPicture, stored

if TYPE_CHECKING:
    from PIL.Image import Image as Picture
    from PIL.ImageFile import ImageFile

    from .jpeg import Frame

Large = Callable[[bytes], raster.Raster | StoredPicture]
"""A decoder in place of Pillow's."""

LARGE: Final = 32_000_000
"""Pixels from which a picture of any kind is made smaller as a JPEG is decoded smaller."""

WANTED: Final = "a whole photo as JPEG, PNG, WebP, HEIC, AVIF, TIFF, GIF, BMP or PPM"
_UNSUPPORTED: Final = (
    "Unsupported",
    "Error while loading plugin: Support for this compression format",
    "cannot handle",
)
"""Beginnings of decoders' errors for sound files of a kind that they do not read."""

_XMP: Final = ("xmp", "XML:com.adobe.xmp")
"""Keys under which Pillow keeps a picture's XMP."""

_HEADER_ERRORS: Final = (SyntaxError, IndexError, TypeError, struct.error)
"""Errors that Pillow's plugins raise for headers that they cannot read."""


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
        limits.require_light(data)
        if data.startswith(completeness.PNG):
            completeness.require_chunks(data)
        picture, reading = opened(data)
        size, divisor, frame = picture.size, 1, None
        if picture.format in ("JPEG", "MPO"):
            frame = jpeg.frame(data)
            divisor = _divisor(frame, data, name, long_side=long_side, max_pixels=max_pixels)
            found = completeness.require_scans(data, frame)
            _draft(picture, divisor)
        require_pixels(picture.size, name, max_pixels)
        reduction = _reduction(picture, long_side)
        need, large = _memory(picture, frame, data, reduction, name)

        def again(other: bytes) -> Picture:
            return _loaded(other, divisor)

        with memory.BUDGET.taking(need):
            completeness.require_stored(picture, data, large or again)
            promised = picture.size
            with named(reading.rare):
                loaded = large(data) if large else picture
                loaded.load()
            if loaded.size != promised:
                raise _damaged(name, f"{_times(loaded.size)} pixels behind a header that says {_times(promised)}")
            if picture.format == "BMP" and picture.mode == "RGBA" and picture.getchannel("A").getextrema() == (0, 0):
                picture.putalpha(255)  # programs leave the fourth byte 0, and mean nothing by it
            if frame is not None:
                completeness.require_last_scan(picture, data, frame, found, again)
            elif picture.format == "PNG":
                completeness.require_rows(picture, data)
            orientation = _orientation(picture)
            image = upright(loaded, orientation, reading, divisor=reduction)
            memory.BUDGET.keep(image.nbytes)
        return image, size if orientation < 5 else (size[1], size[0])


def convert(picture: Picture, name: str, *, max_pixels: int) -> Image:
    """Upright RGB ``(h, w, 3) uint8`` of a picture that the caller opened with Pillow and keeps; raises PhotoError."""
    with _refusing(name):
        require_pixels(picture.size, name, max_pixels)
        picture.load()
        return upright(picture, _orientation(picture), SampleReading())


def _reduction(picture: Picture, long_side: int | None) -> int:
    """Divisor of a picture's sides after it is loaded: those of a large one as a JPEG's."""
    if long_side is None or picture.width * picture.height <= LARGE:
        return 1
    return next((divisor for divisor in jpeg.DRAFTS if max(picture.size) // divisor >= 2 * long_side), 1)


def _memory(
    picture: ImageFile, frame: Frame | None, data: bytes, reduction: int, name: str
) -> tuple[int, Large | None]:
    """Bytes that reading an opened picture takes in all, and what decodes it for less than Pillow, where needed.

    Raises PhotoError where that is more than a photo may take.
    """
    result = -(-picture.width // reduction) * -(-picture.height // reduction)
    large: Large | None = None
    coefficients, twice = (frame.coefficients, frame.checkable) if frame else (0, False)
    need = memory.reading(picture, len(data), result, coefficients=coefficients, twice=twice)
    if need > memory.MOST and (kept := stored(picture, data)):
        need, large = len(data) + memory.RGB * result, lambda _: kept
    elif need > memory.MOST and (large := raster.decoder(picture)):
        need = len(data) + raster.reading(picture.size, result)
    if need > memory.MOST:
        raise refusal(
            name,
            found=f"{_times(picture.size)} pixels as {picture.format}, which take {need / 1e6:.0f} MB to read",
            wanted=f"at most {memory.MOST / 1e6:.0f} MB",
            remedy="save it smaller, or as a baseline JPEG",
        )
    return need, large


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
        with complaints.unheard():
            yield
    except PhotoError:
        raise
    except UnreadKind as kind:
        raise refusal(name, found=kind.found, remedy=kind.remedy) from kind
    except Exception as error:
        if str(error).startswith(_UNSUPPORTED):
            raise refusal(name, found=f"a kind of photo that is not read ({error})", remedy=CONVERT) from error
        header = isinstance(error, _HEADER_ERRORS)
        found = "a header that cannot be read" if header else "a damaged or incomplete file"
        raise _damaged(name, f"{found} ({error or type(error).__name__})") from error


def _damaged(name: str, found: str) -> PhotoError:
    return refusal(name, found=found, remedy="copy it again from where it came, or leave it out")


def _divisor(frame: Frame, data: bytes, name: str, *, long_side: int | None, max_pixels: int) -> int:
    """Divisor of a JPEG's sides when decoding; raises PhotoError for one whose decoding costs too much."""
    require_pixels(frame.size, name, max_pixels if frame.lossless else jpeg.LARGEST * max_pixels)
    if frame.coefficients > jpeg.MAX_COEFFICIENTS:
        raise refusal(
            name,
            found=f"{_times(frame.size)} pixels in several scans, {frame.coefficients / 1e6:.0f} MB of coefficients",
            wanted=f"at most {jpeg.MAX_COEFFICIENTS / 1e6:.0f} MB",
            remedy="save it smaller, or as a baseline JPEG, not a progressive one",
        )
    left = memory.MOST - len(data)
    each = 8 if frame.checkable else 4 + memory.RGB
    return frame.divisor(long_side, max(1, min(max_pixels, (left - frame.coefficients) // 4, left // each)))


def _draft(picture: ImageFile, divisor: int) -> None:
    """Set a JPEG to decode smaller.

    What rounding up adds at the far edge is under half a pixel of a photo that is reduced to ``long_side`` afterwards.
    """
    if divisor > 1:
        picture.draft(None, (max(1, picture.width // divisor), max(1, picture.height // divisor)))


def _loaded(data: bytes, divisor: int) -> Picture:
    """The picture of a file, decoded at the scale of another."""
    picture, _ = opened(data)
    _draft(picture, divisor)
    picture.load()
    return picture


def _orientation(picture: Picture) -> int:
    """EXIF orientation of a loaded picture, 1 to 8; TIFF is turned by its loading and says 1.

    What XMP says of it, which Pillow takes where EXIF says nothing, does not count: no format and no browser turns a
    photo by it (MWG, Guidelines for Handling Image Metadata 2.0; CSS Images 3, image-orientation).
    """
    from PIL.ExifTags import Base
    from PIL.Image import Exif

    try:
        exif = picture.getexif()
        if not picture.info.keys().isdisjoint(_XMP):
            exif = Exif()
            exif.load(picture.info.get("exif", b""))
        value = exif.get(Base.Orientation, 1)
    except Exception:  # a broken EXIF block is no reason to refuse pixels that are whole
        return 1
    return value if isinstance(value, int) and 1 <= value <= 8 else 1


def _times(size: tuple[int, int]) -> str:
    return f"{size[0]} × {size[1]}"
