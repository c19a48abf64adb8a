"""Opening of galleries: where one lies decides what keeps it; the one place where they are opened, made and deleted."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from resight.gallery.protocol import Gallery
from resight.gallery.sqlite import founding
from resight.gallery.sqlite.gallery import SqliteGallery
from resight.types import EncoderCard


def open_gallery(location: str | Path, *, write: bool = False, wait: float = 5.0) -> Gallery:
    """A gallery that exists, looked over quickly; its ``check`` does it thoroughly.

    Raises GalleryError where it is missing, foreign, damaged or made by a newer resight; and, to ``write``, where it is
    read-only or another writer does not end within ``wait`` seconds.
    """
    return SqliteGallery.open(location, write=write, wait=wait)


def create_gallery(location: str | Path, encoders: Sequence[EncoderCard], *, wait: float = 5.0) -> Gallery:
    """A new and empty gallery of these encoders, open for writing.

    Raises GalleryError where one is there already, or another writer does not end within ``wait`` seconds.
    """
    return SqliteGallery.create(location, encoders, wait=wait)


def delete_gallery(location: str | Path) -> None:
    """Delete a gallery that nobody uses, if it is there, with all that belongs to it."""
    founding.delete(Path(location))
