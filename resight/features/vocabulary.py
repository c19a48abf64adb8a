"""Vocabulary of the classical encoder: numbers fitted once on everyday photos, and shipped."""

from __future__ import annotations

import hashlib
import zipfile
import zlib
from dataclasses import dataclass, fields
from functools import cached_property
from importlib import resources
from pathlib import Path
from typing import Any

import numpy as np

from resight.errors import ModelError
from resight.types import Array

SHIPPED = "vocabulary.npz"
_BROKEN = (
    *(OSError, EOFError, KeyError, IndexError, TypeError, ValueError, RuntimeError, MemoryError),
    *(zipfile.BadZipFile, zlib.error),
)
"""Errors of reading anything but such an archive; a lone array, too, is a file that NumPy loads."""


@dataclass(frozen=True, eq=False)
class Vocabulary:
    """The arrays of the classical encoder, fitted by ``resight recipe vocabulary`` on everyday photos.

    Attributes
    ----------
    mean : (128,) of rootSIFT.
    projection : (128, 64) principal axes, largest variance first.
    reach : codes span [-reach, reach] of a projected coordinate in 256 steps.
    cells : (w, 64) uint8 codes of the inverted file's cells, which are also the words of the bag of words.
    idf : (w,) inverse document frequency of each cell, natural log.
    vlad : (128, 64) float32 centroids of VLAD in projected coordinates.

    Raises ModelError where the arrays do not fit each other.
    """

    mean: Array
    projection: Array
    reach: float
    cells: Array
    idf: Array
    vlad: Array

    def __post_init__(self) -> None:
        inputs, channels, words = len(self.mean), self.projection.shape[-1], len(self.cells)
        wanted = ((inputs,), (inputs, channels), (words, channels), (words,), (len(self.vlad), channels))
        found = tuple(array.shape for array in (self.mean, self.projection, self.cells, self.idf, self.vlad))
        if found != wanted or not self.reach > 0:
            raise ModelError(
                f"a vocabulary has mean, projection, cells, idf and vlad of {found}, and reach {self.reach}; "
                f"wanted {wanted} and more than 0: fit it again with `resight recipe vocabulary`"
            )

    @cached_property
    def fingerprint(self) -> str:
        """Hash of every array; equal fingerprints give equal codes."""
        digest = hashlib.blake2b(digest_size=8)
        for field in fields(self):
            digest.update(np.ascontiguousarray(getattr(self, field.name), dtype="<f4").tobytes())
        return digest.hexdigest()

    def encode(self, descriptors: Array) -> Array:
        """RootSIFT ``(m, 128)`` to codes ``(m, 64)`` uint8."""
        return coded((descriptors - self.mean) @ self.projection, self.reach)

    def decode(self, codes: Array) -> Array:
        """Codes ``(m, 64)`` back to projected coordinates, float32."""
        return ((codes.astype(np.float32) / 127.5 - 1) * self.reach).astype(np.float32)

    def save(self, path: Path) -> None:
        """Write the arrays as ``.npz``."""
        arrays: dict[str, Any] = {field.name: np.asarray(getattr(self, field.name)) for field in fields(self)}
        with path.open("wb") as writing:  # a file and not a name, to which NumPy would add .npz
            np.savez_compressed(writing, **arrays)


def coded(projected: Array, reach: float) -> Array:
    """Projected coordinates to 8-bit codes; what lies beyond ``reach``, one in two hundred, is clipped."""
    return np.clip(np.rint((projected / reach + 1) * 127.5), 0, 255).astype(np.uint8)


def load(path: Path | None = None) -> Vocabulary:
    """The vocabulary in ``path``, by default the one that ships; raises ModelError for what is none."""
    if path is None:
        with resources.as_file(resources.files(__package__) / SHIPPED) as shipped:
            return load(shipped)
    try:
        # Opened here, because NumPy leaves a broken file open.
        with path.open("rb") as file, np.load(file, allow_pickle=False) as arrays:
            values = {field.name: arrays[field.name] for field in fields(Vocabulary)}
        return Vocabulary(**{**values, "reach": values["reach"].item()})
    except _BROKEN as error:
        raise ModelError(
            f"{path} is not a vocabulary ({error}); wanted the .npz that `resight recipe vocabulary` writes. "
            "Reinstall resight, or fit it again."
        ) from error
