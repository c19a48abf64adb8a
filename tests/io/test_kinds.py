"""Files that are not read are called what they are."""

from __future__ import annotations

import pytest

from resight.errors import PhotoError
from resight.io import images
from resight.io.kinds import SIGNATURES, unread


@pytest.mark.parametrize(("at", "magic", "found", "remedy"), SIGNATURES)
def test_each_kind_is_named(at: int, magic: bytes, found: str, remedy: str) -> None:
    with pytest.raises(PhotoError) as error:
        images.read(bytes(range(at)) + magic + b" and more")
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
    with pytest.raises(PhotoError, match=r"found 4 bytes of no known format, the first b'note'"):
        images.read(b"note")
    with pytest.raises(PhotoError, match="found an empty file"):
        images.read(b"")
