"""The tables of a gallery file, their version, and whether a file has them."""

from __future__ import annotations

import sqlite3
import uuid
from collections.abc import Sequence
from contextlib import closing
from datetime import UTC, datetime
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Final

from resight.errors import GalleryError
from resight.gallery.remedies import damaged
from resight.types import EncoderCard

from .rows import CARD_COLUMNS, is_count, to_json

VERSION: Final = 1
READABLE_BY: Final = "0.1.0"
"""The first resight that reads this VERSION; an older one names it when it refuses."""
APPLICATION_ID: Final = int.from_bytes(b"rsgt", "big")
PAGE_SIZE: Final = 4096
"""Bytes; 16384 was no faster with features of 40 to 130 KB a photo and left 6 % of the file empty instead of 2 %."""

TABLES: Final = """
-- schema facts, who made the file, and `revision`: how many changes its photos have seen
CREATE TABLE meta (key TEXT PRIMARY KEY, value NOT NULL) WITHOUT ROWID;

CREATE TABLE encoders (
    id INTEGER PRIMARY KEY, fingerprint TEXT NOT NULL UNIQUE, name TEXT NOT NULL, kind TEXT NOT NULL,
    description TEXT NOT NULL
);

-- `added` and `changed` are revisions: of the enrolment, and of it or the last new name
CREATE TABLE items (
    id INTEGER PRIMARY KEY AUTOINCREMENT, photo TEXT NOT NULL, instance TEXT NOT NULL, digest BLOB NOT NULL UNIQUE,
    file_bytes INTEGER NOT NULL, width INTEGER NOT NULL, height INTEGER NOT NULL, about TEXT NOT NULL,
    added INTEGER NOT NULL, changed INTEGER NOT NULL
);
CREATE INDEX items_photo ON items (photo);
CREATE INDEX items_instance ON items (instance);
CREATE INDEX items_changed ON items (changed);

-- what was removed, for those who hold a copy in memory
CREATE TABLE removed (item INTEGER PRIMARY KEY, added INTEGER NOT NULL, revision INTEGER NOT NULL);
CREATE INDEX removed_revision ON removed (revision);

CREATE TABLE thumbnails (item INTEGER PRIMARY KEY REFERENCES items ON DELETE CASCADE, encoded BLOB NOT NULL);

CREATE TABLE features (
    item INTEGER NOT NULL REFERENCES items ON DELETE CASCADE, encoder INTEGER NOT NULL REFERENCES encoders,
    packed BLOB NOT NULL, PRIMARY KEY (item, encoder)
);
CREATE TABLE descriptors (
    item INTEGER NOT NULL REFERENCES items ON DELETE CASCADE, encoder INTEGER NOT NULL REFERENCES encoders,
    packed BLOB NOT NULL, PRIMARY KEY (item, encoder)
);

CREATE TABLE whitening (
    encoder INTEGER NOT NULL REFERENCES encoders, version INTEGER NOT NULL, revision INTEGER NOT NULL,
    n INTEGER NOT NULL, packed BLOB NOT NULL, PRIMARY KEY (encoder, version)
);
CREATE TABLE calibration (
    version INTEGER PRIMARY KEY, revision INTEGER NOT NULL, parameters TEXT NOT NULL, packed BLOB NOT NULL
);
"""
LATER: Final = {
    # where the file of a photo lies, as far as somebody wrote it down: `photo` is only the name that was typed
    "places": "item INTEGER PRIMARY KEY REFERENCES items ON DELETE CASCADE, root TEXT NOT NULL, below TEXT NOT NULL",
    # content that a person has removed, which the next run over the same folder leaves out
    "forgotten": "digest BLOB PRIMARY KEY, photo TEXT NOT NULL, instance TEXT NOT NULL",
}
"""Tables that galleries of this VERSION may lack; whoever does not know them reads and writes the others as before."""
_QUICK: Final = ("meta", "encoders", "items", "removed", "calibration")
"""Tables that are small beside the blobs and are looked through at every opening."""


def initialise(connection: sqlite3.Connection, encoders: Sequence[EncoderCard]) -> None:
    """Make an empty file a gallery of these encoders, in the write-ahead mode that it keeps."""
    connection.execute(f"PRAGMA page_size = {PAGE_SIZE}")
    connection.executescript(f"BEGIN; {TABLES} COMMIT;")
    extend(connection)
    for card in encoders:
        description = to_json(card.description, f"the description of encoder {card.name!r}")
        row = (card.fingerprint, card.name, card.kind, description)
        connection.execute(f"INSERT INTO encoders ({CARD_COLUMNS}) VALUES (?, ?, ?, ?)", row)
    facts = {
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
        "created_by": f"resight {_own_version()}",
        "identity": uuid.uuid4().hex,
        "readable_by": READABLE_BY,
        "revision": 0,
        "schema": VERSION,
    }
    connection.executemany("INSERT INTO meta VALUES (?, ?)", facts.items())
    connection.execute(f"PRAGMA user_version = {VERSION}")
    connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    connection.execute("PRAGMA journal_mode = WAL")


def extend(connection: sqlite3.Connection) -> None:
    """Give a gallery the tables of LATER that it lacks."""
    for table, columns in LATER.items():
        connection.execute(f"CREATE TABLE IF NOT EXISTS {table} ({columns})")


def has(connection: sqlite3.Connection, *tables: str) -> bool:
    """Whether a gallery has all these tables."""
    names = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    return names.issuperset(tables)


def verify(connection: sqlite3.Connection, path: Path) -> None:
    """Raise GalleryError for a file that is no gallery, is damaged in its small tables, or needs a newer resight."""
    (application,) = connection.execute("PRAGMA application_id").fetchone()
    (found,) = connection.execute("PRAGMA user_version").fetchone()
    if application != APPLICATION_ID:
        raise GalleryError(f"{path} is an SQLite file, but not a gallery: wanted a file that `resight index` has made")
    if found > VERSION:
        (reader,) = connection.execute("SELECT value FROM meta WHERE key = 'readable_by'").fetchone() or ("",)
        wanted = f"resight {reader} or later" if reader else "a later resight"
        raise GalleryError(
            f"{path} has schema {found}; this resight {_own_version()} reads up to {VERSION}, {wanted} reads it: "
            "pip install --upgrade resight"
        )
    _require_tables(connection, path)
    (last,) = connection.execute("SELECT max(seq) FROM sqlite_sequence WHERE name = 'items'").fetchone()
    if last is not None and not is_count(last):
        raise damaged(path, f"the last id it has given is {last!r:.80}")
    for table in (*_QUICK, *(table for table in LATER if has(connection, table))):
        report = connection.execute(f"PRAGMA quick_check({table})").fetchall()
        if report != [("ok",)]:
            raise damaged(path, f"table {table}: {report[0][0]}")


def _require_tables(connection: sqlite3.Connection, path: Path) -> None:
    """Raise GalleryError where something else stands under the name of a table or index, or could do.

    A view, a virtual table, a trigger or a computed column can show or do anything, for ever if it likes.
    """
    wanted = _tables()
    for kind, name, text in connection.execute("SELECT type, name, sql FROM sqlite_master"):
        is_stored = kind in ("table", "index") and not str(text).upper().startswith("CREATE VIRTUAL")
        if not is_stored or wanted.get(name, (kind, text)) != (kind, text):
            raise damaged(path, f"its {kind} {name!r:.80} is not one that resight makes")


@cache
def _tables() -> dict[str, tuple[str, str]]:
    """Tables and indexes by name, each with the statement by which SQLite made it."""
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.executescript(TABLES)
        extend(connection)
        made = connection.execute("SELECT name, type, sql FROM sqlite_master")
        return {name: (kind, text) for name, kind, text in made}


def _own_version() -> str:
    try:
        return version("resight")
    except PackageNotFoundError:
        return f"{READABLE_BY} (not installed)"
