"""Ways to open a gallery file for reading: by what may be written beside it, and by what its drive has."""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path
from typing import Final

from resight.errors import GalleryError
from resight.io.files import beside

from .drive import owner_of, unmerged

Source = tuple[object, ...]
"""SQLite's URI query, and which file is opened; of one that is read as IMMUTABLE which content, too."""

IMMUTABLE: Final = "immutable=1"
"""The query by which SQLite takes no lock and needs no file beside it, for a file that does not change."""

UNSHARED: Final = frozenset(
    (
        sqlite3.SQLITE_BUSY,
        sqlite3.SQLITE_CANTOPEN,
        sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_PERM,
        sqlite3.SQLITE_PROTOCOL,
        sqlite3.SQLITE_READONLY,
    )
)
"""Errors of SQLite where what it shares a file by cannot be had: on a full disk, on drives without locks or memory."""


def source_of(path: Path, *, shared: bool = True) -> Source:
    """Source to open the file for reading, and which file it is; connections of another source are of no use.

    A log needs a shared-memory file beside it. Who may not write the gallery makes neither, for they would be his own
    and lock its owner out; and some drives cannot have them, so that ``shared`` is false. Where there is no log, the
    file can then be read as one that does not change, and SQLite does not look whether it does. Raises GalleryError
    where there is a log that cannot be read with it, and for a file that is gone.
    """
    may_write_folder = os.access(path.parent, os.W_OK)
    log = unmerged(path)
    if shared and may_write_folder and os.access(path, os.W_OK):
        return "mode=rw", *identity(path)[:2]
    if shared and log and (beside(path, "shm").exists() or log == beside(path, "journal")):
        # Between this look and the opening the log may be merged; no other is made then. A journal may be of a commit
        # that is going on, which SQLite tells by its locks.
        return f"mode=ro{'&readonly_shm=1' if may_write_folder else ''}", *identity(path)[:2]
    if log:
        raise GalleryError(
            f"{path} may only be read, and {log.name} holds changes that an interrupted run has not merged: "
            f"`resight gallery compact`, run by {owner_of(path)}, merges them; or copy both files into your own folder"
        )
    return IMMUTABLE, *identity(path)


def identity(path: Path) -> tuple[int, ...]:
    """Identity of a file, by device and inode, and of its content, by size and time; raises GalleryError for none."""
    try:
        state = path.stat()
    except OSError as error:
        raise GalleryError(f"the gallery {path} is gone or out of reach ({error.strerror}): open it again") from error
    return state.st_dev, state.st_ino, state.st_size, state.st_mtime_ns
