"""A copy of a gallery: of one moment, whatever others write meanwhile, and whole under its name or not there."""

from __future__ import annotations

import uuid
from pathlib import Path
from sqlite3 import Connection

from resight.errors import GalleryError

from . import blobs
from .founding import put
from .read import path_of


def copy(content: Connection, target: Path) -> None:
    """Copy what a connection reads into a new file; the caller holds the writer's lock of the target.

    SQLite's backup (https://www.sqlite.org/backup.html) takes what the connection sees, of the log beside the file as
    well. The copy is read through before it gets its name. Raises GalleryError where the target exists, or what is
    copied is damaged.
    """

    def fill(connection: Connection) -> None:
        content.backup(connection)
        try:
            blobs.check(connection)
        except GalleryError as error:
            raise GalleryError(f"{path_of(content)} was not copied, for the copy is not sound: {error}") from error
        # From here it changes otherwise than what it was copied from.
        connection.execute("UPDATE meta SET value = ? WHERE key = 'identity'", (uuid.uuid4().hex,))

    put(target, fill)
