"""A lock for one writer at a time: advisory, and released by the system however its process ends."""

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

_POLL: Final = 0.05
"""Seconds between two attempts."""

MANDATORY: Final = sys.platform == "win32"
"""Whether nobody else reads the byte that is locked, the file's first, and a file keeps its name while it is open."""


@final
class WriterLock:
    """The right to write one gallery, or one folder, from construction to ``release``.

    It is a lock on the file ``NAME.gallery-lock`` beside ``NAME.gallery``, which names its holder and is gone after a
    release; what a killed process leaves behind holds nobody up. A forked child shares its parent's lock, which is the
    parent's to release.

    ``mandatory`` is whether the system locks as `MANDATORY` says.

    Raises ``error`` where another writer does not end within ``wait`` seconds, or the folder cannot be written.
    """

    def __init__(
        self,
        target: Path,
        *,
        wait: float,
        error: type[ResightError] = GalleryError,
        mandatory: bool = MANDATORY,
    ) -> None:
        self._mandatory = mandatory
        self._path = beside(target, "lock")
        self._error = error
        self._file: int | None = None
        self._process = os.getpid()
        deadline = time.monotonic() + wait
        while not self._acquired(target):
            if time.monotonic() >= deadline:
                raise error(
                    f"{target} is being written by {_holder(self._path, mandatory=mandatory)}; waited {wait:g} s: "
                    "let it end, or stop it, and run the same command again"
                )
            time.sleep(_POLL)

    def release(self) -> None:
        """Let the next writer in; releasing twice is once."""
        if self._file is not None:
            is_own = os.getpid() == self._process
            if is_own and not self._mandatory:
                # Unlinked while it is held: who waited and then locks the nameless file sees so and opens a new one.
                self._unlink()
            os.close(self._file)
            self._file = None
            if is_own and self._mandatory:
                self._unlink()

    def _unlink(self) -> None:
        # Another user's, who was killed, where each may delete only his own; on Windows one that the next has opened.
        with suppress(PermissionError):
            self._path.unlink(missing_ok=True)

    def _acquired(self, target: Path) -> bool:
        try:
            file = _opened(self._path)
        except OSError as refusal:
            raise self._error(
                f"{target} cannot be written: {self._path} cannot be made ({refusal.strerror}): "
                "the folder must exist and be writable"
            ) from refusal
        try:
            if not _locked(file, self._path, mandatory=self._mandatory):
                os.close(file)
                return False
            _sign(file)
        except OSError as refusal:
            os.close(file)
            self._unlink()
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


def _locked(file: int, path: Path, *, mandatory: bool = MANDATORY) -> bool:
    """Whether the lock was free and the file is still the one that ``path`` names."""
    # Imported here: who reads needs no lock, and filelock takes 10 ms.
    from filelock import lock_descriptor

    try:
        return lock_descriptor(file, blocking=False) and (mandatory or os.path.samestat(os.fstat(file), os.stat(path)))
    except FileNotFoundError:
        return False


def _sign(file: int) -> None:
    """Write down who holds the lock, behind its first byte; on a full disk, and in another user's file, nobody does."""
    since = datetime.now(UTC).isoformat(timespec="seconds")
    holder = {"process": os.getpid(), "host": socket.gethostname(), "since": since}
    with suppress(OSError):
        os.ftruncate(file, 0)
        try:
            os.lseek(file, 0, os.SEEK_SET)
            os.write(file, f" {json.dumps(holder)}".encode())
        except OSError:
            os.ftruncate(file, 0)


def _holder(path: Path, *, mandatory: bool) -> str:
    try:
        with path.open("rb", buffering=0) as file:
            file.seek(1 if mandatory else 0)  # older runs wrote from the first byte
            holder = json.loads(file.read())
        return f"process {holder['process']} on {holder['host']} since {holder['since']}"
    except (OSError, ValueError, KeyError, TypeError):
        return "another process"
