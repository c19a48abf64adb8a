"""Features, descriptors and thumbnails of all or some photos, and what is said where they are damaged."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from resight.errors import EncoderMismatch, GalleryError
from resight.gallery.records import NewItem
from resight.gallery.sqlite.gallery import SqliteGallery
from resight.types import EncoderCard

LOCAL, GLOBAL = "sift:1", "gem:1"
Make = Callable[..., NewItem]


def test_features_come_one_by_one_in_the_order_of_ids(gallery: SqliteGallery, make: Make) -> None:
    gallery.remove(photos=["photos/4.jpg"])
    found = list(gallery.features(LOCAL))
    assert [id for id, _ in found] == [1, 2, 3, 4, 6, 7, 8, 9, 10, 11, 12]
    for id, arrays in found:
        np.testing.assert_array_equal(arrays["points"], make(id - 1).features[LOCAL]["points"])
    assert [id for id, _ in gallery.features(LOCAL, ids=[9, 5, 2, 9, 99])] == [2, 9]
    assert list(gallery.features(LOCAL, ids=[])) == []
    assert list(gallery.features(GLOBAL)) == []


def test_descriptors_are_one_array(gallery: SqliteGallery, make: Make) -> None:
    gallery.remove(photos=["photos/4.jpg"])
    ids, rows = gallery.descriptors(GLOBAL)
    assert (ids.dtype, rows.dtype, rows.shape) == (np.int64, np.float32, (11, 16))
    assert ids.tolist() == [1, 2, 3, 4, 6, 7, 8, 9, 10, 11, 12]
    for id, row in zip(ids.tolist(), rows, strict=True):
        np.testing.assert_array_equal(row, make(id - 1).descriptors[GLOBAL])
    ids, rows = gallery.descriptors(GLOBAL, ids=iter([9, 5, 2]))
    assert (ids.tolist(), rows.shape) == ([2, 9], (2, 16))


def test_half_precision_is_kept_and_comes_back_single(gallery: SqliteGallery, make: Make) -> None:
    halves = np.linspace(-1, 1, 16).astype(np.float16)
    gallery.add([make(20, descriptors={GLOBAL: halves})])
    _, rows = gallery.descriptors(GLOBAL, ids=[13])
    assert rows.dtype == np.float32
    np.testing.assert_array_equal(rows[0], halves.astype(np.float32))


def test_no_descriptors_are_an_empty_array(gallery: SqliteGallery) -> None:
    ids, rows = gallery.descriptors(LOCAL)
    assert (ids.shape, rows.shape) == ((0,), (0, 0))


def test_thumbnails(gallery: SqliteGallery, make: Make) -> None:
    gallery.add([make(20, thumbnail=b"")])
    assert gallery.thumbnail(1) == b"thumbnail 0"
    assert gallery.thumbnail(13) == b""
    for id in (99, 2**70):
        with pytest.raises(GalleryError, match=f"has no photo {id}"):
            gallery.thumbnail(id)


def test_an_unknown_encoder_is_a_mismatch(gallery: SqliteGallery) -> None:
    for read in (lambda: list(gallery.features("orb:1")), lambda: gallery.descriptors("orb:1")):
        with pytest.raises(EncoderMismatch, match="wanted orb:1"):
            read()


def test_an_unfinished_iteration_holds_nobody_up(gallery: SqliteGallery, make: Make) -> None:
    stream = gallery.features(LOCAL)
    next(stream)
    gallery.add([make(20)])
    gallery.remove(photos=["photos/7.jpg"])
    assert [id for id, _ in stream] == list(range(2, 13))
    another = gallery.features(LOCAL)
    next(another)
    del another
    gallery.compact()


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


def test_an_empty_gallery_is_sound(tmp_path: Path, cards: tuple[EncoderCard, ...]) -> None:
    with SqliteGallery.create(tmp_path / "art.gallery", cards) as gallery:
        gallery.check()
        assert list(gallery.features(LOCAL)) == []
