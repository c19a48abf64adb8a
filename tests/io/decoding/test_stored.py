"""Large uncompressed pictures from their file, beside Pillow."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
import pytest
import tifffile
from PIL import Image

from resight.errors import PhotoError
from resight.io.decoding import memory
from resight.io.decoding.bands import upright
from resight.io.decoding.decoder import decode
from resight.io.decoding.opener import opened
from resight.io.decoding.stored import stored
from resight.types import Array

SIDES = (75, 1_100)
"""Height and width: rows enough that some are taken at a time."""


def _pixels(channels: int, kind: Any) -> Array:
    rng = np.random.default_rng(0)
    shape = (*SIDES, channels) if channels > 1 else SIDES
    if np.dtype(kind).kind == "f":
        return rng.random(shape, dtype=np.float32)
    return rng.integers(0, np.iinfo(kind).max, shape, dtype=kind, endpoint=True)


def _tiff(channels: int, kind: Any, **options: Any) -> bytes:
    stream = io.BytesIO()
    order = options.pop("byteorder", "<")
    pixels = _pixels(channels, kind)
    if options.get("planarconfig") == "separate":
        pixels = np.moveaxis(pixels, 2, 0)
    with tifffile.TiffWriter(stream, byteorder=order) as file:
        file.write(pixels, **options)
    return stream.getvalue()


def _saved(form: str, mode: str) -> bytes:
    stream = io.BytesIO()
    Image.fromarray(_pixels(3, np.uint8)).convert(mode).save(stream, form)
    return stream.getvalue()


FILES = {
    "RGB": _tiff(3, np.uint8, photometric="rgb"),
    "strips": _tiff(3, np.uint8, photometric="rgb", rowsperstrip=7),
    "tiles": _tiff(3, np.uint8, photometric="rgb", tile=(32, 48)),
    "planes": _tiff(3, np.uint8, photometric="rgb", planarconfig="separate"),
    "planes in strips": _tiff(3, np.uint8, photometric="rgb", planarconfig="separate", rowsperstrip=9),
    "RGBA": _tiff(4, np.uint8, photometric="rgb", extrasamples=["unassalpha"]),
    "CMYK": _tiff(4, np.uint8, photometric="separated"),
    "CMYK in planes": _tiff(4, np.uint8, photometric="separated", planarconfig="separate"),
    "grey": _tiff(1, np.uint8, photometric="minisblack"),
    "white is zero": _tiff(1, np.uint8, photometric="miniswhite"),
    "16 bits": _tiff(1, np.uint16, photometric="miniswhite"),
    "16 bits, MM": _tiff(1, np.uint16, photometric="minisblack", byteorder=">"),
    "RGB of 16 bits": _tiff(3, np.uint16, photometric="rgb"),
    "floats": _tiff(1, np.float32, photometric="minisblack"),
    "BMP": _saved("BMP", "RGB"),
    "PPM": _saved("PPM", "RGB"),
    "PGM": _saved("PPM", "L"),
}


@pytest.mark.parametrize("divisor", [1, 4])
@pytest.mark.parametrize("name", FILES)
def test_the_pixels_are_pillow_s(name: str, divisor: int) -> None:
    data = FILES[name]
    picture, reading = opened(data)
    rows = stored(picture, data)
    assert rows is not None
    found = upright(rows, 1, reading, divisor=divisor)
    assert picture.tile  # nothing was loaded
    picture.load()
    np.testing.assert_array_equal(found, upright(picture, 1, reading, divisor=divisor))


@pytest.mark.parametrize("name", ["tiles", "planes", "BMP", "PPM"])
def test_a_photo_that_fits_with_its_file_alone_is_read(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    data = FILES[name]
    wanted = decode(data, "photo", max_pixels=1_000_000)
    monkeypatch.setattr(memory, "MOST", len(data) + 3 * SIDES[0] * SIDES[1])
    found = decode(data, "photo", max_pixels=1_000_000)
    np.testing.assert_array_equal(found[0], wanted[0])
    assert found[1] == wanted[1]
    with pytest.raises(PhotoError, match="damaged or incomplete"):
        decode(data[: len(data) // 2], "photo", max_pixels=1_000_000)


@pytest.mark.parametrize(
    "data",
    [
        _saved("PNG", "RGB"),
        _saved("BMP", "P"),
        _saved("PPM", "1"),
        _tiff(3, np.uint8, photometric="rgb", compression="adobe_deflate"),
        _tiff(3, np.uint8, photometric="rgb", extratags=[(274, "H", 1, 6, True)]),
        _tiff(3, np.uint16, photometric="rgb", planarconfig="separate"),
    ],
    ids=["PNG", "palette", "bits", "compressed", "turned", "planes of 16 bits"],
)
def test_the_rest_is_left_to_pillow(data: bytes) -> None:
    assert stored(opened(data)[0], data) is None
