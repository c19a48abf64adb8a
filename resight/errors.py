"""Errors that a user may catch, and what they say.

    ResightError
    ├── PhotoError          a photo cannot be read: not an image, truncated, too large, lying header
    ├── DatasetError        a folder, metadata.csv or Parquet is not a data set
    ├── GalleryError        a gallery is corrupt, locked, read-only, or of another schema
    │   └── EncoderMismatch a gallery and an encoder do not belong together
    ├── ModelError          a model folder or a weight file is wrong
    ├── TrainingError       training cannot go on: no finite loss, a foreign checkpoint, a full disk
    ├── ShapeError          an array has another shape than the formula needs (also a ValueError)
    └── MissingExtra        a package outside the base install is wanted (also an ImportError)

Every message says what was wrong, what was found, what was wanted and what to do.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from typing import Final

from resight.names import nearest

_WITH_TORCH: Final = ("train", "explain", "all")
"""Extras that bring torch."""


class ResightError(Exception):
    """Anything that resight refuses, with a message for people."""


class PhotoError(ResightError):
    """A photo that cannot be read safely and completely."""


class DatasetError(ResightError):
    """A folder or table that does not describe photos and labels."""


class GalleryError(ResightError):
    """A gallery file that cannot be opened, read or written."""


class EncoderMismatch(GalleryError):
    """A gallery that was made by another encoder than the one that asks."""


class ModelError(ResightError):
    """A model folder, weight file or codebook that does not fit."""


class TrainingError(ResightError):
    """Training that cannot begin or go on."""


class ShapeError(ResightError, ValueError):
    """An array whose shape a formula cannot use."""


class MissingExtra(ResightError, ImportError):
    """A package that the base install does not bring."""

    def __init__(self, purpose: str, package: str, extra: str) -> None:
        advice = f'pip install "resight[{extra}]"'
        if extra in _WITH_TORCH and find_spec("torch") is None:
            advice += (
                ", which on Linux brings torch with gigabytes of CUDA; without an NVIDIA GPU install its CPU build "
                "first: pip install torch --index-url https://download.pytorch.org/whl/cpu"
            )
        super().__init__(f"{purpose} needs {package}: {advice}")


@contextmanager
def torch_wanted(purpose: str = "reading weights") -> Iterator[None]:
    """Name the extra to install, and what for, where torch or safetensors is absent."""
    try:
        yield
    except ModuleNotFoundError as error:
        missing = (error.name or "").partition(".")[0]
        if missing not in ("torch", "safetensors"):
            raise
        raise MissingExtra(purpose, missing, "train") from error


def suggestion(found: str, known: Iterable[str]) -> str:
    """``"; did you mean 'x'?"`` for the nearest known name, or nothing where none is near."""
    near = nearest(found, known)
    return f"; did you mean {near[0]!r}?" if near else ""
