"""Fingerprints of photos' looks, kept by content, so that a second audit decodes nothing."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np

from resight.errors import ModelError, PhotoError, TrainingError
from resight.io import arrays, images
from resight.io.datasets.entries import Entry
from resight.io.files import write_whole
from resight.progress import Job, Progress
from resight.search.describe import THUMBNAIL
from resight.types import Array

LARGEST: Final = 1 << 28
"""Bytes of a file of fingerprints that is read."""


def fingerprints(entries: Sequence[Entry], keys: Sequence[bytes], file: Path) -> Job[Array]:
    """Fingerprints ``(n,)`` uint64 of photos' looks by the ``keys`` of their content, all of one length; those that the
    ``file`` lacks are found and added to it. A photo that cannot be read has the print 0, which is near to none.

    Raises TrainingError for a file that is damaged or cannot be written.
    """
    known = _kept(file)
    lacking = {key: entry for key, entry in zip(keys, entries, strict=True) if key not in known}
    for done, (key, entry) in enumerate(lacking.items(), 1):
        try:
            known[key] = images.fingerprint(entry.photo(long_side=THUMBNAIL).image)
        except PhotoError:
            known[key] = np.uint64(0)
        yield Progress("looks", done, len(lacking))
    if lacking:
        _keep(file, known)
    return np.array([known[key] for key in keys], np.uint64)


def _kept(file: Path) -> dict[bytes, np.uint64]:
    if not file.is_file():
        return {}
    try:
        kept = arrays.read(file, largest=LARGEST)
        return dict(zip(map(bytes, kept["keys"]), kept["prints"].astype(np.uint64), strict=True))
    except (ModelError, KeyError, ValueError) as error:
        raise TrainingError(
            f"{str(file)!r} holds no fingerprints ({error}): remove it, and they are found again"
        ) from error


def _keep(file: Path, known: dict[bytes, np.uint64]) -> None:
    keys = np.array([np.frombuffer(key, np.uint8) for key in known])
    prints = np.array([*known.values()], np.uint64)

    def write(unfinished: Path) -> None:
        with unfinished.open("wb") as writing:
            np.savez(writing, keys=keys, prints=prints)

    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        write_whole(file, write)
    except OSError as error:
        raise TrainingError(
            f"{str(file)!r} cannot be written ({error.strerror}): make room, and run it again"
        ) from error
