"""What is told of a file as a file: the command that makes it anew, and its size."""

from __future__ import annotations

from pathlib import Path

import pytest

from resight.errors import EncoderMismatch
from resight.gallery.sqlite.gallery import SqliteGallery
from resight.types import EncoderCard
from tests.gallery.conftest import Make


def test_the_command_can_be_typed_whatever_the_gallery_is_called(tmp_path: Path) -> None:
    gallery = SqliteGallery.create(tmp_path / "my art.gallery", [EncoderCard("a", "a", "local")])
    with gallery, pytest.raises(EncoderMismatch, match=rf"`resight index FOLDER -g '{gallery.path}' --rebuild`"):
        gallery.require(["b"])


def test_size_per_photo(gallery: SqliteGallery, make: Make, cards: tuple[EncoderCard, ...], tmp_path: Path) -> None:
    sizes = gallery.size_per_photo()
    assert list(sizes) == ["features", "descriptors", "thumbnails", "file"]
    assert sizes["thumbnails"] == sum(len(make(number).thumbnail) for number in range(12)) / 12
    assert 5 * 2 * 4 + 5 * 8 < sizes["features"] < 250
    assert 16 * 4 < sizes["descriptors"] < 150
    gallery.close()
    assert sizes["file"] == gallery.path.stat().st_size / 12
    with SqliteGallery.create(tmp_path / "empty.gallery", cards) as empty:
        assert set(empty.size_per_photo().values()) == {0.0}
