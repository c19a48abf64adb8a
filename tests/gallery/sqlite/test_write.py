"""The rows of photos that enter and leave, and what is said where they are damaged or older."""

from __future__ import annotations

import sqlite3
from contextlib import closing

import pytest

from resight.errors import GalleryError
from resight.gallery.sqlite.gallery import SqliteGallery
from tests.gallery.conftest import Make
from tests.gallery.sqlite.conftest import Dump


def test_removing_takes_everything_of_a_photo(gallery: SqliteGallery, dump: Dump) -> None:
    assert gallery.remove(photos=["photos/4.jpg", "photos/0.jpg", "photos/0.jpg"]) == (1, 5)
    content = dump(gallery.path)
    for table, key in (("items", 0), ("features", 0), ("descriptors", 0), ("thumbnails", 0)):
        assert [row[key] for row in content[table]].count(1) == 0
        assert len(content[table]) == 10
    gallery.check()


@pytest.mark.parametrize(
    ("damage", "what"),
    [
        ("UPDATE descriptors SET packed = zeroblob(50)", "descriptors of photo 1: packed arrays are damaged"),
        ("UPDATE items SET width = -1 WHERE id = 1", "photo 1 has the path"),
    ],
)
def test_damage_that_enrolling_meets_is_named(gallery: SqliteGallery, make: Make, damage: str, what: str) -> None:
    with closing(sqlite3.connect(gallery.path)) as connection, connection:
        connection.execute(damage)
    with pytest.raises(GalleryError, match=rf"art\.gallery is damaged: {what}.*: restore it from a copy"):
        gallery.add([make(0)])


def test_names_of_an_older_gallery_are_canonical_as_well(gallery: SqliteGallery, make: Make, dump: Dump) -> None:
    gallery.add(make(number) for number in (20, 21, 22))
    with closing(sqlite3.connect(gallery.path)) as connection, connection:
        spelled = [(name, id) for id, name in enumerate(("Cafe\u0301", "Caf\u00e9", "Caf\u00e9 "), 13)]
        connection.executemany("UPDATE items SET instance = ? WHERE id = ?", spelled)
    assert gallery.instances()["Caf\u00e9"] == 3
    assert {item.instance for item in gallery.items("Cafe\u0301")} == {"Caf\u00e9"}
    assert gallery.add([make(20, instance="Caf\u00e9")]).skipped == ("photos/20.jpg",)
    assert gallery.rename("Caf\u00e9", "bee") == 3
    assert sorted(row[0] for row in dump(gallery.path)["items"] if row[2] == "bee") == [13, 14, 15]
