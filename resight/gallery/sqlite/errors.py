"""Errors of SQLite in words that say what to do."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from resight.errors import GalleryError

from .drive import lacking, obstacle

_MEBIBYTE: Final = 2**20
_ADVICE: Final = {
    sqlite3.SQLITE_BUSY: "another process is writing and did not end in time: run the same command again later",
    sqlite3.SQLITE_CANTOPEN: "cannot be opened: check the permissions of the file and of its folder",
    sqlite3.SQLITE_CORRUPT: "is damaged: restore it from a copy, or move it away and index again",
    sqlite3.SQLITE_IOERR: "the disk failed: check it; what was acknowledged is still in the file",
    sqlite3.SQLITE_LOCKED: "is in use by this process: end the running reads and try again",
    sqlite3.SQLITE_NOMEM: "there is not enough memory: enrol fewer photos at once",
    sqlite3.SQLITE_NOTADB: "is not a gallery: wanted a file that `resight index` has made",
    sqlite3.SQLITE_READONLY: "is read-only: make the file and its folder writable, or write to a copy",
    sqlite3.SQLITE_TOOBIG: "one photo's arrays exceed SQLite's limit of 1 GB: extract fewer or smaller features",
}
"""Advice by primary result code (https://www.sqlite.org/rescode.html)."""


@contextmanager
def explained(path: Path, *, need: int = 0) -> Iterator[None]:
    """Turn what SQLite or the system refuses inside into a GalleryError about ``path``; ``need``: bytes to write.

    Numbers that SQLite cannot hold are refused as well.
    """
    try:
        yield
    except sqlite3.Error as error:
        raise GalleryError(_explanation(error, path, need)) from error
    except OSError as error:
        raise GalleryError(f"{path}: {error.strerror or error}: check the disk, and the permissions there") from error
    except OverflowError as error:
        raise GalleryError(f"{path}: a number is beyond SQLite's 64 bits: give a smaller one ({error})") from error
    except UnicodeDecodeError as error:  # from SQLite's own message, which quotes what is damaged
        raise GalleryError(f"{path}: {_ADVICE[sqlite3.SQLITE_CORRUPT]} ({error})") from error


def _explanation(error: sqlite3.Error, path: Path, need: int) -> str:
    code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF
    if code == sqlite3.SQLITE_FULL or (code == sqlite3.SQLITE_IOERR and _is_full(path)):
        # A batch is written twice: into the write-ahead log, then into the file.
        free = max(2 * need, 16 * _MEBIBYTE) / _MEBIBYTE
        return f"{path}: disk full: nothing was lost, free {free:.0f} MiB and run the same command again"
    if lack := lacking(error, path):
        return (
            f"{path}: its drive has no {lack}, as some network drives, mounts and shared folders: copy it, with the "
            f"files beside it that begin with its name, to a local disk, and back when the work is done ({error})"
        )
    if code in (sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY) and (stranger := obstacle(path, write=True)):
        return f"{path}: {stranger} ({error})"
    advice = _ADVICE.get(code)
    return f"{path}: {advice} ({error})" if advice else f"{path}: SQLite refused: {error}"


def _is_full(path: Path) -> bool:
    """Whether a write that failed did so for want of space; SQLite calls a full disk an I/O error for its -shm file."""
    try:
        return shutil.disk_usage(path.parent).free < _MEBIBYTE
    except OSError:
        return False
