"""What a drive lacks is told by SQLite's own codes, and by a lock that is tried beside the gallery."""

from __future__ import annotations

import os
import sqlite3
import sys
from pathlib import Path

import pytest

from resight.gallery.sqlite import drive


def failed(code: int) -> sqlite3.OperationalError:
    error = sqlite3.OperationalError("as SQLite says it")
    error.sqlite_errorcode = code
    return error


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "art.gallery"


@pytest.fixture
def lockless(monkeypatch: pytest.MonkeyPatch) -> None:
    """A drive without a service for locks."""

    def refuse(*_: object) -> None:
        raise OSError(37, "No locks available")

    monkeypatch.setattr(drive.fcntl, "lockf", refuse)


@pytest.mark.parametrize(
    ("code", "what"),
    [
        (sqlite3.SQLITE_IOERR_SHMMAP, "shared memory"),
        (sqlite3.SQLITE_IOERR_SHMOPEN, "shared memory"),
        (sqlite3.SQLITE_IOERR_LOCK, "locks on files"),
        (sqlite3.SQLITE_PROTOCOL, "locks on files"),
        (sqlite3.SQLITE_BUSY, None),
        (sqlite3.SQLITE_IOERR_READ, None),
        (sqlite3.SQLITE_IOERR_SHMSIZE, None),  # as on a full disk
    ],
)
def test_what_is_lacking_by_code(path: Path, code: int, what: str | None) -> None:
    assert drive.lacking(failed(code), path) == what
    assert drive.lacking(OSError(5, "of the system"), path) is None


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no advisory locks")
@pytest.mark.usefixtures("lockless")
def test_held_for_ever_is_no_lock_at_all(path: Path) -> None:
    assert drive.lacking(failed(sqlite3.SQLITE_BUSY), path) == "locks on files"
    assert not drive.can_lock(path)
    (path.parent / "art.gallery-wal").touch()
    assert not drive.can_lock(path)


def test_locks_are_tried_and_leave_nothing(path: Path) -> None:
    assert drive.can_lock(path)
    assert list(path.parent.iterdir()) == []
    assert drive.can_lock(path / "where nothing can be tried")


def test_what_is_not_merged_has_a_size(path: Path) -> None:
    assert drive.unmerged(path) is None
    log = path.with_name("art.gallery-wal")
    log.touch()
    assert drive.unmerged(path) is None
    log.write_bytes(b"frames")
    assert drive.unmerged(path) == log


@pytest.mark.parametrize(("content", "advice"), [(b"", "delete it"), (b"frames", "`resight gallery compact`, run by")])
def test_a_file_of_another_user_is_named_with_its_owner(
    path: Path, monkeypatch: pytest.MonkeyPatch, content: bytes, advice: str
) -> None:
    log = path.with_name("art.gallery-wal")
    log.write_bytes(content)
    assert drive.obstacle(path, write=True) is None
    monkeypatch.setattr(os, "access", lambda _, mode: not mode & os.W_OK)
    told = str(drive.obstacle(path, write=True))
    assert told.startswith(
        f"art.gallery-wal beside it, which belongs to {drive.owner_of(log)}, may not be written by you"
    )
    assert advice in told
    assert drive.obstacle(path, write=False) is None


@pytest.mark.skipif(sys.platform == "win32", reason="owners are others there")
def test_an_owner_has_a_name_or_a_number(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import pwd

    path.touch()
    number = path.stat().st_uid

    def nobody(_: int) -> None:
        raise KeyError

    monkeypatch.setattr(pwd, "getpwuid", nobody)
    assert drive.owner_of(path) == f"user {number}"
