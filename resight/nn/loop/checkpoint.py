"""Checkpoints: all that training needs to go on as if it had never stopped, whole or not at all."""

from __future__ import annotations

import io
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch

from resight.errors import TrainingError
from resight.io.files import write_whole


def save(content: Mapping[str, Any], file: Path) -> None:
    """Write tensors and plain containers; an older checkpoint is replaced only by a complete new one.

    Raises TrainingError where the disk is full or the folder cannot be written, and the older one is as it was.
    """
    stream = io.BytesIO()
    torch.save(dict(content), stream)
    replace(file, stream.getbuffer())


def replace(file: Path, data: bytes | memoryview) -> None:
    """Put ``data`` where ``file`` is, whole or not at all; raises TrainingError."""
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        write_whole(file, lambda unfinished: unfinished.write_bytes(data))
    except OSError as error:
        kept = "the older one there is intact" if file.exists() else "there is none yet"
        raise TrainingError(
            f"the checkpoint {str(file)!r} of {len(data) / 1e6:.0f} MB cannot be written ({error.strerror}); {kept}: "
            "make room or name another folder, then run the same command again"
        ) from error


def load(file: Path) -> dict[str, Any]:
    """A checkpoint's content, on the CPU; nothing in it is run. Raises TrainingError for a damaged file."""
    try:
        content = torch.load(file, map_location="cpu", weights_only=True)
    except Exception as error:  # for damaged bytes the unpickler raises whatever comes
        reason = next(iter(str(error).splitlines()), type(error).__name__)
        raise TrainingError(
            f"{str(file)!r} is no whole checkpoint ({reason}): remove it to begin again, or put a copy in its place"
        ) from error
    if not isinstance(content, dict):
        raise TrainingError(f"{str(file)!r} holds {type(content).__name__}; wanted a checkpoint: name another folder")
    return content
