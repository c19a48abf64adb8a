"""Remedies for a gallery that is damaged, or that other encoders made: errors and commands."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from resight.errors import GalleryError

RESTORE: Final = "restore it from a copy, or move it away and index again"
"""Advice on a damaged gallery."""


def damaged(location: str | Path, what: str, *, remedy: str = RESTORE) -> GalleryError:
    """The error for content that is not what was once written."""
    return GalleryError(f"{location} is damaged: {what}: {remedy}")


def rebuild(location: str | Path, *, encoders: Sequence[str] = (), roots: Sequence[str] = ()) -> str:
    """The command that makes a gallery anew from the folders of its photos, by its own encoders or by others."""
    folders = " ".join(map(shlex.quote, roots)) or "FOLDER"
    by = "".join(f" --encoder {shlex.quote(encoder)}" for encoder in encoders)
    return f"`resight index {folders} -g {shlex.quote(str(location))}{by} --rebuild`"
