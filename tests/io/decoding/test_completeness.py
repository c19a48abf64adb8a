"""Files that lack a part, whatever hides it: a cut, a tail of zeros, an end marker behind what is left."""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
import pillow_heif
import pytest
from PIL import Image

from resight.errors import PhotoError
from resight.io.decoding.decoder import decode

Array = npt.NDArray[Any]

pillow_heif.register_heif_opener()  # so that these tests can write HEIC

MISSING = "so a part of it is missing|is truncated|before only"
"""What a refusal says, by us and by Pillow."""


def _file(picture: Image.Image, form: str, **options: Any) -> bytes:
    stream = io.BytesIO()
    picture.save(stream, form, **options)
    return stream.getvalue()


def _pixels(data: bytes, long_side: int | None = None) -> Array:
    return decode(data, "photo", long_side=long_side, max_pixels=10_000_000)[0]


@pytest.fixture(scope="module")
def photo() -> Image.Image:
    """Detail everywhere, so that every part of a file matters."""
    rng = np.random.default_rng(0)
    noise = Image.fromarray(rng.integers(0, 256, (60, 90, 3), dtype=np.uint8))
    return noise.resize((180, 120), Image.Resampling.BICUBIC)


def _assert_whole(data: bytes) -> None:
    """A JPEG of 180 × 120 pixels is read as Pillow alone reads it, and smaller."""
    np.testing.assert_array_equal(_pixels(data), np.asarray(Image.open(io.BytesIO(data)).convert("RGB")))
    assert _pixels(data, 10).shape == (15, 23, 3)


def _shares(data: bytes) -> range:
    """Some twenty places to cut a file at."""
    return range(len(data) // 20, len(data) - 50, len(data) // 20)


JPEGS: dict[str, dict[str, Any]] = {
    "4:2:0": {},
    "4:4:4": {"subsampling": 0, "quality": 95},
    "restarts": {"restart_marker_rows": 1},
}


@pytest.mark.parametrize("mode", ["RGB", "L", "CMYK"])
@pytest.mark.parametrize("name", JPEGS)
@pytest.mark.parametrize("long_side", [None, 20])
def test_a_jpeg_scan_that_an_end_marker_closes_too_early_is_refused(
    photo: Image.Image, name: str, mode: str, long_side: int | None
) -> None:
    data = _file(photo.convert(mode), "JPEG", **JPEGS[name])
    scan = data.index(b"\xff\xda") + 14
    for cut in range(scan, len(data) - 300, len(data) // 20):  # the last bytes may be less than a block
        with pytest.raises(PhotoError, match=MISSING):
            _pixels(data[: cut - (data[cut - 1] == 0xFF)] + b"\xff\xd9", long_side)


def test_a_progressive_jpeg_without_its_last_scans_is_refused(photo: Image.Image) -> None:
    data = _file(photo, "JPEG", progressive=True)
    starts = [at for at in range(len(data)) if data[at : at + 2] == b"\xff\xda"]
    assert len(starts) == 10
    for start in starts[1:]:
        with pytest.raises(PhotoError, match=MISSING):
            _pixels(data[:start] + b"\xff\xd9")
    assert _pixels(data).shape == (120, 180, 3)


@pytest.mark.parametrize("mode", ["RGB", "L", "CMYK"])
@pytest.mark.parametrize("part", [1.0, 0.4])
def test_a_grey_wall_is_no_missing_part(photo: Image.Image, mode: str, part: float) -> None:
    """Middle grey is what libjpeg fills a gap with, and what a photo may show."""
    grey = photo.copy()
    grey.paste((128, 128, 128), (0, round(120 * (1 - part)), 180, 120))
    picture = Image.merge("CMYK", [grey.convert("L")] * 4) if mode == "CMYK" else grey.convert(mode)
    for options in JPEGS.values():
        _assert_whole(_file(picture, "JPEG", **options))


@pytest.mark.parametrize("level", range(120, 137))
def test_a_corner_that_happens_to_be_grey_is_no_missing_part(photo: Image.Image, level: int) -> None:
    wall = np.asarray(photo.convert("L")).astype(int)
    wall[60:] = level + (wall[60:] - 128) // 60
    _assert_whole(_file(Image.fromarray(wall.astype(np.uint8)), "JPEG", quality=98))


ZEROED: dict[str, tuple[str, dict[str, Any]]] = {
    "jpeg": ("JPEG", {}),
    "progressive": ("JPEG", {"progressive": True}),
    "png": ("PNG", {}),
    "webp": ("WEBP", {}),
    "webp-lossless": ("WEBP", {"lossless": True}),
    "heic": ("HEIF", {}),
    "avif": ("AVIF", {"speed": 10}),
    "gif": ("GIF", {}),
    "tiff-lzw": ("TIFF", {"compression": "tiff_lzw"}),
    "tiff-deflate": ("TIFF", {"compression": "tiff_deflate"}),
}


@pytest.mark.parametrize("name", ZEROED)
def test_a_file_that_a_stopped_download_left_zeros_in_is_refused(photo: Image.Image, name: str) -> None:
    form, options = ZEROED[name]
    data = _file(photo, form, **options)
    _pixels(data)
    for cut in _shares(data):
        with pytest.raises(PhotoError):
            _pixels(data[:cut] + bytes(len(data) - cut))


@pytest.mark.parametrize("name", ["png", "webp", "webp-lossless", "heic", "avif", "gif"])
@pytest.mark.parametrize("level", [0, 128, 255])
def test_a_flat_photo_is_whole(photo: Image.Image, name: str, level: int) -> None:
    """Its codes may themselves be thousands of zeros."""
    form, options = ZEROED[name]
    for mode in ("RGB", "RGBA") if form != "GIF" else ("RGB",):
        picture = Image.new(mode, (300, 200), (level,) * len(mode))
        assert _pixels(_file(picture, form, **options)).shape == (200, 300, 3)
    half = photo.copy()
    half.paste((level,) * 3, (0, 60, 180, 120))
    assert _pixels(_file(half, form, **options)).shape == (120, 180, 3)


def test_a_lossless_webp_that_takes_zeros_for_its_pixels_is_whole(photo: Image.Image) -> None:
    picture = Image.new("RGB", (900, 700))
    picture.paste(photo)
    data = _file(picture, "WEBP", lossless=True, method=0, quality=0)
    assert not any(data[-1000:-1])
    np.testing.assert_array_equal(_pixels(data), np.asarray(picture))


Png = Callable[..., bytes]


@pytest.fixture
def png() -> Png:
    """``png(rows, interlaced)``: 40 × 40 pixels, of whose stream so many bytes are there, rightly closed."""

    def make(stored: int | None, *, interlaced: bool = False, level: int = 90) -> bytes:
        def chunk(name: bytes, content: bytes) -> bytes:
            return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))

        passes = [(5, 5)] * 2 + [(10, 5), (10, 10), (20, 10), (20, 20), (40, 20)] if interlaced else [(40, 40)]
        raw = b"".join((b"\0" + bytes([level]) * 3 * width) * height for width, height in passes)
        header = struct.pack(">IIBBBBB", 40, 40, 8, 2, 0, 0, int(interlaced))
        pixels = chunk(b"IDAT", zlib.compress(raw[:stored]))
        return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + pixels + chunk(b"IEND", b"")

    return make


@pytest.mark.parametrize("interlaced", [False, True])
def test_a_png_with_rows_or_passes_missing_is_refused(png: Png, interlaced: bool) -> None:
    assert (_pixels(png(None, interlaced=interlaced)) == 90).all()
    for stored in (1, 200, 1000, 2420, 4000):
        with pytest.raises(PhotoError, match=MISSING):
            _pixels(png(stored, interlaced=interlaced))


@pytest.mark.parametrize("interlaced", [False, True])
def test_a_black_png_is_whole(png: Png, interlaced: bool) -> None:
    assert not _pixels(png(None, interlaced=interlaced, level=0)).any()
    with pytest.raises(PhotoError, match=MISSING):
        _pixels(png(4000, interlaced=interlaced, level=0))


def test_a_png_whose_checksum_is_another_s_is_refused(photo: Image.Image) -> None:
    data = bytearray(_file(photo, "PNG"))
    data[data.index(b"IDAT") + 2000] ^= 1
    with pytest.raises(PhotoError, match="checksum"):
        _pixels(bytes(data))


def test_of_an_animated_png_the_first_picture_has_to_be_whole(photo: Image.Image) -> None:
    data = _file(photo, "PNG", save_all=True, append_images=[photo.rotate(90)])
    second = data.rindex(b"fcTL")
    np.testing.assert_array_equal(_pixels(data[: second + 50] + bytes(500)), _pixels(data))
    with pytest.raises(PhotoError):
        _pixels(data[: second // 2] + bytes(500))
