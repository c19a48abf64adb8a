"""Arrays ⇄ bytes: one self-describing, checksummed blob of named arrays, without pickle.

A blob is, all numbers little-endian::

    "rsgt"    4 bytes
    crc32     uint32, of everything that follows it
    length    uint32, of the header in bytes
    header    JSON: [[name, dtype, shape], ...] in the order of the buffers
    buffers   row-major, each at the next multiple of 16 bytes from the start of the blob
"""

from __future__ import annotations

import json
import math
import struct
import zlib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

import numpy as np

from resight.errors import GalleryError
from resight.types import Array

MAGIC: Final = b"rsgt"
_PREFIX: Final = struct.Struct("<4sII")
_CHECKED: Final = 8
"""Offset of the first byte that the checksum is of."""
_ALIGNMENT: Final = 16
_CODES: Final = ("|b1", "|i1", "|u1", "<i2", "<u2", "<i4", "<u4", "<i8", "<u8", "<f2", "<f4", "<f8")
_DTYPES: Final[Mapping[str, np.dtype[Any]]] = {code: np.dtype(code) for code in _CODES}
"""Types that may be stored: plain numbers and truth values, so that no blob can ask for objects or for records."""


def pack(arrays: Mapping[str, Array]) -> bytes:
    """Packs named arrays of booleans, integers or floats; equal arrays in equal order give equal bytes.

    Raises GalleryError for an array of another dtype.
    """
    flat = {name: _little_endian(name, array) for name, array in arrays.items()}
    fields = [[name, flat[name].dtype.str, array.shape] for name, array in arrays.items()]
    header = json.dumps(fields, separators=(",", ":")).encode()
    parts: list[Any] = [struct.pack("<I", len(header)), header]
    end = _PREFIX.size + len(header)
    for array in flat.values():
        parts += [bytes(-end % _ALIGNMENT), array.view(np.uint8)]
        end += len(parts[-2]) + array.nbytes
    return b"".join([MAGIC, struct.pack("<I", _crc32(parts)), *parts])


def unpack(blob: bytes) -> dict[str, Array]:
    """The arrays of a blob by name, in their order: read-only views on ``blob``, nothing is copied.

    Raises GalleryError where the blob is not a whole and unchanged one.
    """
    length = _header_length(blob)
    arrays: dict[str, Array] = {}
    end = _PREFIX.size + length
    for name, dtype, shape in _fields(blob[_PREFIX.size : end]):
        start = end + -end % _ALIGNMENT
        count = math.prod(shape)
        end = start + count * dtype.itemsize
        if end > len(blob):
            break
        arrays[name] = np.frombuffer(blob, dtype, count, start).reshape(shape)
    if end != len(blob):
        raise GalleryError(f"packed arrays are damaged: found {len(blob)} bytes, the header announces {end} or more")
    return arrays


def unpack_rows(blobs: Sequence[bytes], name: str) -> Array | None:
    """The arrays ``(n, ...)`` of many blobs that hold one of this ``name`` each, as :func:`unpack` has them one by one.

    None where a blob is damaged, holds anything else, or an array of another kind or shape than the first.
    """
    try:
        [(found, array)] = unpack(blobs[0]).items()
    except (GalleryError, ValueError):
        return None
    start = len(blobs[0]) - array.nbytes
    header = blobs[0][_CHECKED:start]
    if found != name or not array.nbytes or not all(_is_alike(blob, blobs[0], header) for blob in blobs):
        return None
    buffers = np.frombuffer(b"".join(blobs), np.uint8).reshape(len(blobs), -1)[:, start:]
    return np.ascontiguousarray(buffers).view(array.dtype).reshape(len(blobs), *array.shape)


def _is_alike(blob: bytes, first: bytes, header: bytes) -> bool:
    """Whether a blob is whole, as long as the first, and has the same ``header``, from behind the checksum on."""
    if not isinstance(blob, bytes) or len(blob) != len(first):
        return False
    whole = blob[:4] == MAGIC and zlib.crc32(memoryview(blob)[_CHECKED:]) == int.from_bytes(blob[4:_CHECKED], "little")
    return whole and blob.startswith(header, _CHECKED)


def _little_endian(name: str, array: Array) -> Array:
    """The array flattened in row-major order and in the byte order of the format."""
    dtype = array.dtype.newbyteorder("<")
    if dtype.str not in _DTYPES:
        raise GalleryError(
            f"array {name!r} has dtype {array.dtype}; wanted booleans, integers or floats of 8 to 64 bits"
        )
    return np.ascontiguousarray(array, dtype=dtype).reshape(-1)


def _crc32(parts: list[Any]) -> int:
    crc = 0
    for part in parts:
        crc = zlib.crc32(part, crc)
    return crc


def _header_length(blob: bytes) -> int:
    """Length of the header, after magic, checksum and that length were found sound."""
    if not isinstance(blob, bytes):  # a damaged table can give text or nothing
        raise GalleryError(f"packed arrays are damaged: found {type(blob).__name__}, wanted bytes")
    if len(blob) < _PREFIX.size:
        raise GalleryError(f"packed arrays are damaged: found {len(blob)} bytes, wanted at least {_PREFIX.size}")
    magic, crc, length = _PREFIX.unpack_from(blob)
    if magic != MAGIC:
        raise GalleryError(f"packed arrays are damaged: they begin with {magic!r}, wanted {MAGIC!r}")
    found = zlib.crc32(memoryview(blob)[_CHECKED:])
    if found != crc:
        raise GalleryError(f"packed arrays are damaged: their checksum is {found:08x}, wanted {crc:08x}")
    return int(length)


def _fields(header: bytes) -> Iterator[tuple[str, np.dtype[Any], tuple[int, ...]]]:
    """Name, dtype and shape of each array. The checksum was right, so only a foreign writer gets a refusal here."""
    try:
        for name, code, shape in json.loads(header):
            if not isinstance(name, str) or not _is_shape(shape):
                raise ValueError(f"{name!r} of shape {shape!r}")
            yield name, _DTYPES[code], tuple(shape)
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        raise GalleryError(f"packed arrays have a header that cannot be read: {error}") from error


def _is_shape(shape: Any) -> bool:
    """Whether these are sizes that NumPy can reshape to, an empty array's sizes included."""
    sizes = isinstance(shape, list) and all(type(size) is int and size >= 0 for size in shape)
    return sizes and len(shape) <= 32 and math.prod(max(size, 1) for size in shape) < 2**48
