"""Arrays that a step made, kept beside what they were made of, so that stopped work need not make them again."""

from __future__ import annotations

import hashlib
import json
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from resight.errors import TrainingError
from resight.io.files import write_whole
from resight.types import Array


def digest_of(made_of: Mapping[str, Any]) -> str:
    """Eight letters that tell two such sets of plain text and numbers apart."""
    return hashlib.sha256(json.dumps(made_of, sort_keys=True).encode()).hexdigest()[:8]


def load_arrays(folder: Path, name: str, made_of: Mapping[str, Any]) -> dict[str, Array] | None:
    """The arrays of a step, or None where they have yet to be made of that.

    Raises TrainingError for a file that is damaged.
    """
    file = _file(folder, name, made_of)
    try:
        with file.open("rb") as stream, np.load(stream, allow_pickle=False) as found:
            return {key: found[key] for key in found.files}
    except FileNotFoundError:
        return None
    except (OSError, ValueError, EOFError, zipfile.BadZipFile) as error:
        raise TrainingError(
            f"{str(file)!r} holds no whole arrays ({error}): remove it, then run the same command again"
        ) from error


def save_arrays(folder: Path, name: str, made_of: Mapping[str, Any], arrays: Mapping[str, Array]) -> None:
    """Keep the arrays of a step, whole or not at all; raises TrainingError where the disk refuses."""
    file = _file(folder, name, made_of)

    def write(unfinished: Path) -> None:
        with unfinished.open("wb") as stream:
            np.savez(stream, **arrays)  # type: ignore[arg-type]

    try:
        folder.mkdir(parents=True, exist_ok=True)
        write_whole(file, write)
    except OSError as error:
        raise TrainingError(
            f"{str(file)!r} cannot be written ({error.strerror}): make room or name another folder, then run the same "
            "command again, which goes on from what is done"
        ) from error


def _file(folder: Path, name: str, made_of: Mapping[str, Any]) -> Path:
    return folder / f"{name}-{digest_of(made_of)}.npz"
