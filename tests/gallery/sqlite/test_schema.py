"""Whether a file is a gallery, one of this resight's schema, and sound in its small tables."""

from __future__ import annotations

import lzma
import sqlite3
from contextlib import closing
from importlib.metadata import PackageNotFoundError
from pathlib import Path

import numpy as np
import pytest

from resight.errors import GalleryError
from resight.gallery.records import Changes
from resight.gallery.sqlite import schema
from resight.gallery.sqlite.gallery import SqliteGallery
from resight.types import EncoderCard
from tests.gallery.conftest import GLOBAL, LOCAL, Make


def alter(path: Path, *statements: str) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        for statement in statements:
            connection.execute(statement)


def test_another_sqlite_file_is_no_gallery(tmp_path: Path) -> None:
    path = tmp_path / "bookmarks.sqlite"
    alter(path, "CREATE TABLE items (id INTEGER PRIMARY KEY)")
    with pytest.raises(GalleryError, match="is an SQLite file, but not a gallery"):
        SqliteGallery.open(path)


def test_a_newer_schema_names_the_version_that_reads_it(gallery: SqliteGallery) -> None:
    gallery.close()
    alter(gallery.path, "PRAGMA user_version = 2", "UPDATE meta SET value = '0.7.0' WHERE key = 'readable_by'")
    with pytest.raises(GalleryError, match=r"has schema 2; .* reads up to 1, resight 0\.7\.0 or later reads it: pip"):
        SqliteGallery.open(gallery.path)


def test_a_newer_schema_of_unknown_origin(gallery: SqliteGallery) -> None:
    gallery.close()
    alter(gallery.path, "PRAGMA user_version = 9", "DELETE FROM meta WHERE key = 'readable_by'")
    with pytest.raises(GalleryError, match=r"schema 9; .* a later resight reads it"):
        SqliteGallery.open(gallery.path)


@pytest.mark.parametrize(
    "damage",
    [
        "PRAGMA writable_schema = ON; UPDATE sqlite_master SET rootpage = 3 WHERE name = 'items'",
        "PRAGMA writable_schema = ON; DELETE FROM sqlite_master WHERE name = 'meta'",
        "PRAGMA writable_schema = ON; UPDATE sqlite_master SET sql = 'CREATE TABLE' WHERE name = 'items'",
    ],
)
def test_a_damaged_small_table_is_found_at_opening(gallery: SqliteGallery, damage: str) -> None:
    gallery.close()
    alter(gallery.path, *damage.split("; "))
    with pytest.raises(GalleryError):
        SqliteGallery.open(gallery.path)


@pytest.mark.parametrize("key", ["revision", "identity"])
def test_a_missing_fact_is_damage(gallery: SqliteGallery, key: str) -> None:
    gallery.close()
    alter(gallery.path, f"DELETE FROM meta WHERE key = '{key}'")
    with SqliteGallery.open(gallery.path) as reader, pytest.raises(GalleryError, match=f"table meta has no '{key}'"):
        getattr(reader, key)


def test_a_revision_that_is_no_number_is_damage(gallery: SqliteGallery) -> None:
    gallery.close()
    alter(gallery.path, "UPDATE meta SET value = 'x' WHERE key = 'revision'")
    with SqliteGallery.open(gallery.path) as reader, pytest.raises(GalleryError, match="its revision is 'x'"):
        _ = reader.revision


def test_a_tree_that_is_not_installed_has_a_version_too(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(_: str) -> str:
        raise PackageNotFoundError

    monkeypatch.setattr(schema, "version", missing)
    assert schema._own_version() == "0.1.0 (not installed)"


STRANGE = {
    "a view in place of a table": (
        "DROP TABLE removed; CREATE VIEW removed AS SELECT 1 AS item, 1 AS added, 1 AS revision",
        "view 'removed'",
    ),
    "a view beside the tables": ("CREATE VIEW others AS SELECT * FROM items", "view 'others'"),
    "a trigger": ("CREATE TRIGGER t AFTER INSERT ON removed BEGIN DELETE FROM items; END", "trigger 't'"),
    "a virtual table": ("CREATE VIRTUAL TABLE words USING fts5(word)", "table 'words'"),
    "a computed column": ("ALTER TABLE items ADD COLUMN area AS (width * height)", "table 'items'"),
    "an index on something else": (
        "DROP INDEX items_photo; CREATE INDEX items_photo ON items (digest)",
        "'items_photo'",
    ),
}


@pytest.mark.parametrize("name", STRANGE)
def test_what_only_looks_like_a_gallerys_table_is_refused(gallery: SqliteGallery, name: str) -> None:
    statements, words = STRANGE[name]
    gallery.close()
    try:
        alter(gallery.path, *statements.split("; "))
    except sqlite3.OperationalError as error:
        pytest.skip(f"this SQLite cannot make it: {error}")
    with pytest.raises(GalleryError, match=f"{words} is not one that resight makes"):
        SqliteGallery.open(gallery.path)


@pytest.mark.parametrize("last", ["9223372036854775807", "'many'", "-1"])
def test_ids_that_cannot_be_counted_on_are_refused(gallery: SqliteGallery, last: str) -> None:
    gallery.close()
    alter(gallery.path, f"UPDATE sqlite_sequence SET seq = {last}")
    with pytest.raises(GalleryError, match="the last id it has given"):
        SqliteGallery.open(gallery.path)


OLDER = Path(__file__).parents[2] / "golden" / "older.gallery.xz"
"""What an earlier resight has made: twelve photos of ``make``, of which the second was removed and "thing 1" renamed;
fitted, and without places yet."""


@pytest.fixture
def older(tmp_path: Path) -> Path:
    path = tmp_path / "older.gallery"
    path.write_bytes(lzma.decompress(OLDER.read_bytes()))
    return path


@pytest.mark.parametrize("write", [False, True])
def test_an_older_gallery_says_what_was_put_into_it(
    older: Path, make: Make, cards: tuple[EncoderCard, ...], write: bool
) -> None:
    with SqliteGallery.open(older, write=write) as gallery:
        gallery.check()
        assert (gallery.identity, gallery.revision) == ("1731ecc9e4df4a5ebc753bd75aa25f05", 16)
        assert gallery.encoders == cards
        assert gallery.changed_since(12) == Changes(16, (), (2,), (4, 5, 6))
        assert gallery.instances() == {"Café": 3, "thing 0": 2, "thing 2": 3, "thing 3": 3}
        assert gallery.ids() == [1, *range(3, 13)]
        for item, (id, arrays), row in zip(
            gallery.items(), gallery.features(LOCAL), gallery.descriptors(GLOBAL)[1], strict=True
        ):
            new = make(id - 1)
            assert (item.id, item.photo, item.digest, item.about) == (id, new.photo, new.digest, new.about)
            assert gallery.thumbnail(id) == new.thumbnail
            np.testing.assert_array_equal(row, new.descriptors[GLOBAL])
            for name, array in new.features[LOCAL].items():
                np.testing.assert_array_equal(arrays[name], array)
        whitening, calibration = gallery.whitening(GLOBAL), gallery.calibration()
        assert whitening is not None
        assert calibration is not None
        assert (whitening.version, whitening.n, whitening.revision) == (1, 11, 16)
        np.testing.assert_array_equal(whitening.whitening.mean, np.linspace(0, 1, 16, dtype=np.float32))
        assert (calibration.version, calibration.parameters, calibration.revision) == (1, {"slope": 0.1 + 0.2}, 16)
        np.testing.assert_array_equal(calibration.arrays["knots"], np.arange(3.0) / 3)
        assert (gallery.places(), gallery.forgotten()) == ({}, ())


def test_an_older_gallery_is_written_further(older: Path, make: Make) -> None:
    with SqliteGallery.open(older, write=True) as gallery:
        assert gallery.add([make(1), make(2)]).ids == (13,)
        assert gallery.remove(ids=[13]) == (13,)
        assert [photo.photo for photo in gallery.forgotten()] == ["photos/1.jpg"]
        gallery.check()
