"""Identity of photos: one number of their content and what is said of them, by which a set is known again."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from typing import Any

from .entries import Entry


def identity(photos: Iterable[tuple[Any, ...]]) -> str:
    """SHA-256 of photos, each a digest of its content and what else counts, whatever their order."""
    said = sorted((digest.hex(), *what) for digest, *what in photos)
    return hashlib.sha256(repr(said).encode()).hexdigest()


def labelled_identity(entries: Iterable[Entry], digests: Mapping[str, bytes]) -> str:
    """Identity of the entries that have a label, by content and label, wherever they lie and in whichever split.

    ``digests`` are by the entry's name. A trained model keeps that of what it learned, which an audit looks for.
    """
    return identity((digests[entry.name], entry.label) for entry in entries if entry.label is not None)
