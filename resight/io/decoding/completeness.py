"""Whether all pixels of a file are there: decoders fill in what is missing, and most of them say nothing.

A download that stopped ends early, or in the zeros of a file that was made in its full length; a tool that mended a cut
file has put an end behind what was left. Each function raises ValueError for what is plainly missing. What no format
tells stays unknown: rows of an uncompressed file that are zero are black.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

import numpy as np

from . import boxes, scans
from .jpeg import Frame

if TYPE_CHECKING:
    from PIL.Image import Image as Picture

    from .raster import Raster
    from .stored import StoredPicture

    Decode = Callable[[bytes], Picture | Raster | StoredPicture]
    """A function from the bytes of a file to a loaded picture, at the scale of the one before it."""

PNG: Final = b"\x89PNG\r\n\x1a\n"
"""First bytes of a PNG."""

PIECES: Final = 1 << 18
"""Strips or tiles that a TIFF may have: one of 64 megapixels in tiles of 16 × 16 has 250,000."""

ZEROS: Final = 16
"""Zero bytes at the end of coded pixels that are suspicious."""

_PASSES: Final = ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2))
"""Passes of an interlaced PNG: first column and row, and steps across and down (ISO/IEC 15948, clause 8.2)."""

_SAMPLES: Final = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
"""Samples of a pixel by PNG's colour type."""

_JPEG, _SCAN = 7, b"\xff\xda"
_ENDED: Final = frozenset({2, 3, 4, 5, _JPEG, 8, 32946, 34925, 50000, 50001})
"""Compressions of TIFF whose codes do not end in zeros: of faxes, LZW, JPEG, deflate, LZMA, Zstandard, WebP."""

_SHORT: Final = 33  # bytes up to the end of a PNG's header
_STEP: Final = 1 << 20
_ROWS: Final = 64


def require_stored(picture: Picture, data: bytes, decode: Decode) -> None:
    """Requires that the file behind a picture, not loaded yet, holds all that its parts say."""
    match picture.format:
        case "TIFF":
            require_pieces(picture, data)
        case "HEIF" | "AVIF":
            require_extents(data)
        case "WEBP":
            require_webp(data, decode)


def require_scans(data: bytes, frame: Frame) -> list[scans.Scan]:
    """The scans of a JPEG that may all be there.

    A header that lies promises more blocks of 8 × 8 pixels than there are bits, and Huffman codes take at least one bit
    for the mean of each.
    """
    found = scans.scans(data, frame)
    stored = found[-1].end - frame.scan
    if not frame.arithmetic and 8 * stored < frame.size[0] * frame.size[1] // 64:
        raise ValueError(
            f"a header that says {frame.size[0]} × {frame.size[1]} pixels before only {stored} bytes of them"
        )
    if (lost := scans.missing(found, frame)) is not None:
        raise ValueError(f"a JPEG with {lost}, so a part of it is missing")
    return found


def require_last_scan(picture: Picture, data: bytes, frame: Frame, found: list[scans.Scan], decode: Decode) -> None:
    """Requires that a decoded JPEG's last scan was not cut off, as far as it can be known: what is missing is middle
    grey.

    Where the last block is grey, and where a cut does not leave grey, the file is decoded again with noise behind its
    scan, which changes a picture only where codes were missing. What a progressive JPEG's last scan brings is detail.
    Of an arithmetic-coded JPEG it cannot be known: its encoder leaves out zeros at the end (D.1.8), and in a plain
    picture, or one with a plain foot, they are worth hundreds of blocks.
    """
    if not frame.checkable or not (frame.lossless or frame.separate or _ends_grey(picture, frame)):
        return
    other = decode(scans.lengthened(data, found))
    if not _equal(picture, other):
        raise ValueError("a JPEG whose pixels end before its last row, so a part of it is missing")


def require_chunks(data: bytes) -> None:
    """Requires that a PNG is whole up to its end; of an animation, as far as its first picture."""
    if len(data) <= _SHORT:  # a header alone, of which Pillow says what is wrong
        return
    names: set[bytes] = set()
    for chunk in boxes.png_chunks(data):
        names.add(chunk.name)
        if {b"acTL", b"IDAT"} <= names and chunk.name == b"fcTL":
            return


def require_rows(picture: Picture, data: bytes) -> None:
    """Requires that a decoded PNG, whose last row is black, has that row in the file."""
    width, height, depth, colour, *_, interlaced = _header(data, next(boxes.png_chunks(data)))
    if not _ends_black(picture, interlaced):
        return
    bits = depth * _SAMPLES[colour]
    passes = _PASSES if interlaced else ((0, 0, 1, 1),)
    sizes = [(-(-(width - x) // across), -(-(height - y) // down)) for x, y, across, down in passes]
    wanted = sum(rows * (1 + -(-columns * bits // 8)) for columns, rows in sizes if columns > 0 and rows > 0)
    if _inflated(data, wanted) < wanted:
        raise ValueError("a PNG whose pixels end before its last row, so a part of it is missing")


def require_extents(data: bytes) -> None:
    """Requires that each piece of a HEIC's or AVIF's pixels lies in the file, and was written to its end."""
    for start, end in boxes.pixel_extents(data):
        if end > len(data):
            raise ValueError("pixels that lie behind the end of the file, so a part of it is missing")
        _require_written(data, start, end)


def require_pieces(picture: Picture, data: bytes) -> None:
    """Requires that the strips or tiles of a TIFF lie in the file, and compressed ones were written to their end."""
    tags = picture.tag_v2  # type: ignore[attr-defined]
    starts, lengths = (tags.get(strips) or tags.get(tiles) or () for strips, tiles in ((273, 324), (279, 325)))
    if len(starts) > PIECES:
        raise ValueError(f"a TIFF of {len(starts)} strips or tiles")
    if tags.get(259, 1) == _JPEG and data.count(_SCAN) > scans.FREE * max(1, len(starts)):
        raise ValueError("a TIFF of JPEGs of more scans than anyone writes")
    if tags.get(259, 1) not in _ENDED:
        return
    for start, length in zip(starts, lengths, strict=False):
        if start + length > len(data):
            raise ValueError("pixels that lie behind the end of the file, so a part of it is missing")
        _require_written(data, start, start + length)


def require_webp(data: bytes, decode: Decode) -> None:
    """Requires that a WebP's pixels were written to their end.

    A flat picture may end in thousands of zero bytes, and each is needed; where a picture is whole without its last
    ones, they stand in place of something else.
    """
    for chunk in boxes.riff_chunks(data):
        if chunk.name in (b"VP8 ", b"VP8L") and not any(data[max(chunk.start, chunk.end - ZEROS) : chunk.end]):
            short = chunk.end - chunk.start - ZEROS
            size = short.to_bytes(4, "little")
            parts = (data[: chunk.start - 4], size, data[chunk.start : chunk.start + short], bytes(short % 2))
            body = b"".join(parts)[8:]
            try:
                decode(b"RIFF" + len(body).to_bytes(4, "little") + body)
            except Exception:  # whatever the decoder says of a picture that is cut off: each byte is needed
                return
            raise ValueError("a WebP that ends in zeros, so a part of it is missing")


def _require_written(data: bytes, start: int, end: int) -> None:
    if end - start >= 2 * ZEROS and not any(data[end - 2 * ZEROS : end]):
        raise ValueError("pixels that end in zeros, so a part of it is missing")


def _equal(picture: Picture, other: Picture | Raster | StoredPicture) -> bool:
    """Whether two pictures have the same pixels; a few rows are compared at a time, for arrays would be copies."""
    bands = [(0, top, picture.width, min(top + _ROWS, picture.height)) for top in range(0, picture.height, _ROWS)]
    return picture.size == other.size and all(
        np.array_equal(np.asarray(picture.crop(band)), np.asarray(other.crop(band))) for band in bands
    )


def _ends_grey(picture: Picture, frame: Frame) -> bool:
    """Whether the last pixels of a decoded JPEG are what libjpeg makes of no codes: coefficients of 0.

    Only an eighth of the unit is looked at, for colours of the row above run into those below it.
    """
    scale = max(1, round(frame.size[0] / picture.width))
    width, height = (max(1, side // (8 * scale)) for side in frame.unit)
    last = picture.crop((max(0, picture.width - width), max(0, picture.height - height), *picture.size))
    bands = (last.getchannel(band).getextrema() for band in range(len(last.getbands())))
    return all(set(extremes) <= {127, 128} for extremes in bands)


def _ends_black(picture: Picture, interlaced: int) -> bool:
    """Whether the row that a PNG brings last is all zero, as it is where it was never brought."""
    if interlaced and picture.height < 2:
        return True
    last = picture.height - 1 - (interlaced and picture.height % 2)
    return picture.crop((0, last, picture.width, last + 1)).getbbox(alpha_only=False) is None


def _header(data: bytes, chunk: boxes.Part) -> tuple[int, ...]:
    width, height = (int.from_bytes(data[chunk.start + at : chunk.start + at + 4], "big") for at in (0, 4))
    return width, height, *data[chunk.start + 8 : chunk.start + 13]


def _inflated(data: bytes, wanted: int) -> int:
    """Number of bytes of a PNG's pixels before they are compressed; it stops counting at ``wanted``."""
    stream, count = zlib.decompressobj(), 0
    for chunk in boxes.png_chunks(data):
        if chunk.name == b"IEND" or count >= wanted:
            break
        for start in range(chunk.start, chunk.end, _STEP) if chunk.name == b"IDAT" else ():  # or each step copies all
            rest = data[start : min(start + _STEP, chunk.end)]
            while rest and count < wanted and not stream.eof:
                count += len(stream.decompress(rest, _STEP))
                rest = stream.unconsumed_tail
    return count
