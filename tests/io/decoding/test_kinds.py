"""Files that are not read are called what they are."""

from __future__ import annotations

import io

import pytest
from PIL import Image

from resight.errors import PhotoError
from resight.io import images
from resight.io.decoding.kinds import SIGNATURES, unread


@pytest.mark.parametrize(("at", "magic", "found", "remedy"), SIGNATURES)
def test_each_kind_is_named(at: int, magic: bytes, found: str, remedy: str) -> None:
    with pytest.raises(PhotoError) as error:
        images.read(bytes(number % 256 for number in range(at)) + magic + b" and more")
    assert f"found {found}; wanted a whole photo" in str(error.value)
    assert str(error.value).endswith(remedy)
    assert "damaged" not in str(error.value)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "an SVG drawing"),
        (b'\xef\xbb\xbf<?xml version="1.0"?>\n<!-- drawn -->\n<svg width="9">', "an SVG drawing"),
        (b"\n<!DOCTYPE html><html><svg>", "an SVG drawing or a web page"),
        (b"<html><head>", "a web page"),
        (
            b"<?xml version='1.0'?>\n<Error><Code>AccessDenied</Code></Error>",
            "a server's error in place of the file (XML)",
        ),
        (b"<?xml version='1.0'?><x:xmpmeta xmlns:x='adobe:ns:meta/'/>", "what a program keeps beside a photo (XMP)"),
        (b"<?xml version='1.0'?><rss/>", "an XML document"),
    ],
)
def test_texts_are_told_by_their_root(text: bytes, found: str) -> None:
    kind = unread(text)
    assert kind is not None
    assert kind.found in found


@pytest.mark.parametrize(
    "data", [b"", b"\xff\xd8\xff\xe0", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", b"a note on <svg>", b"II*\0"]
)
def test_nothing_is_said_of_what_may_be_read(data: bytes) -> None:
    assert unread(data) is None


def test_what_nobody_knows_is_said_to_be_unknown() -> None:
    with pytest.raises(
        PhotoError, match=r"found 4 bytes of no known format, the first b'\\xfe\\x01\\x02\\x03'; .* convert it"
    ):
        images.read(b"\xfe\1\2\3")


@pytest.mark.parametrize(
    ("data", "found"),
    [
        (b"", r"an empty file; .*; copy it again"),
        (bytes(900), r"900 bytes that are all zero; .*; copy it again"),
        (b"note", r"a text of 4 bytes, which begins b'note'; .*; fetch the photo itself"),
        (b'{"error": "caf\xc3\xa9"}', r"a text of 18 bytes"),
        (b" " * 1023 + b"\xc3\xa9" * 9, r"a text of 1041 bytes"),
        (b"\0\0\0\x18ftypavc1\0\0\0\0avc1isom", "a video"),
        (b"\0\0\0\x18ftypiso5\0\0\0\0iso5dash", "a video"),
        ((b"G" + bytes(187)) * 4, "a video"),
        ((bytes(4) + b"G" + bytes(187)) * 4, "a video"),
    ],
)
def test_what_no_first_bytes_tell_is_told_by_more(data: bytes, found: str) -> None:
    with pytest.raises(PhotoError, match=f"found {found}"):
        images.read(data)


@pytest.mark.parametrize("runs", [False, True])
@pytest.mark.parametrize("mode", ["L", "P", "RGB", "RGBA"])
def test_targas_are_told_with_and_without_their_end(mode: str, runs: bool) -> None:
    stream = io.BytesIO()
    Image.linear_gradient("L").convert(mode).save(stream, "TGA", compression="tga_rle" if runs else None)
    for data in (stream.getvalue(), stream.getvalue()[:-26]):
        with pytest.raises(PhotoError, match=r"found a TGA picture; .*; convert it"):
            images.read(data)
