"""Which files are taken for photos: by suffix, or by first bytes that are those of a kind that is read."""

from __future__ import annotations

import io
import os
from pathlib import Path

import pytest
from PIL import Image

from resight.io.datasets.suffixes import HEAD, RAW, SUFFIXES, UNFINISHED, UNREAD, begins_as_photo, is_photo, kind
from resight.io.decoding import heif


def _written(form: str, mode: str = "RGB", **options: object) -> bytes:
    stream = io.BytesIO()
    Image.new(mode, (16, 16)).save(stream, form, **options)
    return stream.getvalue()


@pytest.mark.parametrize("form", ["JPEG", "PNG", "GIF", "BMP", "TIFF", "WEBP", "PPM", "AVIF", "MPO"])
def test_what_pillow_writes_begins_as_a_photo(form: str) -> None:
    assert begins_as_photo(_written(form)[:HEAD])


@pytest.mark.parametrize("mode", ["1", "L", "I;16"])
def test_plain_greys_begin_as_photos(mode: str) -> None:
    assert begins_as_photo(_written("PPM", mode)[:HEAD])
    assert begins_as_photo(_written("TIFF", mode, big_tiff=True)[:HEAD])


def test_heic_begins_as_a_photo() -> None:
    from pillow_heif import from_pillow

    stream = io.BytesIO()
    from_pillow(Image.new("RGB", (64, 64))).save(stream)
    assert begins_as_photo(stream.getvalue()[:HEAD])


@pytest.mark.parametrize("brand", sorted(heif.BRANDS | heif.CONTAINERS))
def test_every_brand_that_is_decoded_begins_a_photo(brand: bytes) -> None:
    """As what the file mainly is, or as the last of many others."""
    assert begins_as_photo(b"\0\0\0\x18ftyp" + brand + b"\0\0\0\0")
    others = b"".join(b"oth%d" % number for number in range(9)) + brand
    assert begins_as_photo(b"\0\0\0" + bytes([16 + len(others)]) + b"ftypother\0\0\0"[:12] + others)


@pytest.mark.parametrize(
    "head",
    [
        b"",
        b"BMW is a maker of cars, not a picture",
        b"P1 is a parking place",
        b"P5\n",
        b"RIFF\0\0\0\0WAVEfmt ",
        b"\0\0\0\x20ftypisom\0\0\0\0",
        b"\0\0\0\x18ftypcrx \0\0\0\x01",
        b"\0\0\0\x0cjP  \r\n\x87\n",
        b"\0\0\0\x0cJXL \r\n\x87\n",
        b"\xff\x0a\0\0",
        b"8BPS\0\x01",
        b"%PDF-1.7",
        b"GIF",
        b'{"file_name": "1.jpg"}',
    ],
)
def test_other_files_do_not(head: bytes) -> None:
    assert not begins_as_photo(head)


@pytest.mark.parametrize(
    ("name", "data", "taken"),
    [
        ("photo", _written("JPEG"), True),
        ("IMG_1.CR2", _written("JPEG"), True),
        ("1.jpg_large", _written("PNG"), True),
        ("scan.dat", _written("TIFF"), True),
        ("IMG_1.DNG", _written("TIFF"), False),
        ("IMG_1.NEF", _written("TIFF"), False),
        ("1.jpg.part", _written("JPEG"), False),
        ("GOPR1.THM", _written("JPEG"), False),
        ("1.jpg~", _written("JPEG"), False),
        ("1.jpg_original", _written("JPEG"), False),
        ("notes", b"nothing", False),
        ("empty", b"", False),
        ("lie.jpg", b"no photo", True),
    ],
)
def test_a_file_is_taken_by_its_suffix_or_its_bytes(tmp_path: Path, name: str, data: bytes, taken: bool) -> None:
    (tmp_path / name).write_bytes(data)
    assert is_photo(tmp_path / name) == taken


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no pipes in folders")
def test_a_pipe_is_not_opened(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    assert not is_photo(tmp_path / "pipe")


def test_what_cannot_be_looked_at_is_an_error_of_the_system(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        is_photo(tmp_path / "gone")


def test_a_suffix_is_of_one_kind() -> None:
    assert RAW < UNREAD
    assert not UNREAD & SUFFIXES
    assert not UNFINISHED & (UNREAD | SUFFIXES)
    assert (kind(Path("a/B.CR2")), kind(Path("a.b/c"))) == (".cr2", "no suffix")
