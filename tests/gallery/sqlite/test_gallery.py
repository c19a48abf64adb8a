"""A gallery as a file: opening, refusing, closing, compacting."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

from resight.errors import GalleryError
from resight.gallery.sqlite.gallery import SqliteGallery
from resight.types import EncoderCard
from tests.gallery.conftest import LOCAL, Make
from tests.gallery.sqlite.conftest import Dump


def test_a_closed_gallery_is_one_file(gallery: SqliteGallery) -> None:
    gallery.close()
    gallery.close()
    assert [path.name for path in gallery.path.parent.iterdir()] == ["art.gallery"]
    for call in (lambda: len(gallery), lambda: gallery.remove(photos=["photos/0.jpg"]), lambda: gallery.add([])):
        with pytest.raises(GalleryError, match="was closed: open it again"):
            call()


@pytest.mark.parametrize("write", [False, True])
@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("missing.gallery", r"there is no gallery at .*missing\.gallery: make one with `resight index"),
        ("no/folder/art.gallery", "there is no gallery at"),
        ("folder", "is a folder; wanted a gallery file"),
        ("pipe", "is a device or pipe; wanted a gallery file"),
        ("loop", r"is out of reach \(Too many levels of symbolic links\)"),
        ("a" * 300, r"is out of reach \(File name too long\)"),
        ("photo.jpg/art.gallery", "there is no gallery at"),
        ("empty.gallery", r"is empty \(0 bytes\): delete it"),
        ("photo.jpg", "is not a gallery: wanted a file that `resight index` has made"),
        ("short.gallery", "is not a gallery"),
    ],
)
def test_what_cannot_be_opened_says_why(tmp_path: Path, name: str, message: str, write: bool) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "loop").symlink_to("loop")
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "empty.gallery").touch()
    (tmp_path / "photo.jpg").write_bytes(b"\xff\xd8\xff" * 5000)
    (tmp_path / "short.gallery").write_bytes(b"SQLite format 3\0")
    before = sorted(tmp_path.iterdir())
    with pytest.raises(GalleryError, match=message):
        SqliteGallery.open(tmp_path / name, write=write)
    assert sorted(tmp_path.iterdir()) == before


@pytest.mark.parametrize(
    ("denied", "write", "message"),
    [(os.R_OK, False, "may not be read"), (os.W_OK, True, "is read-only: make the file")],
)
def test_without_permission_it_says_so(
    gallery: SqliteGallery, monkeypatch: pytest.MonkeyPatch, denied: int, write: bool, message: str
) -> None:
    gallery.close()
    monkeypatch.setattr(os, "access", lambda _, mode: mode != denied)
    with pytest.raises(GalleryError, match=message):
        SqliteGallery.open(gallery.path, write=write)


def test_a_second_writer_is_refused_and_readers_are_not(gallery: SqliteGallery) -> None:
    for open_again in (
        lambda: SqliteGallery.open(gallery.path, write=True, wait=0.1),
        lambda: SqliteGallery.create(gallery.path, [EncoderCard("a", "a", "a")], wait=0),
    ):
        with pytest.raises(GalleryError, match=f"is being written by process {os.getpid()} on .* since .*waited"):
            open_again()
    with SqliteGallery.open(gallery.path) as reader:
        assert len(reader) == 12


def test_a_gallery_has_one_writer_by_whatever_name(gallery: SqliteGallery, tmp_path: Path) -> None:
    (tmp_path / "link.gallery").symlink_to(gallery.path)
    with pytest.raises(GalleryError, match="is being written"):
        SqliteGallery.open(tmp_path / "link.gallery", write=True, wait=0)


def test_a_failed_opening_leaves_no_lock(gallery: SqliteGallery) -> None:
    gallery.close()
    with gallery.path.open("r+b") as file:
        file.truncate(8192)
    for _ in range(2):
        with pytest.raises(GalleryError, match="is damaged"):
            SqliteGallery.open(gallery.path, write=True, wait=0)
    assert [path.name for path in gallery.path.parent.iterdir()] == ["art.gallery"]


def test_a_relative_path_stays_where_it_was(
    gallery: SqliteGallery, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gallery.close()
    monkeypatch.chdir(tmp_path)
    with SqliteGallery.open("art.gallery", write=True) as again:
        monkeypatch.chdir("/")
        assert len(again) == 12
        assert len(again.remove(instances=["thing 0"])) == 3


def test_compacting_gives_space_back_and_changes_nothing(gallery: SqliteGallery, make: Make, dump: Dump) -> None:
    large = {LOCAL: {"values": np.zeros((1000, 128), np.uint8)}}
    gallery.add(make(number, features=large) for number in range(20, 30))
    gallery.remove(photos=[f"photos/{number}.jpg" for number in range(20, 30)])
    gallery.close()
    before, size = dump(gallery.path), gallery.path.stat().st_size
    with SqliteGallery.open(gallery.path, write=True) as again:
        again.compact()
        assert again.path.stat().st_size < size - 1_000_000
        again.check()
    assert dump(gallery.path) == before


def test_restoring_from_itself_changes_nothing(gallery: SqliteGallery) -> None:
    items = gallery.items()
    gallery.restore(gallery.path)
    assert gallery.items() == items
