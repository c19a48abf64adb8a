"""Connections to one gallery file: many that read, each its own snapshot, and one that writes."""

from __future__ import annotations

import os
import shlex
import sqlite3
import stat
import threading
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext, suppress
from pathlib import Path
from typing import Final, final

from resight.errors import GalleryError
from resight.io.files import beside
from resight.io.lock import WriterLock
from resight.runtimes import forking

from .drive import MEMORY, can_lock, lacking, obstacle, unmerged
from .errors import explained
from .sources import IMMUTABLE, UNSHARED, Source, identity, source_of

BUSY: Final = 10.0
"""Seconds that SQLite waits for its own locks, which only checkpoints and foreign tools hold for long."""
_READING: Final = ("query_only = ON",)
WRITING: Final = (
    "foreign_keys = ON",
    "synchronous = FULL",  # acknowledged is on the disk: a commit syncs the log
    "fullfsync = ON",  # macOS alone: there a plain sync stops at the drive's cache
)
LOGGED: Final = (
    "journal_mode = WAL",
    "journal_size_limit = 67108864",  # bytes of log kept after a large batch
    "user_version",  # read, for until then nothing is asked of the drive
)
UNLOGGED: Final = ("locking_mode = EXCLUSIVE", "journal_mode = DELETE", "locking_mode = NORMAL", "user_version")
"""Pragmas for drives without shared memory. To leave the log, alone with the file, SQLite needs none; then others may
read."""
_TOUCH: Final = "REPLACE INTO meta SELECT key, value FROM meta WHERE key = 'identity'"
"""Writes the identity as it is, so that the log of any transaction says whose it is."""

_GUARDS: Final = (
    "trusted_schema = OFF",  # a gallery from elsewhere cannot call functions from its triggers or views
    "cell_size_check = ON",  # damaged pages are found where they are read
)


def connect(
    path: Path, access: str, *, pragmas: tuple[str, ...] = (), patience: float | None = None
) -> sqlite3.Connection:
    """A connection in autocommit mode that may pass from thread to thread; ``access`` is SQLite's URI query.

    ``patience`` are the seconds to wait for SQLite's own locks, BUSY where nothing is said.

    Text is UTF-8 with undecodable bytes escaped as by ``os.fsdecode``, so that every file name comes back as it was.
    """
    wait = BUSY if patience is None else patience
    connection = sqlite3.connect(
        f"{path.as_uri()}?{access}", uri=True, timeout=wait, isolation_level=None, check_same_thread=False
    )
    connection.text_factory = lambda text: text.decode("utf-8", "surrogateescape")
    try:
        for pragma in (*_GUARDS, *pragmas):
            connection.execute(f"PRAGMA {pragma}")
    except BaseException:
        connection.close()
        raise
    return connection


def inspect(path: Path, *, write: bool) -> None:
    """Raise GalleryError where a file cannot be a gallery, or cannot be written: SQLite says less about it."""
    try:
        state = path.stat()
    except (FileNotFoundError, NotADirectoryError) as error:
        command = f"`resight index FOLDER -g {shlex.quote(str(path))}`"
        raise GalleryError(f"there is no gallery at {path}: make one with {command}") from error
    except OSError as error:
        raise GalleryError(f"{path} is out of reach ({error.strerror}): check its name and permissions") from error
    if not stat.S_ISREG(state.st_mode):
        kind = "a folder" if stat.S_ISDIR(state.st_mode) else "a device or pipe"
        raise GalleryError(f"{path} is {kind}; wanted a gallery file: `resight index FOLDER -g NAME.gallery` makes one")
    if not os.access(path, os.R_OK):
        raise GalleryError(f"{path} may not be read: ask its owner for permission, or use a copy")
    if state.st_size == 0:
        raise GalleryError(f"{path} is empty (0 bytes): delete it and run `resight index FOLDER -g {path}`")
    if write and not (os.access(path, os.W_OK) and os.access(path.parent, os.W_OK)):
        raise GalleryError(f"{path} is read-only: make the file and its folder writable, or write to a copy")
    if write and (stranger := obstacle(path, write=True)):
        raise GalleryError(f"{path} cannot be written: {stranger}")


@final
class Readers:
    """A pool of connections that read: every read is one snapshot, and any number of threads read at once."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._process = os.getpid()
        self._lock = threading.Lock()
        self._closed = False
        self._shared = True
        self._idle: list[sqlite3.Connection] = []
        self._source: Source = ()
        self._pinned = threading.local()

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """A connection inside a read transaction; within ``snapshot`` the one of that snapshot."""
        pinned: sqlite3.Connection | None = getattr(self._pinned, "connection", None)
        with nullcontext(pinned) if pinned else self._transaction(reuse=True) as connection, explained(self._path):
            yield connection

    @contextmanager
    def snapshot(self) -> Iterator[None]:
        """Holds all that this thread reads inside to one moment."""
        if getattr(self._pinned, "connection", None) is not None:
            yield
            return
        # Not reused: an iterator that outlives the snapshot must fail instead of sharing a connection with a stranger.
        with self._transaction(reuse=False) as connection:
            self._pinned.connection = connection
            try:
                yield
            finally:
                self._pinned.connection = None

    def close(self) -> None:
        """Close what is idle now and, when it comes back, what is in use; in a forked child all is the parent's."""
        if os.getpid() != self._process:
            return
        with self._lock:
            self._closed = True
            self._drop_idle()

    @contextmanager
    def _transaction(self, *, reuse: bool) -> Iterator[sqlite3.Connection]:
        """Errors of what is done inside pass as they are: within ``snapshot`` that is a stranger's code."""
        with explained(self._path):
            connection, source = self._begin()
        try:
            yield connection
            with explained(self._path):
                connection.execute("COMMIT")
            if source[0] == IMMUTABLE and identity(self._path) != source[1:]:
                raise GalleryError(f"{self._path} changed while it was read from a read-only folder: read it again")
        except BaseException:
            connection.close()
            raise
        self._give(connection, source if reuse else ())

    def _begin(self) -> tuple[sqlite3.Connection, Source]:
        """A connection in a transaction, whose moment is that of its first read, and its source."""
        require_own_process(self._path, self._process)
        self._shared = self._shared or unmerged(self._path) is not None
        try:
            with forking.held_off():
                return self._first_read()
        except sqlite3.Error as error:
            code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_OK) & 0xFF
            if code == sqlite3.SQLITE_BUSY and can_lock(self._path):
                return self._first_read(patience=BUSY)
            if not self._shared or code not in UNSHARED or unmerged(self._path):
                raise
            self._shared = False
        return self._first_read()

    def _first_read(self, *, patience: float = 0.0) -> tuple[sqlite3.Connection, Source]:
        source = source_of(self._path, shared=self._shared)
        connection = self._take(source, patience)
        try:
            connection.execute("BEGIN")
            connection.execute("SELECT 1 FROM sqlite_master").fetchone()
        except BaseException:
            connection.close()
            raise
        return connection, source

    def _take(self, source: Source, patience: float) -> sqlite3.Connection:
        with self._lock:
            if self._closed:
                raise GalleryError(f"the gallery {self._path} was closed: open it again")
            if source != self._source:
                self._drop_idle()
                self._source = source
            if self._idle and not patience:
                return self._idle.pop()
        return connect(self._path, str(source[0]), pragmas=_READING, patience=patience)

    def _give(self, connection: sqlite3.Connection, source: Source) -> None:
        with self._lock:
            if source == self._source and not self._closed:
                self._idle.append(connection)
                return
        connection.close()

    def _drop_idle(self) -> None:
        while self._idle:
            self._idle.pop().close()


def require_own_process(path: Path, process: int) -> None:
    """Raise GalleryError in a process that was forked off from the one that opened the gallery."""
    if os.getpid() != process:
        raise GalleryError(f"the gallery {path} was opened before this process was forked off: open it again")


@final
class Writer:
    """The one connection that writes, with the lock that makes it the only one; ``close`` releases that lock too."""

    def __init__(self, path: Path, lock: WriterLock) -> None:
        self._path = path
        self._lock = lock
        self._turn = threading.Lock()
        self._closed = False
        self._process = os.getpid()
        with explained(path):
            self._connection = _writing(path)

    @contextmanager
    def transaction(self, *, need: int = 0) -> Iterator[sqlite3.Connection]:
        """A transaction that is on the disk after it, or has not happened; ``need`` as in ``explained``."""
        with self.alone(need=need) as connection:
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
                connection.execute(_TOUCH)
                connection.execute("COMMIT")
            except BaseException:
                with suppress(sqlite3.Error):  # some faults have rolled back already
                    connection.execute("ROLLBACK")
                raise

    @contextmanager
    def alone(self, *, need: int = 0) -> Iterator[sqlite3.Connection]:
        """The connection outside a transaction, for what cannot run in one."""
        require_own_process(self._path, self._process)
        with self._turn, explained(self._path, need=need):
            if self._closed:
                raise GalleryError(f"the gallery {self._path} was closed: open it again")
            yield self._connection

    def close(self) -> None:
        """Merge the log where no one else reads, and let the next writer in; closing twice is once."""
        try:
            if os.getpid() == self._process:  # in a forked child it may be another thread's turn for ever
                with self._turn, explained(self._path):
                    self._closed = True
                    self._connection.close()
        finally:
            self._lock.release()


def _writing(path: Path) -> sqlite3.Connection:
    """A connection that writes into a log, so that others read meanwhile; without one where the drive has no memory."""
    try:
        # Who waits for a lock on a drive without locks waits in vain.
        patience = BUSY if can_lock(path) else 0.0
        return connect(path, "mode=rw", pragmas=(*WRITING, *LOGGED), patience=patience)
    except sqlite3.Error as error:
        if lacking(error, path) != MEMORY:
            raise
    connection = connect(path, "mode=rw", pragmas=(*UNLOGGED, *WRITING))
    beside(path, "shm").unlink(missing_ok=True)
    return connection
