"""What is said where features, descriptors or thumbnails are damaged."""

from __future__ import annotations

import sqlite3
from contextlib import closing

import numpy as np
import pytest

from resight.errors import GalleryError
from resight.gallery.sqlite import blobs
from resight.gallery.sqlite.gallery import SqliteGallery
from resight.gallery.sqlite.packing import pack
from tests.gallery.conftest import GLOBAL, LOCAL, Make


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


@pytest.mark.parametrize("together", [1, 2, 5, 1024])
def test_descriptors_of_either_precision_are_one_array_however_many_are_unpacked_at_once(
    gallery: SqliteGallery, make: Make, monkeypatch: pytest.MonkeyPatch, together: int
) -> None:
    monkeypatch.setattr(blobs, "TOGETHER", together)
    halves = [np.linspace(-1, 1, 16).astype(np.float16) + np.float16(number) for number in range(3)]
    gallery.add(make(20 + number, descriptors={GLOBAL: half}) for number, half in enumerate(halves))
    ids, rows = gallery.descriptors(GLOBAL)
    assert ids.tolist() == list(range(1, 16))
    np.testing.assert_array_equal(rows, [*(make(number).descriptors[GLOBAL] for number in range(12)), *halves])
    with closing(sqlite3.connect(gallery.path)) as connection, connection:
        connection.execute("UPDATE descriptors SET packed = ? WHERE item = 7", (pack({"vector": np.ones(9, "f4")}),))
    with pytest.raises(GalleryError, match=r"descriptors of photo 7 are .*\(9,\) float32.*; wanted one of 16"):
        gallery.descriptors(GLOBAL)
