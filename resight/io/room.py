"""Room on a disk, asked for before a file is mapped: a full disk would end the process without a word."""

from __future__ import annotations

import shutil
from pathlib import Path

from resight.errors import DatasetError


def require(folder: Path, wanted: int, what: str, remedy: str) -> None:
    """Raises DatasetError where the disk of ``folder`` has fewer than ``wanted`` bytes left for ``what``."""
    if (free := shutil.disk_usage(folder).free) < wanted:
        raise DatasetError(
            f"{what} need {wanted / 1e6:.0f} MB, and the disk of {str(folder)!r} has {free / 1e6:.0f} MB "
            f"left: make room, {remedy}, or name a folder elsewhere"
        )
