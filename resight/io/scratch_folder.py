"""A folder for the length of a run: gone with the run, and where the run is killed, gone with the next one."""

from __future__ import annotations

import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from resight.errors import GalleryError

from .lock import WriterLock

PREFIX: Final = "resight-run-"
YOUNG: Final = 60.0
"""Seconds in which a folder may be without its lock, because it is being made."""


@contextmanager
def scratch() -> Iterator[Path]:
    """A new folder, for this process alone; what killed runs of the same person have left behind is deleted."""
    _sweep(Path(tempfile.gettempdir()))
    with tempfile.TemporaryDirectory(prefix=PREFIX, ignore_cleanup_errors=True) as name:
        folder = Path(name)
        lock = WriterLock(_owner(folder), wait=0)
        try:
            yield folder
        finally:
            lock.release()


def _owner(folder: Path) -> Path:
    """The file that the run of a folder has locked."""
    return folder / "run"


def _sweep(place: Path) -> None:
    for folder in place.glob(f"{PREFIX}*"):
        # What belongs to somebody else cannot be locked, what is alive is.
        with suppress(OSError, GalleryError):
            if not folder.is_symlink() and time.time() - folder.stat().st_mtime > YOUNG:
                WriterLock(_owner(folder), wait=0).release()
                shutil.rmtree(folder)
