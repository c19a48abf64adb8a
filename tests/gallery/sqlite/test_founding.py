"""A new gallery is whole under its name or not there."""

from __future__ import annotations

import sqlite3
import threading
from contextlib import closing
from pathlib import Path

import pytest

from resight.errors import GalleryError
from resight.gallery.sqlite import founding, schema
from resight.gallery.sqlite.gallery import SqliteGallery
from resight.types import EncoderCard

CARD = EncoderCard("sift:1", "rootsift", "local")


def test_a_new_gallery_is_one_file_in_write_ahead_mode(tmp_path: Path) -> None:
    path = tmp_path / "art.gallery"
    founding.create(path, [CARD])
    assert [file.name for file in tmp_path.iterdir()] == ["art.gallery"]
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
        assert connection.execute("PRAGMA page_size").fetchone() == (schema.PAGE_SIZE,)
        assert connection.execute("PRAGMA application_id").fetchone() == (0x72736774,)
        assert connection.execute("PRAGMA user_version").fetchone() == (1,)
        facts = dict(connection.execute("SELECT * FROM meta"))
    assert facts["created_by"].startswith("resight ")
    assert (facts["revision"], facts["schema"], facts["readable_by"]) == (0, 1, "0.1.0")


def test_a_file_that_exists_is_not_touched(tmp_path: Path) -> None:
    path = tmp_path / "art.gallery"
    path.write_text("my notes")
    with pytest.raises(GalleryError, match="exists already"):
        SqliteGallery.create(path, [CARD])
    assert path.read_text() == "my notes"
    assert [file.name for file in tmp_path.iterdir()] == ["art.gallery"]


@pytest.mark.parametrize("cards", [[], [CARD, CARD]])
def test_encoders_must_be_there_and_differ(tmp_path: Path, cards: list[EncoderCard]) -> None:
    with pytest.raises(GalleryError, match="wanted one or more, each once"):
        SqliteGallery.create(tmp_path / "art.gallery", cards)
    assert list(tmp_path.iterdir()) == []


def test_an_encoder_that_json_cannot_say_is_refused_and_leaves_no_gallery(tmp_path: Path) -> None:
    card = EncoderCard("a", "odd", "local", {"x": object()})
    with pytest.raises(GalleryError, match="the description of encoder 'odd'"):
        SqliteGallery.create(tmp_path / "art.gallery", [card])
    assert not (tmp_path / "art.gallery").exists()
    SqliteGallery.create(tmp_path / "art.gallery", [CARD]).close()
    assert [file.name for file in tmp_path.iterdir()] == ["art.gallery"]


def test_what_a_deleted_gallery_left_does_not_enter_the_new_one(tmp_path: Path) -> None:
    """SQLite would replay a log that lies beside a file, whoever wrote it."""
    path = tmp_path / "art.gallery"
    old = SqliteGallery.create(path, [CARD])
    old.save_calibration({"old": True})
    saved = {file.name: file.read_bytes() for file in tmp_path.iterdir() if file.name != "art.gallery-lock"}
    assert saved["art.gallery-wal"]
    old.close()
    path.unlink()
    for name in ("art.gallery-wal", "art.gallery-shm"):
        (tmp_path / name).write_bytes(saved[name])
    (tmp_path / "art.gallery-new").write_bytes(b"half a founding")
    with SqliteGallery.create(path, [CARD]) as new:
        new.check()
        assert new.calibration() is None


def test_of_many_founders_one_wins(tmp_path: Path) -> None:
    outcomes: list[str] = []

    def create() -> None:
        try:
            SqliteGallery.create(tmp_path / "art.gallery", [CARD], wait=300).close()
            outcomes.append("made")
        except GalleryError as error:
            outcomes.append("exists" if "exists already" in str(error) else str(error))

    threads = [threading.Thread(target=create) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["exists"] * 5 + ["made"]


def test_two_galleries_have_two_identities(tmp_path: Path) -> None:
    with (
        SqliteGallery.create(tmp_path / "a.gallery", [CARD]) as a,
        SqliteGallery.create(tmp_path / "b.gallery", [CARD]) as b,
    ):
        assert a.identity != b.identity
    with SqliteGallery.open(tmp_path / "a.gallery") as again:
        assert again.identity != ""
