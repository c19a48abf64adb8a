"""A new gallery file: whole under its name, or not there."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path
from sqlite3 import Connection

from resight.errors import GalleryError
from resight.io.files import beside, sync_folder
from resight.types import EncoderCard

from .connection import connect
from .drive import COMPANIONS
from .errors import explained
from .schema import initialise


def create(path: Path, encoders: Sequence[EncoderCard]) -> None:
    """Create an empty gallery of these encoders; the caller holds the writer's lock.

    Raises GalleryError where the file exists already, there is no encoder, or two share a fingerprint.
    """
    fingerprints = [card.fingerprint for card in encoders]
    if not fingerprints or len(set(fingerprints)) < len(fingerprints):
        raise GalleryError(f"{path} cannot be made for the encoders {fingerprints}; wanted one or more, each once")
    put(path, lambda connection: initialise(connection, encoders))


def put(path: Path, fill: Callable[[Connection], None]) -> None:
    """Make a file of what ``fill`` writes into it, under its name when it is whole; the caller holds the writer's lock.

    Raises GalleryError where the file exists already.
    """
    if path.exists():
        raise GalleryError(f"{path} exists already: open it to add photos, or choose another name")
    new = beside(path, "new")
    with explained(path):
        # Of a gallery that was deleted, or a founding that was killed: SQLite would replay a stranger's log.
        for leftover in (*(beside(path, end) for end in COMPANIONS), *_files(new)):
            leftover.unlink(missing_ok=True)
        try:
            with closing(connect(new, "mode=rwc")) as connection:
                fill(connection)
            new.replace(path)
        finally:  # what did not become a gallery, and what a drive that cannot map shared memory leaves open
            delete(new)
    sync_folder(path.parent)


def delete(path: Path) -> None:
    """Delete a gallery file, if it is there, with what lies beside it."""
    for file in _files(path):
        file.unlink(missing_ok=True)


def _files(path: Path) -> tuple[Path, ...]:
    """A gallery file and all that may lie beside it."""
    return path, *(beside(path, end) for end in COMPANIONS)
