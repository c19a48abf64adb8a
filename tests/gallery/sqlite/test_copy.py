"""Copies of a gallery: of one moment, whole or not there, and never over what is there unasked."""

from __future__ import annotations

import sqlite3
import threading
from contextlib import closing
from pathlib import Path

import pytest

from resight.errors import GalleryError
from resight.gallery.sqlite.gallery import SqliteGallery
from tests.gallery.conftest import Make
from tests.gallery.sqlite.conftest import Dump


def facts(content: dict[str, list[tuple[object, ...]]]) -> dict[str, list[tuple[object, ...]]]:
    """All rows, but for the identity, which is each file's own."""
    return {**content, "meta": [row for row in content["meta"] if row[0] != "identity"]}


def test_a_copy_has_what_lies_in_the_log_as_well(
    gallery: SqliteGallery, make: Make, dump: Dump, tmp_path: Path
) -> None:
    gallery.add([make(20)])
    gallery.remove(ids=[3])
    log = gallery.path.with_name(f"{gallery.path.name}-wal")
    assert log.stat().st_size > 0
    before = set(tmp_path.iterdir())
    with SqliteGallery.open(gallery.path) as reader:
        reader.copy(tmp_path / "copy.gallery")
    assert set(tmp_path.iterdir()) - before == {tmp_path / "copy.gallery"}
    assert facts(dump(tmp_path / "copy.gallery")) == facts(dump(gallery.path))
    with SqliteGallery.open(tmp_path / "copy.gallery", write=True) as copy:
        copy.check()
        assert copy.identity != gallery.identity
        assert copy.add([make(21)]).ids == (14,)


def test_a_copy_is_of_one_moment_while_another_writes(gallery: SqliteGallery, make: Make, tmp_path: Path) -> None:
    """All photos get one new path at once, again and again: no moment knows two of them."""
    stop = threading.Event()

    def write() -> None:
        number = 12
        while not stop.is_set():
            with gallery._file.writing().transaction() as connection:
                connection.execute("UPDATE items SET photo = ? WHERE id <= 12", (f"photos/{number}.jpg",))
            number += 1

    with gallery._file.writing().transaction() as connection:
        connection.execute("UPDATE items SET photo = 'photos/0.jpg'")
    writer = threading.Thread(target=write)
    writer.start()
    try:
        for number in range(5):
            with SqliteGallery.open(gallery.path) as reader:
                reader.copy(tmp_path / f"{number}.gallery")
            with SqliteGallery.open(tmp_path / f"{number}.gallery") as copy:
                copy.check()
                names = {item.photo for item in copy.items()}
            assert len(names) == 1
    finally:
        stop.set()
        writer.join()


def test_nothing_is_overwritten_unasked(gallery: SqliteGallery, make: Make, dump: Dump, tmp_path: Path) -> None:
    gallery.copy(tmp_path / "copy.gallery")
    gallery.add([make(20)])
    with SqliteGallery.open(tmp_path / "copy.gallery") as reader:
        with pytest.raises(GalleryError, match="exists already"):
            gallery.copy(tmp_path / "copy.gallery")
        assert len(reader) == 12
        before, own = reader.identity, gallery.identity
        gallery.copy(tmp_path / "copy.gallery", replace=True)
        assert len(reader) == 13  # who reads it follows
        assert reader.identity not in (before, own)
        assert gallery.identity == own
    assert facts(dump(tmp_path / "copy.gallery")) == facts(dump(gallery.path))
    (tmp_path / "notes.txt").write_text("my notes")
    with pytest.raises(GalleryError):
        gallery.copy(tmp_path / "notes.txt", replace=True)
    assert (tmp_path / "notes.txt").read_text() == "my notes"


def test_what_cannot_be_copied_leaves_nothing_behind(gallery: SqliteGallery, tmp_path: Path) -> None:
    (tmp_path / "link.gallery").symlink_to(gallery.path)
    for target in (gallery.path, tmp_path / "link.gallery"):
        with pytest.raises(GalleryError, match="onto itself"):
            gallery.copy(target, replace=True)
    with pytest.raises(GalleryError, match="the folder must exist"):
        gallery.copy(tmp_path / "nowhere" / "copy.gallery")
    with closing(sqlite3.connect(gallery.path)) as connection, connection:
        connection.execute("UPDATE features SET packed = zeroblob(100) WHERE item = 7")
    before = set(tmp_path.iterdir())
    with pytest.raises(
        GalleryError, match=r"art\.gallery was not copied, for the copy is not sound: .*features of photo 7"
    ):
        gallery.copy(tmp_path / "copy.gallery")
    assert set(tmp_path.iterdir()) == before
