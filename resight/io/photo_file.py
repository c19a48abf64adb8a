"""Bytes of photos: from a path, from memory, or from an open file, no more of them than are allowed."""

from __future__ import annotations

import io
import os
import stat
from typing import BinaryIO, Final, TypeAlias

from resight.errors import PhotoError

from .decoding.decoder import refusal
from .decoding.memory import BUDGET

FileSource: TypeAlias = str | os.PathLike[str] | bytes | bytearray | memoryview | BinaryIO
"""A path, the bytes of a file, or an open binary file."""

READABLE: Final = "a file that can be read"

_STEP: Final = 1 << 20  # bytes asked of an open file at a time


def file_bytes(source: FileSource, *, max_bytes: int) -> tuple[str, bytes]:
    """The name in errors and the bytes of a photo that is given as a path, bytes or an open file.

    Raises PhotoError as :func:`contents` does.
    """
    if isinstance(source, str | os.PathLike):
        return _quoted(source), contents(source, max_bytes=max_bytes)
    if isinstance(source, bytes | bytearray | memoryview):
        _require_bytes(len(source), "the photo", max_bytes)
        return "the photo", bytes(source)
    return "the open file", _drained(source, "the open file", max_bytes)


def contents(path: str | os.PathLike[str], *, max_bytes: int) -> bytes:
    """The bytes of a photo's file; raises PhotoError for what is missing, unreadable, too large or no plain file.

    Inside `Budget.keeping` it is read when there is room for it.
    """
    name = _quoted(path)
    try:
        status = os.stat(path)
        if not stat.S_ISREG(status.st_mode):  # opening a pipe would wait for a writer, a device might never end
            kind = "a folder" if stat.S_ISDIR(status.st_mode) else "a pipe, socket or device"
            raise refusal(name, found=kind, wanted="the file of a photo", remedy="name a file")
        _require_bytes(status.st_size, name, max_bytes)
        BUDGET.hold(status.st_size)
        with open(path, "rb") as file:
            return _drained(file, name, max_bytes)
    except (FileNotFoundError, NotADirectoryError) as error:
        raise PhotoError(f"cannot read {name}: there is no such file; check the path") from error
    except (OSError, ValueError) as error:  # ValueError: a path with a NUL character
        found, remedy = getattr(error, "strerror", None) or str(error), "check the path and its permissions"
        raise refusal(name, found=f"no readable file ({found})", wanted=READABLE, remedy=remedy) from error


def _require_bytes(count: int, name: str, max_bytes: int) -> None:
    if count > max_bytes:
        raise refusal(
            name,
            found=f"{count / 1e6:.1f} MB or more",
            wanted=f"at most {max_bytes / 1e6:.1f} MB",
            remedy="save it smaller, or raise max_bytes if you trust it",
        )


def _drained(file: BinaryIO, name: str, max_bytes: int) -> bytes:
    """Reads what an open file still holds, in steps so that an endless one is noticed at the limit."""
    data = io.BytesIO()  # which grows in place, and whose value is no copy
    try:
        while chunk := file.read(_STEP):
            data.write(chunk)
            _require_bytes(data.tell(), name, max_bytes)
    except TypeError as error:  # str is not written among bytes
        raise refusal(name, found="text", wanted="bytes", remedy='open it with "rb"') from error
    except (OSError, ValueError) as error:
        remedy = "open it again and pass it unread"
        raise refusal(name, found=f"no readable file ({error})", wanted=READABLE, remedy=remedy) from error
    return data.getvalue()


def _quoted(path: str | os.PathLike[str]) -> str:
    return repr(os.fspath(path))
