"""A gallery's file, opened: by many that read, each its own snapshot, and by one that writes."""

from __future__ import annotations

import os
from collections.abc import Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from sqlite3 import Connection
from typing import Self, final

from resight.errors import GalleryError
from resight.io.lock import WriterLock
from resight.types import EncoderCard

from . import log, schema
from .connection import Readers, Writer, inspect
from .founding import create


@final
class GalleryFile:
    """The connections to one file, and the right to write it where it was opened for that."""

    def __init__(self, path: Path, writer: Writer | None) -> None:
        """Meant for ``create`` and ``open``."""
        self.path = path
        self._readers = Readers(path)
        self._writer = writer

    @classmethod
    def create(cls, path: Path, encoders: Sequence[EncoderCard], *, wait: float) -> Self:
        """A new file without photos, as :meth:`resight.gallery.sqlite.gallery.SqliteGallery.create` has it."""
        lock = WriterLock(path, wait=wait)
        try:
            create(path, encoders)
            return cls(path, Writer(path, lock))
        except BaseException:
            lock.release()
            raise

    @classmethod
    def open(cls, path: Path, *, write: bool, wait: float) -> Self:
        """A file that exists, as :meth:`resight.gallery.sqlite.gallery.SqliteGallery.open` has it."""
        inspect(path, write=write)
        log.require_own(path)
        lock = WriterLock(path, wait=wait) if write else None
        opened = cls(path, None)
        try:
            with opened.reading() as connection:
                schema.verify(connection, path)
                is_whole = schema.has(connection, *schema.LATER)
            if lock is None:
                return opened
            writer = Writer(path, lock)
            if not is_whole:
                with writer.transaction() as connection:
                    schema.extend(connection)
            opened.close()
            return cls(path, writer)  # the writer may have changed how it can be read
        except BaseException:
            opened.close()
            if lock:
                lock.release()
            raise

    def reading(self) -> AbstractContextManager[Connection]:
        """A connection inside a read transaction; within ``snapshot`` the one of that snapshot."""
        return self._readers.reading()

    def snapshot(self) -> AbstractContextManager[None]:
        """Holds all that this thread reads inside to one moment."""
        return self._readers.snapshot()

    def writing(self) -> Writer:
        """The one that writes; raises GalleryError where the file was opened for reading."""
        if self._writer is None:
            raise GalleryError(f"{self.path} was opened for reading: open it with write=True")
        return self._writer

    def close(self) -> None:
        """Let go of the file and of the right to write it; closing twice is once."""
        self._readers.close()
        if self._writer is not None:
            self._writer.close()


def located(path: str | Path) -> Path:
    """The file itself: one lock and one log whatever link names it, and from whatever folder the process goes on."""
    return Path(os.path.realpath(path))
