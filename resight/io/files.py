"""Files on a disk: written whole or not at all, or grown by whole lines; the room there is, and what lies beside."""

from __future__ import annotations

import errno
import os
import secrets
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from resight.errors import DatasetError


def require(folder: Path, wanted: int, what: str, remedy: str) -> None:
    """Raises DatasetError where the disk of ``folder`` has fewer than ``wanted`` bytes left for ``what``.

    It is asked for before a file is mapped: a full disk would end the process without a word.
    """
    if (free := shutil.disk_usage(folder).free) < wanted:
        raise DatasetError(
            f"{what} need {wanted / 1e6:.0f} MB, and the disk of {str(folder)!r} has {free / 1e6:.0f} MB "
            f"left: make room, {remedy}, or name a folder elsewhere"
        )


def beside(path: Path, end: str) -> Path:
    """The file ``NAME-END`` beside ``NAME``: what belongs to a file is called as SQLite does it."""
    return path.with_name(f"{path.name}-{end}")


def write_whole(path: Path, writer: Callable[[Path], object]) -> None:
    """Put what ``writer`` writes where ``path`` is: after a crash, a full disk or a power cut it is whole or as before.

    ``writer`` is given a temporary name beside ``path``. Raises OSError, of ``path``, and whatever ``writer`` raises;
    nothing is left under the temporary name then, and a file of before is as it was.
    """
    with whole(path) as unfinished:
        writer(unfinished)


@contextmanager
def whole(path: Path) -> Iterator[Path]:
    """Give the temporary name that becomes ``path`` where the block ends without an error: see :func:`write_whole`.

    The name is another one each time, so that two who write one file at once do not write into each other's.
    """
    unfinished = temporary(path)
    try:
        yield unfinished
        _sync(unfinished)
        unfinished.replace(path)
    except OSError as error:
        if error.filename not in (str(unfinished), None):
            raise
        raise type(error)(error.errno, error.strerror, str(path)) from error
    finally:
        with suppress(OSError):
            unfinished.unlink(missing_ok=True)
    sync_folder(path.parent)


def append_line(path: Path, line: bytes) -> None:
    """Put a line at the end of a file that only its owner may read: whole and on the disk, or not at all.

    Raises OSError where that cannot be; of a line that a full disk cut short nothing stays. One writer at a time.
    """
    handle = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        length = os.fstat(handle).st_size
        begun = b"" if not length or _ends_in_newline(handle, length) else b"\n"  # a crash cut the last one short
        wanted = begun + line.rstrip(b"\n") + b"\n"
        try:
            if os.write(handle, wanted) < len(wanted):
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path))
            os.fsync(handle)
        except OSError:
            os.ftruncate(handle, length)
            raise
    finally:
        os.close(handle)


def _ends_in_newline(handle: int, length: int) -> bool:
    os.lseek(handle, length - 1, os.SEEK_SET)
    return os.read(handle, 1) == b"\n"


def temporary(path: Path) -> Path:
    """A hidden name beside ``path`` for what is not finished, which data sets do not read."""
    return path.with_name(f".{path.name}.{secrets.token_hex(4)}.partial")


def _sync(file: Path) -> None:
    with file.open("rb+") as written:
        os.fsync(written.fileno())


def sync_folder(folder: Path) -> None:
    """Make a rename outlive a power cut, where folders can be synced: neither on Windows nor on some network disks."""
    with suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
