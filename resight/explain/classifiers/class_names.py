"""The classes of a classifier in words."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from resight.errors import ModelError

LARGEST: Final = 16 * 2**20
"""Bytes of a file of names."""


def read(file: Path) -> list[str]:
    """A text file's lines, a class each; raises ModelError for what is no text, no file, or too large for names."""
    try:
        if file.exists() and not file.is_file():  # opening a pipe would wait for a writer, a device might never end
            raise ModelError(f"{file} is no file; wanted UTF-8 text with a class in each line: name it")
        if (size := file.stat().st_size) > LARGEST:
            raise ModelError(
                f"{file} has {size:,} bytes; wanted {LARGEST:,} at most, a class in each line: name another"
            )
        return file.read_text(encoding="utf-8").rstrip().splitlines()
    except UnicodeDecodeError as error:
        raise ModelError(f"{file} is no text ({error.reason}); wanted UTF-8 with a class in each line") from error
    except OSError as error:
        raise ModelError(f"{file} cannot be read ({error.strerror}): check the path and its permissions") from error


def name(target: int, classes: int, names: Sequence[str] | None) -> str:
    """A class of so many in words; by its number where there are none.

    Raises ModelError for a class that does not exist, and where there are more or fewer names than classes.
    """
    if not 0 <= target < classes:
        raise ModelError(
            f"class {target} does not exist: the network has {classes:,} classes; wanted one from 0 to {classes - 1}"
        )
    if names is None:
        return f"class {target}"
    if len(names) != classes:
        raise ModelError(
            f"{len(names):,} classes are named, and the network has {classes:,}; wanted a name in each line, in the "
            "order that the network was trained with"
        )
    return names[target]
