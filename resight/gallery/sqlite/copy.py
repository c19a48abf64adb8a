"""Whole galleries from file to file: of one moment, whatever others write meanwhile, and whole or not there."""

from __future__ import annotations

import os
import uuid
from pathlib import Path
from sqlite3 import Connection

from resight.errors import GalleryError
from resight.io.lock import WriterLock

from . import blobs, log, read
from .file import GalleryFile
from .founding import delete, put


def copy(file: GalleryFile, target: Path, *, replace: bool) -> None:
    """Copy a gallery to a file, as :meth:`resight.gallery.protocol.Gallery.copy` has it."""
    if target.exists() and os.path.samefile(target, file.path):
        raise GalleryError(f"{file.path} cannot be copied onto itself: name another file")
    if not target.exists():
        _copy_beside(file, target)
    elif replace:
        _copy_over(file, target)
    else:
        raise GalleryError(f"{target} exists already: name another file, or add --replace (from Python replace=True)")


def restore(file: GalleryFile, source: Path) -> None:
    """Take over the content of another file.

    Renaming files over one that is read would mix its log into the new one.
    """
    writer = file.writing()
    other = GalleryFile.open(source, write=False, wait=0)
    try:
        if other.path != file.path:
            with file.reading() as connection:
                identity = read.identity(connection)
            log.adopt(other.path, identity)
        need = other.path.stat().st_size
        with other.reading() as content, writer.alone(need=need) as connection:
            content.backup(connection)
    finally:
        other.close()


def _copy_beside(file: GalleryFile, target: Path) -> None:
    lock = WriterLock(target, wait=0)
    try:
        with file.reading() as connection:
            _fill(connection, target)
    finally:
        lock.release()


def _copy_over(file: GalleryFile, target: Path) -> None:
    """The copy is made beside the target first, so that a failure leaves the target as it was."""
    new = target.with_name(f".{target.name}.copying")
    other = GalleryFile.open(target, write=True, wait=5.0)
    try:
        delete(new)
        try:
            _copy_beside(file, new)
            restore(other, new)
        finally:
            delete(new)
    finally:
        other.close()


def _fill(content: Connection, target: Path) -> None:
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
            raise GalleryError(f"{read.path_of(content)} was not copied, for the copy is not sound: {error}") from error
        # From here it changes otherwise than what it was copied from.
        connection.execute("UPDATE meta SET value = ? WHERE key = 'identity'", (uuid.uuid4().hex,))

    put(target, fill)
