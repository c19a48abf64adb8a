"""Each fault of SQLite in words that say what to do."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from resight.errors import GalleryError
from resight.gallery.sqlite.errors import explained

PATH = Path("art.gallery")


class Usage(NamedTuple):
    total: int
    used: int
    free: int


def fail(code: int, *, need: int = 0) -> str:
    error = sqlite3.OperationalError("as SQLite says it")
    error.sqlite_errorcode = code
    with pytest.raises(GalleryError) as caught, explained(PATH, need=need):
        raise error
    assert caught.value.__cause__ is error
    return str(caught.value)


@pytest.mark.parametrize(
    ("code", "advice"),
    [
        (sqlite3.SQLITE_BUSY, "run the same command again later"),
        (sqlite3.SQLITE_BUSY_SNAPSHOT, "run the same command again later"),
        (sqlite3.SQLITE_CANTOPEN, "check the permissions"),
        (sqlite3.SQLITE_CORRUPT, "restore it from a copy"),
        (sqlite3.SQLITE_NOTADB, "is not a gallery"),
        (sqlite3.SQLITE_READONLY, "is read-only"),
        (sqlite3.SQLITE_READONLY_CANTINIT, "is read-only"),
        (sqlite3.SQLITE_LOCKED, "in use by this process"),
        (sqlite3.SQLITE_TOOBIG, "1 GB"),
        (sqlite3.SQLITE_NOMEM, "not enough memory"),
        (sqlite3.SQLITE_ERROR, "SQLite refused: as SQLite says it"),
    ],
)
def test_each_fault_has_its_advice(code: int, advice: str) -> None:
    message = fail(code)
    assert message.startswith("art.gallery: ")
    assert advice in message
    assert "as SQLite says it" in message


def test_a_full_disk_says_how_much_to_free() -> None:
    assert "disk full: nothing was lost, free 16 MiB and run the same command again" in fail(sqlite3.SQLITE_FULL)
    assert "free 200 MiB" in fail(sqlite3.SQLITE_FULL, need=100 * 2**20)


@pytest.mark.parametrize(("free", "said"), [(0, "disk full"), (2**30, "the disk failed")])
def test_a_failed_write_is_a_full_disk_only_where_it_is_full(
    monkeypatch: pytest.MonkeyPatch, free: int, said: str
) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: Usage(2**31, 2**31 - free, free))
    assert said in fail(sqlite3.SQLITE_IOERR_SHMSIZE)


def test_a_failed_write_where_the_folder_is_gone(monkeypatch: pytest.MonkeyPatch) -> None:
    def gone(_: Any) -> Usage:
        raise FileNotFoundError

    monkeypatch.setattr(shutil, "disk_usage", gone)
    assert "the disk failed" in fail(sqlite3.SQLITE_IOERR_WRITE)


def test_an_error_without_a_code_is_explained_too() -> None:
    with pytest.raises(GalleryError, match=r"art\.gallery: SQLite refused: odd"), explained(PATH):
        raise sqlite3.ProgrammingError("odd")


def test_a_message_that_cannot_be_decoded_means_damage() -> None:
    with pytest.raises(GalleryError, match="is damaged"), explained(PATH):
        b"\xff".decode()


def test_the_systems_own_refusals_are_explained_too() -> None:
    with pytest.raises(GalleryError, match=r"art\.gallery: Input/output error: check the disk"), explained(PATH):
        raise OSError(5, "Input/output error")


def test_a_number_too_large_for_sqlite_is_refused() -> None:
    beyond = pytest.raises(GalleryError, match=r"art\.gallery: a number is beyond SQLite's 64 bits")
    with closing(sqlite3.connect(":memory:")) as connection, beyond, explained(PATH):
        connection.execute("SELECT ?", (2**63,))


def test_other_errors_pass() -> None:
    with pytest.raises(ZeroDivisionError), explained(PATH):
        _ = 1 / 0
