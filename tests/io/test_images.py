"""Photos from every source, prepared to a size, encoded, and told apart."""

from __future__ import annotations

import dataclasses
import io
import os
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image

from resight.errors import PhotoError
from resight.io import images
from resight.types import Preprocess

Array = npt.NDArray[Any]


def _smooth(rng: np.random.Generator, height: int, width: int) -> Array:
    noise = Image.fromarray(rng.integers(0, 256, (6, 8, 3), dtype=np.uint8))
    return np.array(noise.resize((width, height), Image.Resampling.BICUBIC))


def _encoded(image: Array, form: str = "PNG", **options: Any) -> bytes:
    stream = io.BytesIO()
    Image.fromarray(image).save(stream, form, **options)
    return stream.getvalue()


@pytest.fixture
def image(rng: np.random.Generator) -> Array:
    return _smooth(rng, 30, 40)


# -- sources ---------------------------------------------------------------------------------------------------------

SOURCES: dict[str, Callable[[bytes, Path], Any]] = {
    "path": lambda data, path: path,
    "str": lambda data, path: str(path),
    "bytes": lambda data, path: data,
    "bytearray": lambda data, path: bytearray(data),
    "memoryview": lambda data, path: memoryview(data),
    "stream": lambda data, path: io.BytesIO(data),
}


@pytest.mark.parametrize("source", SOURCES)
def test_a_file_is_the_same_photo_from_every_source(image: Array, tmp_path: Path, source: str) -> None:
    data, path = _encoded(image), tmp_path / "photo"  # no suffix: the bytes tell what it is
    path.write_bytes(data)
    photo = images.read(SOURCES[source](data, path))
    np.testing.assert_array_equal(photo.image, image)
    assert (photo.size, photo.digest) == ((40, 30), images.digest(data))


def test_an_open_file_is_read_from_where_it_stands(image: Array, tmp_path: Path) -> None:
    path = tmp_path / "two"
    path.write_bytes(b"header" + _encoded(image))
    with path.open("rb") as file:
        file.seek(6)
        np.testing.assert_array_equal(images.read(file).image, image)


def test_arrays_are_taken_as_they_are(image: Array) -> None:
    photo = images.read(image)
    np.testing.assert_array_equal(photo.image, image)
    assert photo.size == (40, 30)
    assert not np.shares_memory(photo.image, image)


@pytest.mark.parametrize("grey", [(3, 2), (3, 2, 1)])
def test_grey_arrays_become_rgb(grey: tuple[int, ...]) -> None:
    values = np.arange(6, dtype=np.uint8).reshape(grey)
    assert images.read(values).image.tolist() == [[[v] * 3 for v in row] for row in values.reshape(3, 2).tolist()]


def test_alpha_of_an_array_lies_on_white() -> None:
    pixels = np.array([[[10, 20, 30, 255], [10, 20, 30, 0]]], np.uint8)
    assert images.read(pixels).image.tolist() == [[[10, 20, 30], [255, 255, 255]]]


def test_a_view_with_strides_is_read(image: Array) -> None:
    np.testing.assert_array_equal(images.read(image[::-2, ::3, ::-1]).image, image[::-2, ::3, ::-1])


def test_a_pillow_picture_is_turned_and_left_alone(image: Array) -> None:
    exif = Image.Exif()
    exif[274] = 3
    picture = Image.open(io.BytesIO(_encoded(image, exif=exif)))
    np.testing.assert_array_equal(images.read(picture).image, image[::-1, ::-1])
    assert (picture.size, picture.getexif()[274]) == ((40, 30), 3)


def test_what_numpy_makes_an_array_of_is_read(image: Array) -> None:
    class Tensor:
        def __array__(self, dtype: object = None, copy: bool | None = None) -> Array:
            return image

    np.testing.assert_array_equal(images.read(Tensor()).image, image)


def test_the_digest_of_an_array_tells_content_and_shape_apart(image: Array) -> None:
    other = image.copy()
    other[0, 0, 0] ^= 1
    digests = {images.read(source).digest for source in (image, image.copy(), other, image.reshape(40, 30, 3))}
    assert len(digests) == 3


def test_the_digest_is_blake2b() -> None:
    assert images.digest(b"abc").hex() == "cf4ab791c62b8d2b2109c90275287816"  # b2sum --length 128


@pytest.mark.parametrize(
    "source",
    [
        np.zeros((4, 4, 3), np.float32),
        np.zeros((4, 4), np.uint16),
        np.zeros((4, 4, 2), np.uint8),
        np.zeros((3, 4, 4), np.int64),
        np.zeros((1, 4, 4, 3), np.uint8),
        np.zeros((0, 4, 3), np.uint8),
        np.zeros(5, np.uint8),
        3,
        [[1, 2], [3]],
    ],
    ids=repr,
)
def test_what_is_no_picture_is_refused_with_what_to_do(source: Any) -> None:
    with pytest.raises(PhotoError, match=r"found .*; wanted \(h, w, 3\), .* uint8, not empty; put channels last"):
        images.read(source)


@pytest.mark.parametrize(
    "source",
    [None, ["a.jpg"], ("a.jpg", "b.jpg"), {}, [b"a"], iter("ab")],
    ids=["nothing", "list", "tuple", "dictionary", "list of bytes", "iterator"],
)
def test_what_is_no_single_photo_is_refused_in_words(source: Any) -> None:
    with pytest.raises(PhotoError) as caught:
        images.read(source)
    kind = "None" if source is None else f"a {type(source).__name__}"
    assert str(caught.value).startswith(f"cannot read the photo: found {kind}; wanted one photo: a path, ")


# -- faults ----------------------------------------------------------------------------------------------------------


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for missing in ("no such.jpg", "no folder/a.jpg", "file/a.jpg"):
        with pytest.raises(PhotoError) as caught:
            images.read(tmp_path / missing)
        assert str(caught.value) == f"cannot read {str(tmp_path / missing)!r}: there is no such file; check the path"


def test_a_path_with_a_nul_is_refused() -> None:
    with pytest.raises(PhotoError, match=r"no readable file \(embedded null .*; wanted a file that can be read; check"):
        images.read("a\0b.jpg")


def test_a_folder_with_the_name_of_a_photo_is_refused(tmp_path: Path) -> None:
    with pytest.raises(PhotoError, match="found a folder; wanted the file of a photo"):
        images.read(tmp_path)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
def test_a_pipe_is_refused_at_once(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.jpg")
    with pytest.raises(PhotoError, match="found a pipe, socket or device"):
        images.read(tmp_path / "pipe.jpg")


def test_a_device_is_refused() -> None:
    with pytest.raises(PhotoError, match="found a pipe, socket or device"):
        images.read(os.devnull)


def test_an_unreadable_file_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """By a stand-in for the system's refusal: whoever runs the tests may be allowed everything."""
    (tmp_path / "photo.jpg").write_bytes(b"secret")

    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("builtins.open", refuse)
    with pytest.raises(PhotoError, match=r"no readable file \(Permission denied\).*permissions"):
        images.read(tmp_path / "photo.jpg")


def test_the_limit_of_bytes_holds_for_every_source(image: Array, tmp_path: Path) -> None:
    data, path = _encoded(image), tmp_path / "photo.png"
    path.write_bytes(data)
    for make in SOURCES.values():
        assert images.read(make(data, path), max_bytes=len(data)).size == (40, 30)
        with pytest.raises(PhotoError, match=r"MB or more; wanted at most 0\.0 MB; save it smaller"):
            images.read(make(data, path), max_bytes=len(data) - 1)


def test_a_large_file_is_refused_unread(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with (tmp_path / "video.jpg").open("wb") as file:
        file.truncate(images.MAX_BYTES + 1)  # sparse
    monkeypatch.setattr("builtins.open", None)
    with pytest.raises(PhotoError, match=r"288\.0 MB or more; wanted at most 288\.0 MB"):
        images.read(tmp_path / "video.jpg")


def test_an_endless_stream_is_refused() -> None:
    class Endless(io.RawIOBase):
        def read(self, size: int = -1) -> bytes:
            return bytes(size)

    with pytest.raises(PhotoError, match=r"wanted at most 5\.0 MB"):
        images.read(Endless(), max_bytes=5_000_000)


def test_a_file_opened_as_text_or_closed_is_refused() -> None:
    with pytest.raises(PhotoError, match='found text; wanted bytes; open it with "rb"'):
        images.read(io.StringIO("photo"))
    closed = io.BytesIO(b"photo")
    closed.close()
    with pytest.raises(PhotoError, match="closed file"):
        images.read(closed)


@pytest.mark.parametrize("as_array", [False, True])
def test_the_limit_of_pixels_holds(image: Array, as_array: bool) -> None:
    source = image if as_array else _encoded(image)
    assert images.read(source, max_pixels=1200).size == (40, 30)
    with pytest.raises(PhotoError, match="40 × 30 pixels"):
        images.read(source, max_pixels=1199)


def test_errors_name_the_file(tmp_path: Path) -> None:
    (tmp_path / "a\nb.jpg").write_bytes(b"no photo")
    with pytest.raises(PhotoError, match=r"cannot read '.*a\\nb\.jpg': found a text of 8 bytes"):
        images.read(tmp_path / "a\nb.jpg")


def test_a_long_side_is_at_least_one_pixel(image: Array) -> None:
    with pytest.raises(ValueError, match="long_side is 0; wanted at least 1"):
        images.read(image, long_side=0)


def test_threads_read_alike(rng: np.random.Generator) -> None:
    files = [_encoded(_smooth(rng, 90, 120), form) for form in ("JPEG", "PNG", "WEBP") * 4]
    with ThreadPoolExecutor(4) as pool:
        read = list(pool.map(lambda data: images.read(data, long_side=16), files))
    for data, photo in zip(files, read, strict=True):
        np.testing.assert_array_equal(photo.image, images.read(data, long_side=16).image)


def test_importing_loads_no_pillow() -> None:
    code = "import sys, resight.io.images as i; assert 'PIL' not in sys.modules; i.digest(b'')"
    subprocess.run([sys.executable, "-c", code], check=True, cwd=Path(__file__).parents[2], timeout=300)


# -- sizes -----------------------------------------------------------------------------------------------------------


def test_fit_keeps_the_aspect_to_rounding(rng: np.random.Generator) -> None:
    for width, height, long_side in rng.integers(1, 6000, (300, 3)).tolist():
        found = images.fit((width, height), long_side)
        scale = long_side / max(width, height)
        assert max(found) == long_side
        assert abs(found[0] - width * scale) <= 0.5 or found[0] == 1
        assert abs(found[1] - height * scale) <= 0.5 or found[1] == 1


@pytest.mark.parametrize(
    ("size", "long_side", "enlarge", "wanted"),
    [
        ((4032, 3024), 640, True, (640, 480)),
        ((3024, 4032), 640, False, (480, 640)),
        ((320, 240), 640, True, (640, 480)),
        ((320, 240), 640, False, (320, 240)),
        ((640, 480), 640, False, (640, 480)),
        ((1, 5000), 640, True, (1, 640)),
        ((5000, 1), 10, True, (10, 1)),
        ((3, 2), 1, True, (1, 1)),
    ],
)
def test_fit_by_hand(size: tuple[int, int], long_side: int, enlarge: bool, wanted: tuple[int, int]) -> None:
    assert images.fit(size, long_side, enlarge=enlarge) == wanted


@pytest.mark.parametrize("resampling", images.RESAMPLING)
def test_every_filter_gives_the_size_and_averages(rng: np.random.Generator, resampling: str) -> None:
    noise = rng.integers(0, 256, (120, 160, 3), dtype=np.uint8)
    small = images.resize(noise, (16, 12), resampling=resampling)
    assert (small.shape, small.dtype) == ((12, 16, 3), np.uint8)
    assert small.std() < noise.std() / 5  # without averaging over the support the noise would stay
    assert small.flags.writeable


def test_area_is_the_mean_of_the_pixels(rng: np.random.Generator) -> None:
    noise = rng.integers(0, 256, (8, 12, 3), dtype=np.uint8)
    small = images.resize(noise, (3, 2), resampling="area")
    for y in range(2):
        for x in range(3):
            block = noise[4 * y : 4 * y + 4, 4 * x : 4 * x + 4].reshape(16, 3).astype(float)
            assert np.abs(small[y, x] - block.mean(0)).max() <= 1


def test_an_unknown_filter_is_refused(image: Array) -> None:
    with pytest.raises(ValueError, match=r"resampling is 'cubic'; wanted one of 'area', 'bilinear', 'bicubic'"):
        images.resize(image, (4, 3), resampling="cubic")


@pytest.mark.parametrize(("height", "width"), [(300, 401), (401, 300), (1, 5000), (30, 40)])
@pytest.mark.parametrize("enlarge", [True, False])
def test_prepare_gives_exactly_the_long_side(rng: np.random.Generator, height: int, width: int, enlarge: bool) -> None:
    preprocess = Preprocess(long_side=50, enlarge=enlarge)
    data = _encoded(_smooth(rng, height, width), "JPEG")
    prepared = images.prepare(images.read(data, long_side=50), preprocess)
    assert (prepared.shape[1], prepared.shape[0]) == images.fit((width, height), 50, enlarge=enlarge)
    assert max(prepared.shape) == (50 if enlarge or max(height, width) > 50 else max(height, width))


def test_preparing_from_fewer_pixels_shows_the_same(known_photos: dict[str, Array]) -> None:
    data = _encoded(known_photos["retina"][:1403, :1201], "JPEG", quality=90)
    preprocess = Preprocess(long_side=160)
    photo = images.read(data, long_side=160)
    assert (photo.image.shape, photo.size) == ((351, 301, 3), (1201, 1403))
    small, whole = images.prepare(photo, preprocess), images.prepare(images.read(data), preprocess)
    assert small.shape == whole.shape == (160, 137, 3)
    assert np.abs(small.astype(int) - whole).mean() < 1


def test_a_photo_that_was_read_too_small_is_not_blown_up(rng: np.random.Generator) -> None:
    photo = images.read(_encoded(_smooth(rng, 600, 800), "JPEG"), long_side=50)
    assert photo.image.shape == (75, 100, 3)
    with pytest.raises(ValueError, match=r"decoded at \(100, 75\), and a long side of 400 is wanted"):
        images.prepare(photo, Preprocess(long_side=400))


def test_a_photo_is_frozen(image: Array) -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        images.read(image).size = (1, 1)  # type: ignore[misc]


# -- encoding --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("suffix", "magic"),
    [(".png", b"\x89PNG"), (".JPG", b"\xff\xd8"), (".jpeg", b"\xff\xd8"), (".webp", b"RIFF")],
)
def test_encode_writes_what_the_suffix_says(image: Array, suffix: str, magic: bytes) -> None:
    data = images.encode(image, suffix)
    assert data.startswith(magic)
    assert np.abs(images.read(data).image.astype(int) - image).mean() < 8


def test_png_keeps_every_pixel(image: Array) -> None:
    np.testing.assert_array_equal(images.read(images.encode(image, ".png")).image, image)


def test_quality_costs_bytes(rng: np.random.Generator) -> None:
    noise = rng.integers(0, 256, (64, 64, 3), dtype=np.uint8)
    for suffix in (".jpg", ".webp"):
        assert len(images.encode(noise, suffix, quality=20)) < len(images.encode(noise, suffix, quality=95))


def test_what_cannot_be_written_is_refused(image: Array) -> None:
    with pytest.raises(PhotoError, match=r"as '\.tiff'; wanted \.png, \.jpg, \.jpeg, \.webp: choose one"):
        images.encode(image, ".tiff")
    with pytest.raises(PhotoError, match=r"70000 × 1 pixels as JPEG .* choose \.png"):
        images.encode(np.zeros((1, 70_000, 3), np.uint8), ".jpg")
    with pytest.raises(PhotoError, match="of float64"):
        images.encode(np.zeros((4, 4, 3)), ".png")


# -- near duplicates -------------------------------------------------------------------------------------------------


def _bits_apart(one: np.uint64, other: np.uint64) -> int:
    return bin(int(one) ^ int(other)).count("1")


def test_the_fingerprint_by_a_loop(rng: np.random.Generator) -> None:
    image = rng.integers(0, 256, (80, 90, 3), dtype=np.uint8)
    mean = image.reshape(8, 10, 9, 10, 3).mean((1, 3)) @ [0.299, 0.587, 0.114]
    bits = [int(mean[y, x] < mean[y, x + 1]) for y in range(8) for x in range(8)]
    wanted = sum(bit << (63 - place) for place, bit in enumerate(bits))
    found = images.fingerprint(image)
    assert found.dtype == np.uint64
    assert _bits_apart(found, np.uint64(wanted)) <= 3  # neighbours that rounding makes equal


def test_fingerprints_of_gradients() -> None:
    rising = np.repeat(np.arange(90, dtype=np.uint8)[None, :, None], 16, 0).repeat(3, 2)
    assert int(images.fingerprint(rising)) == 2**64 - 1
    assert int(images.fingerprint(rising[:, ::-1])) == 0
    assert int(images.fingerprint(np.full((20, 20, 3), 99, np.uint8))) == 0  # equal is not darker
    half = np.concatenate([rising, rising[:, ::-1]])
    assert int(images.fingerprint(half)) == 0xFFFFFFFF00000000


def small(photo: Array) -> Array:
    """A JPEG of a photo at 320 pixels, as it is read."""
    size = images.fit((photo.shape[1], photo.shape[0]), 320, enlarge=False)
    return images.read(images.encode(images.resize(photo, size), ".jpg", quality=75)).image


def test_fingerprints_tell_copies_from_other_photos(known_photos: dict[str, Array]) -> None:
    names = ("astronaut", "chelsea", "coffee", "rocket", "camera")
    whole = [images.fingerprint(known_photos[name]) for name in names]
    copies = [images.fingerprint(small(known_photos[name])) for name in names]
    for i, one in enumerate(whole):
        assert _bits_apart(one, copies[i]) < 6
        assert all(_bits_apart(one, copies[j]) > 12 for j in range(len(names)) if j != i)


def test_a_photo_is_its_file_or_a_png_of_its_pixels(tmp_path: Path) -> None:
    pixels = np.arange(5 * 7 * 3, dtype=np.uint8).reshape(5, 7, 3)
    data = images.encode(pixels, ".jpg")
    (tmp_path / "photo.jpg").write_bytes(data)
    assert images.encoded(data) == images.encoded(tmp_path / "photo.jpg") == images.encoded(io.BytesIO(data)) == data
    np.testing.assert_array_equal(images.read(images.encoded(pixels)).image, pixels)
    with pytest.raises(PhotoError, match=r"missing\.jpg"):
        images.encoded(tmp_path / "missing.jpg")


def test_one_photo_or_several_are_a_list() -> None:
    grey = np.zeros((4, 5), np.uint8)
    for single in (b"x", "a.jpg", Path("a.jpg"), grey, np.zeros((4, 5, 3), np.uint8), Image.new("RGB", (4, 5))):
        assert images.one_or_several(single) == [single] or images.one_or_several(single)[0] is single
    assert images.one_or_several(("a.jpg", grey)) == ["a.jpg", grey]
    assert len(images.one_or_several(np.zeros((2, 4, 5, 3), np.uint8))) == 2
    assert len(images.one_or_several(np.zeros((2, 4, 5), np.uint8))) == 2


class TestCut:
    """Part of a photo, by a box in pixels of the whole."""

    def test_is_what_lies_inside_whatever_the_photo_was_decoded_at(self) -> None:
        pixels = np.arange(40 * 60 * 3, dtype=np.uint8).reshape(40, 60, 3)
        whole = images.Photo(pixels, (60, 40), b"same")
        found = images.cut(whole, (10.4, -5.0, 30.0, 20.0))
        np.testing.assert_array_equal(found.image, pixels[:20, 10:30])
        assert (found.size, found.digest) == ((20, 20), b"same")
        half = images.cut(images.Photo(pixels, (120, 80), b""), (20.0, 0.0, 60.0, 40.0))
        np.testing.assert_array_equal(half.image, pixels[:20, 10:30])
        assert half.size == (40, 40)

    def test_refuses_a_box_beside_the_photo(self) -> None:
        with pytest.raises(PhotoError, match="lies outside a photo of 60 × 40 pixels"):
            images.cut(images.Photo(np.zeros((40, 60, 3), np.uint8), (60, 40), b""), (70, 0, 80, 10))
