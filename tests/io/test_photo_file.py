"""Bytes of photos from wherever they are given, no more than are allowed."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from resight.errors import PhotoError
from resight.io.photo_file import FileSource, contents, file_bytes


def given(tmp_path: Path, data: bytes) -> list[tuple[FileSource, str]]:
    """The same bytes in every way, each with its name in errors."""
    file = tmp_path / "photo.jpg"
    file.write_bytes(data)
    in_memory: list[FileSource] = [data, bytearray(data), memoryview(data)]
    return [(file, repr(str(file))), *((each, "the photo") for each in in_memory), (io.BytesIO(data), "the open file")]


def test_the_bytes_are_the_same_however_they_are_given(tmp_path: Path) -> None:
    for source, name in given(tmp_path, b"bytes"):
        assert file_bytes(source, max_bytes=5) == (name, b"bytes")


def test_one_byte_too_many_is_refused_by_name(tmp_path: Path) -> None:
    for source, name in given(tmp_path, b"bytes"):
        with pytest.raises(PhotoError) as refused:
            file_bytes(source, max_bytes=4)
        assert name in str(refused.value)
        assert "save it smaller" in str(refused.value)


def test_a_folder_and_a_missing_file_are_refused(tmp_path: Path) -> None:
    with pytest.raises(PhotoError, match="a folder"):
        contents(tmp_path, max_bytes=4)
    with pytest.raises(PhotoError, match="there is no such file"):
        contents(tmp_path / "nowhere.jpg", max_bytes=4)
