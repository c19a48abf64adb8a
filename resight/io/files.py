"""Files on a disk: the room that one wants, and what lies beside it."""

from __future__ import annotations

import shutil
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
