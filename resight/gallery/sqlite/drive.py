"""Drives that lack what processes need to share a file, and the files that lie beside a gallery for it."""

from __future__ import annotations

import os
import sqlite3
import sys
import tempfile
from pathlib import Path
from typing import Final

from resight.io.files import beside

if sys.platform != "win32":
    import fcntl
    import pwd

MEMORY: Final = "shared memory"
LOCKS: Final = "locks on files"

_MEMORY_CODES: Final = frozenset(
    (sqlite3.SQLITE_IOERR_SHMOPEN, sqlite3.SQLITE_IOERR_SHMMAP, sqlite3.SQLITE_IOERR_SHMLOCK)
)
_LOCK_CODES: Final = frozenset(
    (
        sqlite3.SQLITE_IOERR_LOCK,
        sqlite3.SQLITE_IOERR_UNLOCK,
        sqlite3.SQLITE_IOERR_RDLOCK,
        sqlite3.SQLITE_IOERR_CHECKRESERVEDLOCK,
        sqlite3.SQLITE_PROTOCOL,
        sqlite3.SQLITE_PERM,
    )
)
_LOGS: Final = ("wal", "journal")
COMPANIONS: Final = (*_LOGS, "shm")
"""Endings of the names of files that SQLite keeps beside a gallery."""


def lacking(error: BaseException, path: Path) -> str | None:
    """MEMORY or LOCKS where SQLite failed at ``path`` for want of it, as on network drives; else None."""
    code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_OK)
    if code in _MEMORY_CODES:
        return MEMORY
    # A drive without a service for locks looks to SQLite as if somebody held them for ever.
    is_lock = code in _LOCK_CODES or (code == sqlite3.SQLITE_BUSY and not can_lock(path))
    return LOCKS if is_lock else None


def can_lock(path: Path) -> bool:
    """Whether files beside ``path`` can be locked, as far as that can be tried.

    It is tried on another file: whoever closes the gallery itself lets go of all locks that its process has on it.
    """
    if sys.platform == "win32":
        return True
    log = beside(path, "wal")
    try:
        with log.open("rb") if log.exists() else tempfile.TemporaryFile(dir=path.parent) as file:
            try:
                fcntl.lockf(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except OSError:
                return False
    except OSError:  # nothing to try it on
        pass
    return True


def unmerged(path: Path) -> Path | None:
    """The log that holds changes which the gallery itself does not have yet, or None."""
    for log in (beside(path, end) for end in _LOGS):
        try:
            if log.stat().st_size > 0:
                return log
        except OSError:
            continue
    return None


def obstacle(path: Path, *, write: bool) -> str | None:
    """The file beside a gallery that keeps this user from reading or writing, whose it is, and what to do; or None."""
    wanted = os.R_OK | (os.W_OK if write else 0)
    for end in COMPANIONS:
        file = beside(path, end)
        if file.exists() and not os.access(file, wanted):
            owner, way = owner_of(file), "written" if write else "read"
            holds_changes = end in _LOGS and file.stat().st_size > 0
            return f"{file.name} beside it, which belongs to {owner}, may not be {way} by you: " + (
                f"it holds changes, which `resight gallery compact`, run by {owner}, merges"
                if holds_changes
                else "delete it, or have it deleted, when nobody uses the gallery"
            )
    return None


def owner_of(path: Path) -> str:
    """The name of a file's owner, or the number where there is no name."""
    number = path.stat().st_uid
    if sys.platform == "win32":
        return str(number)
    try:
        return pwd.getpwuid(number).pw_name
    except KeyError:
        return f"user {number}"
