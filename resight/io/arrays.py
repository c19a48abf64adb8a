"""Archives of plain arrays (.npz), read without trusting what they claim."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import IO, Final

import numpy as np

from resight.errors import ModelError
from resight.types import Array

LARGEST: Final = 64 * 2**20
"""Bytes of all arrays of an archive, unpacked."""

_NUMBERS: Final = "biuf"
"""Kinds of NumPy's types that are numbers; text, dates and records are not, and objects would be unpickled."""

_HEADERS: Final = {(1, 0): np.lib.format.read_array_header_1_0, (2, 0): np.lib.format.read_array_header_2_0}
"""Readers of a header, by the version of the format; later ones are for names of fields, which records have."""


def read(path: Path, *, largest: int = LARGEST) -> dict[str, Array]:
    """The arrays of a .npz by name; raises ModelError, naming the entry, for anything but whole arrays of numbers.

    Nothing is unpickled, and no more is unpacked than ``largest`` bytes: a small file may claim any size.
    """
    where = ""
    try:
        with zipfile.ZipFile(path) as archive:
            entries = archive.infolist()
            if (size := sum(entry.file_size for entry in entries)) > largest:
                raise ModelError(f"{path} unpacks to {size:,} bytes; wanted {largest:,} at most: make it again")
            found = {}
            for entry in entries:
                where = f"{entry.filename[:60]!r}: "
                with archive.open(entry) as file:
                    found[entry.filename.removesuffix(".npy")] = _array(file, entry.file_size)
            return found
    except ModelError:
        raise
    except Exception as error:  # for damaged bytes the readers of zip and of headers raise whatever comes
        raise ModelError(f"{path} is not an archive of plain arrays ({where}{error}): make it again") from error


def _array(file: IO[bytes], size: int) -> Array:
    """The array of an entry of ``size`` bytes, its header checked before anything is made of it."""
    version = np.lib.format.read_magic(file)
    if version not in _HEADERS:
        raise ValueError(f"version {version} of the format")
    shape, fortran, dtype = _HEADERS[version](file)
    if dtype.kind not in _NUMBERS:
        raise ValueError(f"{dtype} in place of numbers")
    count = int(np.prod(shape, dtype=object))
    if count * dtype.itemsize != (held := size - file.tell()):
        raise ValueError(f"{held:,} bytes for the shape {shape} of {dtype}")
    array = np.frombuffer(file.read(), dtype, count)
    return array.reshape(shape, order="F" if fortran else "C").copy(order="K")
