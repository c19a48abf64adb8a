"""One writer at a time: an advisory lock that the kernel releases however its process ends."""

from __future__ import annotations

import json
import os
import socket
import sys
import time
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, final

from resight.errors import GalleryError, ResightError

from .files import beside

if sys.platform != "win32":
    import fcntl

_POLL: Final = 0.05
"""Seconds between two attempts."""


@final
class WriterLock:
    """The right to write one gallery, or one folder, from construction to ``release``.

    It is a lock on the file ``NAME.gallery-lock`` beside ``NAME.gallery``, which names its holder and is gone after a
    release; what a killed process leaves behind holds nobody up. A forked child shares its parent's lock, which is the
    parent's to release. Windows has no such locks: there only single transactions exclude each other, by SQLite's own.

    Raises ``error`` where another writer does not end within ``wait`` seconds, or the folder cannot be written.
    """

    def __init__(self, target: Path, *, wait: float, error: type[ResightError] = GalleryError) -> None:
        self._path = beside(target, "lock")
        self._error = error
        self._file: int | None = None
        self._process = os.getpid()
        deadline = time.monotonic() + wait
        while sys.platform != "win32" and not self._acquired(target):
            if time.monotonic() >= deadline:
                raise error(
                    f"{target} is being written by {_holder(self._path)}; waited {wait:g} s: "
                    "let it end, or stop it, and run the same command again"
                )
            time.sleep(_POLL)

    def release(self) -> None:
        """Let the next writer in; releasing twice is once."""
        if self._file is not None:
            if os.getpid() == self._process:
                # Unlinked while it is held: who waited and then locks the nameless file sees so and opens a new one.
                with suppress(PermissionError):  # another user's, who was killed, where each may delete only his own
                    self._path.unlink(missing_ok=True)
            os.close(self._file)
            self._file = None

    def _acquired(self, target: Path) -> bool:
        try:
            file = _opened(self._path)
        except OSError as refusal:
            raise self._error(
                f"{target} cannot be written: {self._path} cannot be made ({refusal.strerror}): "
                "the folder must exist and be writable"
            ) from refusal
        try:
            if not _locked(file, self._path):
                os.close(file)
                return False
            _sign(file)
        except OSError as refusal:
            os.close(file)
            self._path.unlink(missing_ok=True)
            raise self._error(
                f"{target} cannot be written: its drive cannot lock files ({refusal.strerror}), as some network "
                "drives, mounts and shared folders: write it on a local disk, and copy it there, where it can be read"
            ) from refusal
        self._file = file
        return True


def _opened(path: Path) -> int:
    """The file of the lock, made where there is none; one that belongs to another user can be locked all the same."""
    try:
        return os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
    except PermissionError:
        if not path.exists():
            raise
        return os.open(path, os.O_RDONLY)


def _locked(file: int, path: Path) -> bool:
    """Whether the lock was free and the file is still the one that ``path`` names."""
    if sys.platform == "win32":
        return True
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return os.path.samestat(os.fstat(file), os.stat(path))
    except (BlockingIOError, FileNotFoundError):
        return False


def _sign(file: int) -> None:
    """Write down who holds the lock; on a full disk, and in another user's file, it is held unsigned."""
    since = datetime.now(UTC).isoformat(timespec="seconds")
    holder = {"process": os.getpid(), "host": socket.gethostname(), "since": since}
    with suppress(OSError):
        os.ftruncate(file, 0)
        try:
            os.pwrite(file, json.dumps(holder).encode(), 0)
        except OSError:
            os.ftruncate(file, 0)


def _holder(path: Path) -> str:
    try:
        holder = json.loads(path.read_text(encoding="utf-8"))
        return f"process {holder['process']} on {holder['host']} since {holder['since']}"
    except (OSError, ValueError, KeyError, TypeError):
        return "another process"
