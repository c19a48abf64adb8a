"""MNIST as it is handed around: four files in Yann LeCun's IDX format, packed by gzip or not."""

from __future__ import annotations

import gzip
import hashlib
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from resight.errors import DatasetError
from resight.types import Array

FILES: Final = {
    "train-images-idx3-ubyte": "6bbc9ace898e44ae57da46a324031adb",
    "train-labels-idx1-ubyte": "a25bea736e30d166cdddb491f175f624",
    "t10k-images-idx3-ubyte": "2646ac647ad5339dbf082846283269ea",
    "t10k-labels-idx1-ubyte": "27ae3e4e09519cfbb04c329615203637",
}
"""MD5 of each file's unpacked content: other data sets, such as Fashion-MNIST, have files of the same names."""

SIDE: Final = 28
"""Side of an image, in pixels."""

CLASSES: Final = 10

_BYTES: Final = 8
"""The type of an IDX file's elements: unsigned bytes."""


@dataclass(frozen=True, slots=True, eq=False)
class Digits:
    """Handwritten digits, white on black: ``images (n, 28, 28)`` uint8 and ``labels (n,)`` from 0 to 9, int64."""

    images: Array
    labels: Array

    def __len__(self) -> int:
        return len(self.labels)


def read(folder: Path) -> tuple[Digits, Digits]:
    """The 60,000 digits to learn from and the 10,000 to test on, as they are in the four files of a folder.

    Raises DatasetError for files that are missing, damaged, or those of another data set.
    """
    found = {name: _file(folder, name) for name in FILES}
    if missing := [name for name, file in found.items() if file is None]:
        where = "has none of MNIST's files" if len(missing) == len(FILES) else f"lacks {', '.join(missing)}"
        raise DatasetError(
            f"{str(folder)!r} {where}; wanted {', '.join(f'{name}.gz' for name in FILES)}, packed or unpacked: "
            "download the four and put them there"
        )
    arrays = {name: _checked(file, name) for name, file in found.items() if file is not None}
    learned, tested = (
        Digits(arrays[f"{part}-images-idx3-ubyte"], arrays[f"{part}-labels-idx1-ubyte"].astype(np.int64))
        for part in ("train", "t10k")
    )
    return learned, tested


def _file(folder: Path, name: str) -> Path | None:
    """The file as it is downloaded or unpacked; some tools write a point for the last hyphen but one."""
    names = (name, name.replace("-idx", ".idx"))
    places = (folder / f"{each}{suffix}" for each in names for suffix in (".gz", ""))
    return next((place for place in places if place.is_file()), None)


def _checked(file: Path, name: str) -> Array:
    data = _unpacked(file)
    found = hashlib.md5(data, usedforsecurity=False).hexdigest()
    if found != FILES[name]:
        raise DatasetError(
            f"the content of {str(file)!r} has the MD5 {found}; wanted {FILES[name]}, MNIST's: it is damaged or of "
            "another data set; download it again"
        )
    return parse(data, str(file))


def _unpacked(file: Path) -> bytes:
    try:
        data = file.read_bytes()
        return gzip.decompress(data) if file.suffix == ".gz" else data
    except (OSError, EOFError, zlib.error) as error:
        raise DatasetError(f"{str(file)!r} cannot be read whole ({error}): download it again") from error


def parse(data: bytes, name: str) -> Array:
    """The array of bytes of an IDX file: two zeros, the type, the number of dimensions, their sizes, the elements.

    Raises DatasetError for another type, and for more or fewer elements than the sizes say.
    """
    head = np.frombuffer(data[:4], np.uint8)
    if len(head) < 4 or head[0] or head[1] or head[2] != _BYTES:
        raise DatasetError(f"{name!r} begins with {data[:4].hex() or 'nothing'}; wanted 000008, an IDX file of bytes")
    start = 4 + 4 * int(head[3])
    sizes = tuple(np.frombuffer(data[4 : min(start, len(data) // 4 * 4)], ">u4").tolist())
    if len(sizes) != head[3] or len(data) != start + int(np.prod(sizes, dtype=np.int64)):
        raise DatasetError(f"{name!r} has {len(data)} bytes for sizes {sizes}; wanted all of it: download it again")
    return np.frombuffer(data, np.uint8, offset=start).reshape(sizes)
