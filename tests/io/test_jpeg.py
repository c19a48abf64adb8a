"""What a JPEG's header says, and how much smaller a large one is decoded."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
import pytest
from PIL import Image

from resight.errors import PhotoError
from resight.io import images
from resight.io.decoder import decode
from resight.io.jpeg import MAX_COEFFICIENTS, Frame, frame


def _noise(width: int, height: int, mode: str = "RGB") -> Image.Image:
    rng = np.random.default_rng(0)
    return Image.frombytes(mode, (width, height), rng.bytes(width * height * len(Image.new(mode, (1, 1)).getbands())))


def _jpeg(picture: Image.Image, **options: Any) -> bytes:
    stream = io.BytesIO()
    picture.save(stream, "JPEG", **options)
    return stream.getvalue()


def _tall(width: int, height: int) -> bytes:
    """A baseline JPEG of any height for the price of its first 16 rows, which restart markers repeat (T.81, E.1.4)."""
    data = _jpeg(_noise(16, 1).resize((width, 16)), restart_marker_rows=1, subsampling=2)
    at, scan = data.index(b"\xff\xc0") + 5, data.index(b"\xff\xda")
    start = scan + 2 + int.from_bytes(data[scan + 2 : scan + 4], "big")
    head, row = data[:at] + height.to_bytes(2, "big") + data[at + 2 : start], data[start:-2]
    return head + b"".join(row + bytes([0xFF, 0xD0 + k % 8]) for k in range(-(-height // 16) - 1)) + row + b"\xff\xd9"


@pytest.mark.parametrize(
    ("mode", "options", "sampling"),
    [
        ("L", {}, ((1, 1),)),
        ("RGB", {"subsampling": 0}, ((1, 1),) * 3),
        ("RGB", {"subsampling": 1}, ((2, 1), (1, 1), (1, 1))),
        ("RGB", {"subsampling": 2}, ((2, 2), (1, 1), (1, 1))),
        ("CMYK", {}, ((1, 1),) * 4),
    ],
)
def test_the_frame_of_every_kind(mode: str, options: dict[str, Any], sampling: tuple[tuple[int, int], ...]) -> None:
    picture = _noise(70, 50, mode)
    data = _jpeg(picture, **options)
    numbers = {"CMYK": tuple(b"CMYK")}.get(mode, tuple(range(1, len(sampling) + 1)))
    assert frame(data) == Frame(0xC0, (70, 50), sampling, data.index(b"\xff\xda"), separate=False, numbers=numbers)
    many = frame(_jpeg(picture, progressive=True, **options))
    assert (many.marker, many.size, many.sampling) == (0xC2, (70, 50), sampling)


def test_a_frame_inside_a_segment_is_not_the_photos() -> None:
    data, thumbnail = _jpeg(_noise(70, 50)), _jpeg(_noise(16, 16))
    app = b"\xff\xff\xe5" + (2 + len(thumbnail)).to_bytes(2, "big") + thumbnail  # a byte of padding before the marker
    assert frame(data[:2] + app + data[2:]).size == (70, 50)


@pytest.mark.parametrize("data", [b"", b"\xff\xd8", b"\xff\xd8\xff\xda\0\3\0\0\0", b"\xff\xd8" + 9 * b"\xff"])
def test_what_has_no_frame_is_refused(data: bytes) -> None:
    with pytest.raises(ValueError, match="without pixels"):
        frame(data)


def test_only_scans_that_share_blocks_hold_coefficients() -> None:
    """16 bits each; 4:2:0 keeps a quarter of both colours. Blocks are whole: 70 × 50 is 9 × 7 of luminance."""
    assert frame(_jpeg(_noise(70, 50))).coefficients == 0
    assert frame(_jpeg(_noise(70, 50), progressive=True, subsampling=0)).coefficients == 3 * 63 * 128
    assert frame(_jpeg(_noise(70, 50), progressive=True, subsampling=2)).coefficients == (63 + 2 * 5 * 4) * 128
    assert Frame(0xC0, (70, 50), ((1, 1),) * 3, 0, separate=True).coefficients == 3 * 63 * 128


@pytest.mark.parametrize(
    ("long_side", "max_pixels", "divisor"),
    [
        (None, 480_000, 1),
        (None, 479_999, 2),
        (None, 100_000, 4),
        (None, 7_500, 8),
        (None, 7_499, 1),  # none is small enough: the whole is refused
        (300, 480_000, 1),
        (200, 480_000, 2),
        (100, 480_000, 4),
        (9, 480_000, 8),
        (900, 480_000, 1),
        (300, 200_000, 2),  # not twice, but enough
        (401, 200_000, 1),  # less than asked for: refused
    ],
)
def test_what_a_photo_is_divided_by(long_side: int | None, max_pixels: int, divisor: int) -> None:
    photo = Frame(0xC0, (800, 600), ((1, 1),), 0, separate=False)
    assert photo.divisor(long_side, max_pixels) == divisor


def test_a_lossless_frame_is_not_divided() -> None:
    assert Frame(0xC3, (800, 600), ((1, 1),), 0, separate=False).divisor(10, 1_000_000) == 1


def test_a_jpeg_of_200_megapixels_is_decoded_smaller() -> None:
    photo = images.read(_tall(16_320, 12_240), long_side=640)
    assert (photo.size, photo.image.shape) == ((16_320, 12_240), (1_530, 2_040, 3))
    np.testing.assert_array_equal(photo.image[-2:], photo.image[:2])


def test_a_long_panorama_is_read() -> None:
    photo = images.read(_tall(65_500, 4_000), long_side=640)
    assert (photo.size, photo.image.shape) == ((65_500, 4_000), (500, 8_188, 3))


def test_a_large_jpeg_that_cannot_be_small_enough_is_refused() -> None:
    data = _tall(1_600, 1_200)
    assert decode(data, "photo", long_side=None, max_pixels=480_000)[0].shape == (600, 800, 3)
    with pytest.raises(PhotoError, match=r"found 1600 × 1200 pixels \(1.9 megapixels\); wanted at most 0.5 megapixels"):
        decode(data, "photo", long_side=900, max_pixels=480_000)


def test_a_progressive_jpeg_that_needs_much_memory_is_refused() -> None:
    data = bytearray(_jpeg(_noise(16, 16), progressive=True, subsampling=0))
    at = data.index(b"\xff\xc2") + 5
    data[at : at + 4] = (9_000).to_bytes(2, "big") + (12_000).to_bytes(2, "big")
    assert frame(bytes(data)).coefficients > MAX_COEFFICIENTS
    with pytest.raises(
        PhotoError, match=r"12000 × 9000 pixels in several scans, 648 MB .* at most 400 MB; .* baseline"
    ):
        images.read(bytes(data), long_side=640)


def test_telephones_of_today_are_within_the_limits() -> None:
    for size in ((9_280, 6_944), (12_032, 9_024), (16_384, 12_288), (19_008, 12_672)):
        assert size[0] * size[1] < 8 * images.MAX_PIXELS
    for size in ((9_280, 6_944), (12_032, 9_024)):  # progressive too, at the sampling of every camera
        assert Frame(0xC2, size, ((2, 2), (1, 1), (1, 1)), 0, separate=False).coefficients < MAX_COEFFICIENTS
