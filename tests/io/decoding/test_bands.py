"""Pictures converted a few rows at a time, beside Pillow's own conversion and turning of the whole."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image, ImageOps

from resight.io.decoding import bands
from resight.io.decoding.bands import rgb, upright
from resight.io.decoding.samples import SampleReading

MODES = ("1", "L", "P", "LA", "RGB", "RGBA", "CMYK", "YCbCr", "I;16", "I", "F")


@pytest.fixture(autouse=True)
def few_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bands, "PIXELS", 100)


def _picture(mode: str, rng: np.random.Generator) -> Image.Image:
    """41 × 29 pixels, neither a multiple of anything."""
    if mode == "I;16":
        return Image.fromarray(rng.integers(0, 65536, (29, 41), dtype=np.uint16))
    if mode == "I":
        return Image.fromarray(rng.integers(0, 65536, (29, 41), dtype=np.int32))
    if mode == "F":
        return Image.fromarray(rng.random((29, 41), np.float32))
    colours = Image.fromarray(rng.integers(0, 256, (29, 41, 4), dtype=np.uint8))
    return colours.convert("RGB").quantize(20) if mode == "P" else colours.convert(mode)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("orientation", range(1, 9))
def test_bands_are_the_whole(rng: np.random.Generator, mode: str, orientation: int) -> None:
    picture = _picture(mode, rng)
    whole = rgb(picture, SampleReading())
    whole.getexif()[274] = orientation
    wanted = np.asarray(ImageOps.exif_transpose(whole))
    np.testing.assert_array_equal(upright(picture, orientation, SampleReading()), wanted)


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("divisor", [2, 4, 8])
def test_bands_are_averaged_as_the_whole(rng: np.random.Generator, divisor: int, orientation: int) -> None:
    picture = _picture("RGB", rng)
    whole = picture.reduce(divisor)
    whole.getexif()[274] = orientation
    wanted = np.asarray(ImageOps.exif_transpose(whole))
    np.testing.assert_array_equal(upright(picture, orientation, SampleReading(), divisor=divisor), wanted)


def test_white_is_guessed_from_all_rows() -> None:
    values = np.zeros((29, 41), np.float32)
    values[0], values[-1] = 1.0, 200.0
    assert upright(Image.fromarray(values), 1, SampleReading())[[0, -1], 0, 0].tolist() == [1, 200]
