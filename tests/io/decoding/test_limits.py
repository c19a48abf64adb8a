"""Files whose parts would keep Pillow's loops busy, or have it hold copies; and files that only look like them."""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from PIL import Image

from resight.errors import PhotoError
from resight.io.decoding.decoder import decode
from resight.io.decoding.limits import require_directory


def _file(form: str, **options: Any) -> bytes:
    stream = io.BytesIO()
    Image.fromarray(np.random.default_rng(0).integers(0, 256, (20, 30, 3), dtype=np.uint8)).save(
        stream, form, **options
    )
    return stream.getvalue()


def _shape(data: bytes) -> tuple[int, ...]:
    return decode(data, "photo", max_pixels=20_000_000)[0].shape


def _segment(marker: int, content: bytes) -> bytes:
    return struct.pack(">BBH", 0xFF, marker, len(content) + 2) + content


def _directory(count: int, size: int) -> bytes:
    """Tags of EXIF that all have the same bytes for their value."""
    tags = b"".join(struct.pack("<HHII", 1000 + number, 7, size, 8) for number in range(count))
    return (b"II*\0" + struct.pack("<IH", 8, count) + tags + bytes(4)).ljust(size, b"\0")


def _chunk(name: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))


def _bmp(width: int, height: int, runs: bytes) -> bytes:
    header = struct.pack("<IiiHHIIiiII", 40, width, height, 1, 8, 1, len(runs), 0, 0, 256, 0)
    return b"BM" + struct.pack("<IHHI", 1078 + len(runs), 0, 0, 1078) + header + bytes(1024) + runs


def _jpeg_with(part: bytes) -> Callable[[], bytes]:
    return lambda: (data := _file("JPEG"))[:2] + part + data[2:]


def _gif_with(part: bytes) -> Callable[[], bytes]:
    return lambda: (data := _file("GIF"))[: data.index(b",", 13 + 768)] + part + data[data.index(b",", 13 + 768) :]


def _png_with(part: bytes) -> Callable[[], bytes]:
    return lambda: (data := _file("PNG"))[:33] + part + data[33:]


def _scans(times: int) -> bytes:
    data = _file("JPEG", progressive=True)
    last = data.rindex(b"\xff\xda")
    return data[:last] + data[last:-2] * times + data[-2:]


ABSURD: dict[str, tuple[Callable[[], bytes], str]] = {
    "a JPEG of many scans": (lambda: _scans(2000), "more than 1000 scans"),
    "a JPEG of many segments": (_jpeg_with(_segment(0xFE, b"") * 80_000), "segments and padding"),
    "a JPEG of padding": (_jpeg_with(b"\xff" * 80_000), "segments and padding"),
    "EXIF of one value over and over": (_jpeg_with(_segment(0xE1, b"Exif\0\0" + _directory(4000, 60_000))), "share"),
    "an index of pictures like that": (_jpeg_with(_segment(0xE2, b"MPF\0" + _directory(4000, 60_000))), "share"),
    "a PNG with EXIF like that": (_png_with(_chunk(b"eXIf", _directory(4000, 60_000))), "share"),
    "a TIFF like that": (lambda: _directory(4000, 60_000), "share"),
    "a PNG of many chunks": (_png_with(_chunk(b"teSt", b"") * 110_000), "chunks"),
    "a GIF of many comments": (_gif_with(b"!\xfe\x01a\0" * 6_000), "blocks"),
    "a GIF of one long comment": (_gif_with(b"!\xfe" + b"\x01a" * 6_000 + b"\0"), "blocks"),
    "a GIF of bytes between its blocks": (_gif_with(b"x" * 100), "bytes between"),
    "a BMP of empty runs": (lambda: _bmp(30, 20, b"\0\0" * 4_000_000), "in runs"),
    "a BMP that fills its rows": (lambda: _bmp(5000, 4000, b"\1\x33\0\0" * 4000), "in runs"),
    "a PGM with a long comment": (lambda: b"P5\n#" + b"a" * 70_000 + b"\n3 2\n255\n" + bytes(6), "header of comments"),
    "a PGM with many comments": (lambda: b"P5\n" + b"#\n" * 40_000 + b"3 2\n255\n" + bytes(6), "header of comments"),
    "a PGM of comments": (lambda: b"P2\n3 2\n255\n" + b"#\n" * 9_000, "100 comments"),
    "a PPM of many digits": (lambda: b"P3\n3000 2000\n255\n" + b"9 " * 7_000_000, "spelled out"),
}


@pytest.mark.parametrize("name", ABSURD)
def test_a_file_that_nobody_writes_is_refused_before_it_is_opened(name: str) -> None:
    make, found = ABSURD[name]
    with pytest.raises(PhotoError, match=found):
        _shape(make())


USUAL: dict[str, Callable[[], bytes]] = {
    "a JPEG of some more scans": lambda: _scans(9),
    "a JPEG with long metadata": _jpeg_with(
        _segment(0xE1, b"http://ns.adobe.com/xmp/extension/" + bytes(60_000)) * 200
    ),
    "a JPEG with padding": _jpeg_with(b"\xff" * 1000),
    "a GIF with comments": _gif_with(b"!\xfe\x05hello\0" * 50),
    "a PNG in small pieces": _png_with(_chunk(b"teSt", b"") * 5_000),
    "a BMP in runs": lambda: _bmp(30, 20, b"\x1e\x07\0\0" * 20 + b"\0\1"),
    "a PGM with a comment": lambda: b"P5\n# made by a program\n30 20\n255\n" + bytes(600),
    "a PPM in digits": lambda: b"P3\n# digits\n30 20\n255\n" + b"9 " * 1800,
    "a PBM in digits": lambda: b"P1 30 20\n" + b"01" * 300,
}


@pytest.mark.parametrize("name", USUAL)
def test_what_programs_write_is_read(name: str) -> None:
    assert _shape(USUAL[name]()) == (20, 30, 3)


@pytest.mark.parametrize("form", ["<", ">"])
def test_directories_of_either_byte_order_are_looked_at(form: str) -> None:
    tags = b"".join(struct.pack(f"{form}HHII", 1000 + number, 4, 300_000, 8) for number in range(9))
    data = ({"<": b"II*\0", ">": b"MM\0*"}[form] + struct.pack(f"{form}IH", 8, 9) + tags).ljust(1_300_000, b"\0")
    with pytest.raises(ValueError, match="share"):
        require_directory(data)
    require_directory(data[:60])  # cut off: whoever reads it says so
