"""Bytes to upright pixels: every format, mode and orientation, and whatever a hostile or broken file may hold."""

from __future__ import annotations

import io
import struct
from collections.abc import Callable
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
import pillow_heif
import pytest
from PIL import Image, ImageFile
from PIL.PngImagePlugin import PngInfo

from resight.errors import PhotoError
from resight.io.decoding.decoder import convert, decode

Array = npt.NDArray[Any]
LIMIT = 10_000_000

pillow_heif.register_heif_opener()  # so that these tests can write HEIC


def _file(picture: Image.Image, form: str, **options: Any) -> bytes:
    stream = io.BytesIO()
    picture.save(stream, form, **options)
    return stream.getvalue()


def _pixels(data: bytes, **options: Any) -> Array:
    return decode(data, "photo", max_pixels=LIMIT, **options)[0]


def _blocks(rng: np.random.Generator, height: int = 48, width: int = 32) -> Array:
    """Blocks of 16 × 16 pixels of one colour: what lossy formats keep, wherever the block lies."""
    colours = rng.integers(40, 216, (height // 16, width // 16, 3), dtype=np.uint8)
    return np.kron(colours, np.ones((16, 16, 1), np.uint8))


def _smooth(rng: np.random.Generator, height: int = 60, width: int = 80, step: int = 5) -> Image.Image:
    noise = Image.fromarray(rng.integers(0, 256, (height // step, width // step, 3), dtype=np.uint8))
    return noise.resize((width, height), Image.Resampling.BICUBIC)


FILES: dict[str, tuple[str, dict[str, Any]]] = {
    "jpeg": ("JPEG", {}),
    "progressive": ("JPEG", {"progressive": True}),
    "png": ("PNG", {}),
    "gif": ("GIF", {}),
    "webp": ("WEBP", {}),
    "webp-lossless": ("WEBP", {"lossless": True}),
    "bmp": ("BMP", {}),
    "ppm": ("PPM", {}),
    "tiff": ("TIFF", {}),
    "tiff-lzw": ("TIFF", {"compression": "tiff_lzw"}),
    "tiff-deflate": ("TIFF", {"compression": "tiff_deflate"}),
    "heic": ("HEIF", {}),
    "avif": ("AVIF", {"speed": 10}),
}


@pytest.fixture(scope="module")
def files() -> dict[str, bytes]:
    """The same small picture in each format."""
    picture = _smooth(np.random.default_rng(0))
    return {name: _file(picture, form, **options) for name, (form, options) in FILES.items()}


@pytest.mark.parametrize("name", FILES)
def test_every_format_is_read(files: dict[str, bytes], name: str) -> None:
    image, size = decode(files[name], "photo", max_pixels=LIMIT)
    assert (image.dtype, image.shape, size) == (np.uint8, (60, 80, 3), (80, 60))
    wanted = np.asarray(_smooth(np.random.default_rng(0)), np.int16)
    assert np.abs(image - wanted).mean() < 12  # the palette of a GIF is the coarsest


# -- orientation -----------------------------------------------------------------------------------------------------

# EXIF 2.3, tag 274: the sides of the upright photo on which the file's first row and its first column lie.
SIDES = {
    1: ("top", "left"),
    2: ("top", "right"),
    3: ("bottom", "right"),
    4: ("bottom", "left"),
    5: ("left", "top"),
    6: ("right", "top"),
    7: ("right", "bottom"),
    8: ("left", "bottom"),
}


def _stored(upright: Array, orientation: int) -> Array:
    """The rows that a camera writes so that ``orientation`` turns them into ``upright``, pixel by pixel."""
    height, width = upright.shape[:2]
    first_row, first_column = SIDES[orientation]
    sideways = first_row in ("left", "right")
    stored = np.empty((width, height, 3) if sideways else (height, width, 3), np.uint8)
    for row in range(stored.shape[0]):
        for column in range(stored.shape[1]):
            at = {first_row: row, first_column: column}
            y = at["top"] if "top" in at else height - 1 - at["bottom"]
            x = at["left"] if "left" in at else width - 1 - at["right"]
            stored[row, column] = upright[y, x]
    return stored


def _turned_file(upright: Array, orientation: int, form: str, **options: Any) -> bytes:
    exif = Image.Exif()
    exif[274] = orientation
    # Bytes, because only then does the HEIC writer store the turn in the container, where readers look for it.
    return _file(Image.fromarray(_stored(upright, orientation)), form, exif=exif.tobytes(), **options)


@pytest.mark.parametrize("orientation", SIDES)
@pytest.mark.parametrize(
    ("form", "options"),
    [("PNG", {}), ("WEBP", {"lossless": True}), ("TIFF", {}), ("JPEG", {"subsampling": 0, "quality": 95})],
    ids=["png", "webp", "tiff", "jpeg"],
)
def test_all_orientations_give_the_same_pixels(
    rng: np.random.Generator, form: str, options: dict[str, Any], orientation: int
) -> None:
    upright = _blocks(rng)
    image, size = decode(_turned_file(upright, orientation, form, **options), "photo", max_pixels=LIMIT)
    assert size == (32, 48)
    np.testing.assert_array_equal(image, _pixels(_turned_file(upright, 1, form, **options)))
    if form != "JPEG":
        np.testing.assert_array_equal(image, upright)


@pytest.mark.parametrize("orientation", SIDES)
@pytest.mark.parametrize("form", ["HEIF", "AVIF"])
def test_orientation_of_lossy_containers_is_applied_once(rng: np.random.Generator, form: str, orientation: int) -> None:
    upright = _blocks(rng, 96, 64)
    image, size = decode(_turned_file(upright, orientation, form, quality=95), "photo", max_pixels=LIMIT)
    assert size == (64, 96)
    assert np.abs(image[8::16, 8::16].astype(int) - upright[8::16, 8::16]).max() < 16


def test_a_turned_jpeg_that_is_decoded_smaller_reports_its_upright_size(rng: np.random.Generator) -> None:
    upright = _blocks(rng, 160, 96)
    image, size = decode(_turned_file(upright, 6, "JPEG"), "photo", long_side=20, max_pixels=LIMIT)
    assert (image.shape, size) == ((40, 24, 3), (96, 160))


XMP = (
    b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
    b'<rdf:Description xmlns:tiff="http://ns.adobe.com/tiff/1.0/" tiff:Orientation="6"/></rdf:RDF></x:xmpmeta>'
)


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP", "TIFF", "AVIF", "HEIF"])
def test_what_xmp_says_of_the_orientation_does_not_count(rng: np.random.Generator, form: str) -> None:
    """Pillow turns by it where EXIF says nothing; browsers, and HEIC and AVIF by their standards, do not."""
    picture = Image.fromarray(_blocks(rng))
    plain, stream = _pixels(_file(picture, form)), io.BytesIO()
    if form == "PNG":
        known = PngInfo()
        known.add_itxt("XML:com.adobe.xmp", XMP.decode())
        picture.save(stream, form, pnginfo=known)
    elif form == "HEIF":
        stream.write(_file(picture, form, xmp=XMP.replace(b"6", b"1")).replace(b'n="1"', b'n="6"'))  # no irot
    elif form == "TIFF":
        picture.save(stream, form, tiffinfo={700: XMP})
    else:
        picture.save(stream, form, xmp=XMP)
    data = stream.getvalue()
    assert b'Orientation="6"' in data
    np.testing.assert_array_equal(_pixels(data), plain)
    if form != "TIFF":  # Pillow turns that one itself, as it is loaded
        np.testing.assert_array_equal(convert(Image.open(io.BytesIO(data)), "picture", max_pixels=LIMIT), plain)


def test_exif_turns_beside_xmp(rng: np.random.Generator) -> None:
    upright, exif = _blocks(rng), Image.Exif()
    exif[274] = 3
    stored = _file(Image.fromarray(upright[::-1, ::-1]), "JPEG", exif=exif, xmp=XMP)
    np.testing.assert_array_equal(
        _pixels(stored), _pixels(_file(Image.fromarray(upright[::-1, ::-1]), "JPEG"))[::-1, ::-1]
    )


@pytest.mark.parametrize("value", [0, 9, 257])
def test_an_orientation_that_does_not_exist_is_upright(rng: np.random.Generator, value: int) -> None:
    upright, exif = _blocks(rng), Image.Exif()
    exif[274] = value
    np.testing.assert_array_equal(_pixels(_file(Image.fromarray(upright), "PNG", exif=exif)), upright)


def test_a_broken_exif_block_does_not_cost_the_photo(rng: np.random.Generator) -> None:
    upright = _blocks(rng)
    data = _file(Image.fromarray(upright), "PNG", exif=b"Exif\0\0no TIFF header")
    np.testing.assert_array_equal(_pixels(data), upright)


# -- modes -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("form", "mode"), [("PNG", "I;16"), ("TIFF", "I;16"), ("TIFF", "I;16B"), ("PPM", "I")])
def test_sixteen_bit_greys_do_not_saturate(form: str, mode: str) -> None:
    greys = np.array([[0, 32768], [257, 65535]], {"I;16B": ">u2", "I": "i4"}.get(mode, "<u2"))
    data = _file(Image.frombytes(mode, (2, 2), greys.tobytes()), form)
    assert _pixels(data)[..., 0].tolist() == [[0, 128], [1, 255]]


def test_a_float_tiff_is_read() -> None:
    data = _file(Image.fromarray(np.array([[0.0, 1.0]], np.float32)), "TIFF")
    assert _pixels(data).tolist() == [[[0, 0, 0], [255, 255, 255]]]


@pytest.mark.parametrize("channels", [3, 4])
def test_sixteen_bit_colours_are_read(channels: int) -> None:
    pixel = np.full((1, 1, channels), 65535, np.uint16)
    pixel[..., 0] = 0  # OpenCV writes BGR: this is blue
    assert _pixels(cv2.imencode(".png", pixel)[1].tobytes())[0, 0].tolist() == [255, 255, 0]


RGBA = np.array([[[200, 0, 0, 255], [200, 0, 0, 0], [200, 100, 0, 51]]], np.uint8)
ON_WHITE = [[200, 0, 0], [255, 255, 255], [244, 224, 204]]  # (c · a + 255 · (255 − a)) / 255


@pytest.mark.parametrize(("form", "options"), [("PNG", {}), ("TIFF", {}), ("WEBP", {"lossless": True, "exact": True})])
def test_transparency_lies_on_white(form: str, options: dict[str, Any]) -> None:
    assert _pixels(_file(Image.fromarray(RGBA), form, **options))[0].tolist() == ON_WHITE


@pytest.mark.parametrize("mode", ["LA", "La", "PA", "RGBa"])
def test_transparency_of_rare_modes_lies_on_white(mode: str) -> None:
    grey = Image.frombytes("LA", (2, 1), bytes([90, 255, 90, 0]))
    picture = {"LA": grey, "La": grey.convert("La"), "RGBa": grey.convert("RGBA").convert("RGBa")}.get(mode)
    if picture is None:
        picture = Image.frombytes("PA", (2, 1), bytes([0, 255, 0, 0]))
        picture.putpalette([90, 90, 90])
    assert convert(picture, "picture", max_pixels=LIMIT)[0].tolist() == [[90, 90, 90], [255, 255, 255]]


@pytest.mark.parametrize("transparency", [1, b"\xff\x00\xff"], ids=["one entry", "alpha per entry"])
def test_transparent_palette_entries_are_white(transparency: int | bytes) -> None:
    picture = Image.new("P", (3, 1))
    picture.putpalette([10, 20, 30, 40, 50, 60, 70, 80, 90])
    picture.putdata([0, 1, 2])
    image = _pixels(_file(picture, "PNG", transparency=transparency))
    assert image[0].tolist() == [[10, 20, 30], [255, 255, 255], [70, 80, 90]]


def test_a_transparent_colour_is_white() -> None:
    picture = Image.fromarray(np.array([[[1, 2, 3], [4, 5, 6]]], np.uint8))
    assert _pixels(_file(picture, "PNG", transparency=(1, 2, 3)))[0].tolist() == [[255, 255, 255], [4, 5, 6]]


def _bmp_with_alpha(blue: int, green: int, red: int, alpha: int) -> bytes:
    """One pixel behind the fifth header, which names the bits of alpha."""
    masks = struct.pack("<IIII", 0xFF0000, 0xFF00, 0xFF, 0xFF000000)
    header = struct.pack("<IiiHHIIiiII", 124, 1, 1, 1, 32, 3, 4, 0, 0, 0, 0) + masks
    start = struct.pack("<IHHI", 14 + 124 + 4, 0, 0, 14 + 124)
    return b"BM" + start + header.ljust(124, b"\0") + bytes([blue, green, red, alpha])


def test_a_bmp_whose_fourth_bytes_are_all_0_is_opaque() -> None:
    """As in browsers: programs leave the byte 0 and mean nothing by it."""
    assert _pixels(_bmp_with_alpha(0, 100, 200, 51))[0, 0].tolist() == ON_WHITE[2]
    assert _pixels(_bmp_with_alpha(0, 100, 200, 0))[0, 0].tolist() == [200, 100, 0]


@pytest.mark.parametrize("form", ["PNG", "TIFF", "PPM", "BMP"])
def test_one_bit_is_black_and_white(form: str) -> None:
    picture = Image.fromarray(np.array([[0, 255, 255]], np.uint8)).convert("1")
    assert _pixels(_file(picture, form))[0, :, 1].tolist() == [0, 255, 255]


@pytest.mark.parametrize(
    ("inks", "colour"),
    [((0, 0, 0, 0), (255, 255, 255)), ((0, 255, 255, 0), (255, 0, 0)), ((0, 0, 0, 255), (0, 0, 0))],
)
@pytest.mark.parametrize("form", ["JPEG", "TIFF"])
def test_cmyk_is_ink_on_white(form: str, inks: tuple[int, ...], colour: tuple[int, ...]) -> None:
    image = _pixels(_file(Image.new("CMYK", (16, 16), inks), form))
    assert np.abs(image[8, 8].astype(int) - colour).max() <= 3


def test_adobe_ycck_is_turned_back_into_inks() -> None:
    inks = np.array([90, 150, 120, 40])
    data = bytearray(_file(Image.new("CMYK", (16, 16), tuple(inks)), "JPEG", quality=100))
    data[data.index(b"Adobe") + 11] = 2  # the colour transform of Adobe's APP14 marker: YCCK
    y, cb, cr, _ = 255 - inks.astype(float)  # what the file holds, Adobe's inverted inks, now read as YCC
    rgb = np.array([y + 1.402 * (cr - 128), y - 0.344136 * (cb - 128) - 0.714136 * (cr - 128), y + 1.772 * (cb - 128)])
    wanted = (255 - np.clip(rgb, 0, 255)) * (255 - inks[3]) / 255
    assert np.abs(_pixels(bytes(data))[8, 8] - wanted).max() <= 3


@pytest.mark.parametrize("form", ["GIF", "WEBP", "PNG", "TIFF"])
def test_of_an_animation_the_first_frame_is_read(form: str) -> None:
    red, blue = Image.new("RGB", (16, 16), (255, 0, 0)), Image.new("RGB", (16, 16), (0, 0, 255))
    image = _pixels(_file(red, form, save_all=True, append_images=[blue]))
    assert np.abs(image.astype(int) - (255, 0, 0)).max() <= 3


def test_two_views_in_one_file_give_the_first(rng: np.random.Generator) -> None:
    first = _smooth(rng, 160, 240, 20)
    data = _file(first, "MPO", save_all=True, append_images=[first.transpose(Image.Transpose.ROTATE_180)])
    image, size = decode(data, "photo", long_side=50, max_pixels=LIMIT)
    assert (image.shape, size) == ((80, 120, 3), (240, 160))
    assert np.abs(image.astype(int) - np.asarray(first.reduce(2))).mean() < 4


# -- decoding smaller ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("long_side", "divisor"), [(None, 1), (200, 1), (150, 2), (100, 2), (70, 4), (30, 8), (1, 8)])
def test_a_jpeg_keeps_twice_the_wanted_pixels(rng: np.random.Generator, long_side: int | None, divisor: int) -> None:
    image, size = decode(_file(_smooth(rng, 450, 600), "JPEG"), "photo", long_side=long_side, max_pixels=LIMIT)
    assert size == (600, 450)
    assert image.shape == (-(-450 // divisor), -(-600 // divisor), 3)
    assert divisor == 1 or max(image.shape) >= 2 * (long_side or 0)


def test_a_jpeg_decoded_smaller_shows_the_same(rng: np.random.Generator) -> None:
    data = _file(_smooth(rng, 315, 415, 20), "JPEG", quality=95)  # no side divides by 2
    small, whole = _pixels(data, long_side=100), _pixels(data)
    averaged = np.asarray(Image.fromarray(whole).reduce(2), np.int16)
    assert np.abs(small - averaged).mean() < 1.5


@pytest.mark.parametrize("size", [(5000, 1), (1, 5000), (4097, 3)])
def test_extreme_shapes_are_read(size: tuple[int, int]) -> None:
    data = _file(Image.new("RGB", size, (9, 99, 199)), "JPEG")
    image, whole = decode(data, "photo", long_side=64, max_pixels=LIMIT)
    assert whole == size
    assert min(image.shape[:2]) >= 1


# -- faults ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", FILES)
def test_a_truncated_file_is_refused_or_whole(files: dict[str, bytes], name: str) -> None:
    """What a cut leaves either shows every pixel (only a trailer is gone) or is refused: never grey filling."""
    data, refused = files[name], 0
    whole = _pixels(data)
    cuts = sorted({*range(0, len(data), max(1, len(data) // 60)), *range(len(data) - 8, len(data))})
    for cut in cuts:
        for long_side in (None, 10):
            try:
                image = _pixels(data[:cut], long_side=long_side)
            except PhotoError:
                refused += 1
            else:
                np.testing.assert_array_equal(image, whole if image.shape == whole.shape else image)
    assert refused >= 2 * len(cuts) - 16


@pytest.mark.parametrize("name", ["jpeg", "progressive"])
@pytest.mark.parametrize("long_side", [None, 10])
def test_a_jpeg_whose_end_was_never_written_is_refused(
    files: dict[str, bytes], name: str, long_side: int | None
) -> None:
    """A stopped download into a preallocated file ends in zeros, which libjpeg shows as grey."""
    data, half = files[name], len(files[name]) // 2
    with pytest.raises(PhotoError, match="cannot read photo: found"):
        _pixels(data[:half] + bytes(len(data) - half), long_side=long_side)


def test_the_end_of_a_thumbnail_is_not_the_end_of_the_photo(files: dict[str, bytes]) -> None:
    data = files["jpeg"]
    app = b"\xff\xe5" + struct.pack(">H", 2 + 300 + len(data)) + data + bytes(300)
    half = len(data) // 2
    np.testing.assert_array_equal(_pixels(data[:2] + app + data[2:]), _pixels(data))
    with pytest.raises(PhotoError, match="without an end"):
        _pixels(data[:2] + app + data[2:half] + bytes(len(data) - half))


def test_what_lies_behind_the_end_of_a_jpeg_does_not_matter(files: dict[str, bytes]) -> None:
    np.testing.assert_array_equal(_pixels(files["jpeg"] + b"\xff\xda a video of the moment"), _pixels(files["jpeg"]))


@pytest.mark.parametrize(
    ("data", "found"),
    [
        (b"", "an empty file"),
        (b"\xfe", "1 bytes of no known format"),
        (b"%PDF-1.7 ...", "a PDF document"),
        (b"%!PS-Adobe-3.0 EPSF-3.0\n", "a PostScript document"),  # a format that Pillow hands to another program
        (b"\xff\xd8\xff", "a header that cannot be read"),
        (b"\x89PNG\r\n\x1a\n", "a header that cannot be read"),
        (b"P6 0 5 255\n", "a header that cannot be read"),
        (b"II*\0", "a header that cannot be read"),
    ],
)
def test_what_is_not_a_photo_is_refused_with_what_was_found(data: bytes, found: str) -> None:
    with pytest.raises(PhotoError, match=r"cannot read photo: found .*; wanted a whole photo as JPEG") as error:
        _pixels(data)
    assert found in str(error.value)


def _png_header(width: int, height: int) -> bytes:
    import zlib

    body = b"IHDR" + struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + body + struct.pack(">I", zlib.crc32(body))


def _bmp_header(width: int, height: int) -> bytes:
    return b"BM" + struct.pack("<IHHI", 0, 0, 0, 54) + struct.pack("<IiiHHIIiiII", 40, width, height, 1, 24, *[0] * 6)


def _huge_jpeg(width: int, height: int) -> bytes:
    data = bytearray(_file(Image.new("RGB", (8, 8)), "JPEG"))
    at = data.index(b"\xff\xc0") + 5
    data[at : at + 4] = struct.pack(">HH", height, width)
    return bytes(data)


@pytest.mark.parametrize(
    ("bomb", "size", "most"),
    [
        (_bmp_header, (12_000, 9_000), "64.0"),
        (_bmp_header, (60_000, 60_000), "64.0"),
        (_huge_jpeg, (24_000, 22_000), "512.0"),
        (_huge_jpeg, (60_000, 60_000), "512.0"),
    ],
)
def test_the_size_in_the_header_is_judged_before_decoding(
    bomb: Callable[[int, int], bytes], size: tuple[int, int], most: str
) -> None:
    """Between 89 and 179 megapixels Pillow itself only warns, beyond it raises an error of its own."""
    wanted = rf"found \d+ × \d+ pixels .* wanted at most {most} megapixels; save it smaller"
    with pytest.raises(PhotoError, match=wanted):
        decode(bomb(*size), "photo", long_side=64, max_pixels=64_000_000)


def test_a_header_that_promises_more_than_the_file_holds_is_refused() -> None:
    for data in (_bmp_header(900, 700), _huge_jpeg(900, 700), _png_header(900, 700)):
        with pytest.raises(PhotoError, match=r"truncated|only \d+ bytes|cannot be read"):
            _pixels(data)


def test_the_limit_is_inclusive(files: dict[str, bytes]) -> None:
    assert decode(files["png"], "photo", max_pixels=4800)[1] == (80, 60)
    with pytest.raises(PhotoError, match="80 × 60"):
        decode(files["png"], "photo", max_pixels=4799)


@pytest.mark.parametrize("name", FILES)
def test_mutated_files_raise_nothing_but_photo_errors(
    files: dict[str, bytes], rng: np.random.Generator, name: str
) -> None:
    refused = 0
    for _ in range(60):
        data = np.frombuffer(files[name], np.uint8).copy()
        # Half of the damage goes to the first bytes: there are the headers.
        at = rng.integers(0, len(data) if rng.random() < 0.5 else 120, rng.integers(1, 12))
        data[at] = rng.integers(0, 256, len(at))
        try:
            image, size = decode(data.tobytes(), "photo", long_side=20, max_pixels=1_000_000)
        except PhotoError:
            refused += 1
        else:
            assert image.ndim == 3
            assert size[0] * size[1] <= 1_000_000
    assert refused > 0


def test_pillow_is_left_as_it_was(files: dict[str, bytes]) -> None:
    before = Image.MAX_IMAGE_PIXELS, ImageFile.LOAD_TRUNCATED_IMAGES
    _pixels(files["heic"])
    with pytest.raises(PhotoError):
        _pixels(files["png"][:200])
    assert before == (Image.MAX_IMAGE_PIXELS, ImageFile.LOAD_TRUNCATED_IMAGES)
