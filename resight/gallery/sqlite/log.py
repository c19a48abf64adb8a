"""SQLite's files beside a gallery, NAME-wal and NAME-journal: whether they are its own.

Nothing ties such a file to the one beside it but the name (https://www.sqlite.org/howtocorrupt.html, section 1.4), and
SQLite merges what it finds at the first look. So the identities are compared first: that of the file alone, and that of
the file as the log would make it.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Final

from resight.errors import GalleryError
from resight.io.files import beside

from .connection import connect
from .errors import explained

HEADER: Final = 32
"""Bytes of a log that holds nothing (https://www.sqlite.org/walformat.html)."""

_WRECKED: Final = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_ERROR)
"""Complaints of SQLite where pages of two files are mixed; anything else is for the opening itself to tell."""


def require_own(path: Path) -> None:
    """Raise GalleryError where a log beside a gallery file is of another gallery, or of an older moment of this one."""
    journal, log = beside(path, "journal"), beside(path, "wal")
    if _size(journal) > 0 and _is_logged(path):
        raise GalleryError(
            f"{journal} is no file of resight, and SQLite would undo with it what {path.name} holds: move it away"
        )
    if _size(log) <= HEADER:
        return
    alone = _moment(path, "immutable=1")
    if isinstance(alone, int):
        return
    merged = _moment(path, "mode=ro")
    if merged in _WRECKED or (isinstance(merged, tuple) and not _follows(merged, alone)):
        raise GalleryError(
            f"{log} is the log of another gallery, or of another moment of this one, and SQLite would merge it into "
            f"{path.name}: move it away, or put back the file that it belongs to"
        )


def adopt(path: Path, identity: str) -> None:
    """Write into a gallery file that its content is about to become that of the file of an ``identity``.

    An identity is FILE or FILE.CONTENT: the log of a file that takes over another one's content stays its own.
    """
    with explained(path), closing(connect(path, "mode=rw")) as connection:
        (content,) = connection.execute("SELECT value FROM meta WHERE key = 'identity'").fetchone() or ("",)
        adopted = f"{identity.partition('.')[0]}.{str(content).rpartition('.')[2]}"
        connection.execute("UPDATE meta SET value = ? WHERE key = 'identity'", (adopted,))


def _follows(after: tuple[str, int], before: tuple[str, int]) -> bool:
    """Whether one moment of a file, its identity and revision, can have come of another."""
    if after[0] == before[0]:
        return after[1] >= before[1]
    return not set(after[0].split(".")).isdisjoint(before[0].split("."))


def _moment(path: Path, access: str) -> tuple[str, int] | int:
    """Identity and revision, or the primary code of SQLite's error."""
    try:
        with closing(connect(path, access, pragmas=("query_only = ON",))) as connection:
            query = "SELECT value FROM meta WHERE key IN ('identity', 'revision') ORDER BY key"
            identity, revision = (value for (value,) in connection.execute(query))
            return str(identity), int(revision)
    except sqlite3.Error as error:
        return error.sqlite_errorcode & 0xFF
    except (TypeError, ValueError):
        return sqlite3.SQLITE_CORRUPT


def _is_logged(path: Path) -> bool:
    """Whether a file has its changes in a log, so that a journal cannot be its own: 2 in its header's 19th byte.

    Of a drive without shared memory it has journals (https://www.sqlite.org/fileformat.html, section 1.3.3).
    """
    with path.open("rb") as file:
        return file.read(19)[18:] == b"\x02"


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0
