"""What is said where features, descriptors or thumbnails are damaged."""

from __future__ import annotations

import sqlite3
from contextlib import closing

import pytest

from resight.errors import GalleryError
from resight.gallery.sqlite.gallery import SqliteGallery
from tests.gallery.conftest import GLOBAL, LOCAL


def test_a_damaged_blob_is_named_and_the_others_can_be_read(gallery: SqliteGallery) -> None:
    path = gallery.path
    gallery.close()
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE features SET packed = CAST(substr(packed, 1, 60) AS BLOB) WHERE item = 5")
        connection.execute("UPDATE descriptors SET packed = 'text' WHERE item = 6")
    with SqliteGallery.open(path) as reader:
        with pytest.raises(
            GalleryError,
            match=r"features of photo 5: .*checksum.*move it away and index again",
        ):
            list(reader.features(LOCAL))
        with pytest.raises(GalleryError, match="damaged: descriptors of photo 6"):
            reader.descriptors(GLOBAL)
        with pytest.raises(GalleryError, match="damaged: features of photo 5"):
            reader.check()
        assert len(list(reader.features(LOCAL, ids=[1, 2, 3, 4, 6]))) == 5


@pytest.mark.parametrize(
    "damage",
    [
        "INSERT INTO thumbnails VALUES (99, x'00')",
        "INSERT INTO features SELECT 99, encoder, packed FROM features WHERE item = 1",
        "INSERT INTO whitening VALUES (2, 1, 1, 1, x'00')",
        "INSERT INTO calibration VALUES (1, 1, '{}', x'00')",
    ],
)
def test_a_check_finds_what_an_opening_does_not(gallery: SqliteGallery, damage: str) -> None:
    gallery.check()
    gallery.close()
    with closing(sqlite3.connect(gallery.path)) as connection, connection:
        connection.execute(damage)
    with SqliteGallery.open(gallery.path) as reader, pytest.raises(GalleryError, match="is damaged"):
        reader.check()
