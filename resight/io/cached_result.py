"""Results that are kept beside what they were made of, so that stopped work need not do them again."""

from __future__ import annotations

import errno
import json
import os
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any, Final

from resight.errors import TrainingError

from .files import write_whole

_LATER: Final = ("content",)
"""Keys that older results lack of what they were made of."""


def load_cached(file: Path, made_of: Mapping[str, Any]) -> Any:
    """The result in a file, or None where there is none yet or it was made of something else.

    Raises TrainingError for a file that is damaged or cannot be read.
    """
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
        wanted = json.loads(json.dumps(made_of))
        found = {key: wanted[key] for key in _LATER if key in wanted} | content["made_of"]
        return content["result"] if found == wanted else None
    except FileNotFoundError:
        return None
    except (OSError, ValueError, TypeError, KeyError, RecursionError) as error:
        raise TrainingError(
            f"{str(file)!r} is no whole result ({type(error).__name__}: {error}): remove it, then run the same command "
            "again, which finds that result anew"
        ) from error


def save_cached(file: Path, made_of: Mapping[str, Any], result: Any) -> None:
    """Write a result of plain text and numbers, whole or not at all."""
    write_text(file, json.dumps({"made_of": made_of, "result": result}))


def require_place(file: Path) -> None:
    """Raises TrainingError where a file cannot be written: that is known at once, and not after hours."""
    try:
        if file.is_dir():
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
        file.parent.mkdir(parents=True, exist_ok=True)
        with TemporaryFile(dir=file.parent):
            pass
    except OSError as error:
        raise TrainingError(f"{str(file)!r} cannot be written ({error.strerror}): name another file") from error


def write_text(file: Path, text: str) -> None:
    """Write a text file, whole or not at all; raises TrainingError where the disk refuses."""
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        write_whole(file, lambda unfinished: unfinished.write_text(text, encoding="utf-8"))
    except OSError as error:
        raise TrainingError(
            f"{str(file)!r} cannot be written ({error.strerror}): make room or name another folder, then run the same "
            "command again, which goes on from what is done"
        ) from error
