"""Pickles of plain data: lists, dicts, numbers, strings and arrays of them; whatever else is in one is refused by name.

A pickle is a program. This reader lends it nothing but what builds such data: an array's own parts, checked as they
come, and no other function or class of Python's.
"""

from __future__ import annotations

import codecs
import io
import pickle
from pathlib import Path
from typing import Any, Final

import numpy as np

from resight.errors import DatasetError

LARGEST: Final = 1 << 28
"""Bytes of the largest pickle that is read: the ground truth of a million distractors takes some tens of megabytes."""


def read_plain(path: Path) -> Any:
    """The data inside a pickle; raises DatasetError for one that is damaged, too large, or holds anything else."""
    try:
        if (size := path.stat().st_size) > LARGEST:
            raise DatasetError(f"{str(path)!r} has {size:,} bytes: wanted a pickle of at most {LARGEST:,}")
        return _PlainUnpickler(io.BytesIO(path.read_bytes()), path).load()
    except DatasetError:
        raise
    except Exception as error:  # whatever a damaged program of a pickle runs into
        raise DatasetError(f"{str(path)!r} is no pickle that can be read ({error}): copy it again") from error


class _PlainUnpickler(pickle.Unpickler):
    """Finds what builds arrays, and nothing else."""

    def __init__(self, file: io.BytesIO, path: Path) -> None:
        super().__init__(file, encoding="latin1")  # as NumPy's arrays are written by Python 2
        self._path = path

    def find_class(self, module: str, name: str) -> Any:
        module = module.replace("numpy._core", "numpy.core").replace("__builtin__", "builtins")
        found = BUILDERS.get((module, name))
        if found is None:
            raise DatasetError(
                f"{str(self._path)!r} holds {module}.{name}, which is not read: wanted a pickle of lists, dicts, "
                "numbers, strings and arrays alone"
            )
        return found

    def persistent_load(self, pid: Any) -> Any:
        raise DatasetError(f"{str(self._path)!r} holds a reference to {pid!r} outside it, which is not read")


class _PlainArray(np.ndarray[Any, Any]):
    """An array that takes only the state of plain data."""

    def __setstate__(self, state: Any) -> None:
        _, shape, dtype, _, data = state
        _require_plain(dtype)
        wanted = int(np.prod([int(size) for size in shape], dtype=object))
        held = len(data) if dtype.kind == "O" else len(data) // max(dtype.itemsize, 1)
        if wanted != held:
            raise ValueError(f"an array of {wanted} has {held} values")
        super().__setstate__(state)


_ARRAY_CLASS: Final = object()
"""A stand-in for NumPy's class of arrays: nothing can be made of it but by an `_Array`."""


class _Array:
    """An empty array to be filled: what NumPy's own pickles begin with. Builders have no state that one could set."""

    __slots__ = ()

    def __call__(self, kind: Any, shape: Any, code: Any) -> Any:
        if kind is not _ARRAY_CLASS or shape != (0,) or code not in (b"b", "b"):
            raise ValueError("an array begins otherwise than NumPy's do")
        return _PlainArray((0,), np.int8)


class _ArrayOfBytes:
    """An array of its bytes, as pickles of protocol 5 have it."""

    __slots__ = ()

    def __call__(self, data: Any, dtype: Any, shape: Any, order: Any) -> Any:
        _require_plain(dtype)
        if dtype.kind == "O" or order not in ("C", "F"):
            raise ValueError("an array of bytes is written otherwise than by NumPy")
        return np.frombuffer(data, dtype).reshape(shape, order=order)


class _Dtype:
    __slots__ = ()

    def __call__(self, code: Any, *_: Any) -> Any:
        found = np.dtype(code, False, True)  # a copy: what follows in the pickle sets its byte order
        _require_plain(found)
        return found


class _Scalar:
    """A number or a string; never an object, of which NumPy would unpickle the bytes itself."""

    __slots__ = ()

    def __call__(self, dtype: Any, data: Any) -> Any:
        _require_plain(dtype)
        if dtype.kind == "O":
            raise ValueError("a scalar is an object")
        return np.frombuffer(data.encode("latin1") if isinstance(data, str) else data, dtype, count=1)[0].item()


class _Bytes:
    """Bytes, as Python 3 writes them in protocols below 3."""

    __slots__ = ()

    def __call__(self, text: Any, encoding: Any) -> bytes:
        if not isinstance(text, str) or encoding != "latin1":
            raise ValueError("bytes are written otherwise than by Python")
        return codecs.encode(text, "latin1")


class _NoBytes:
    """Bytes of which there are none, as Python 3 writes them in protocols below 3."""

    __slots__ = ()

    def __call__(self) -> bytes:
        return b""


def _require_plain(dtype: Any) -> None:
    if not isinstance(dtype, np.dtype) or dtype.kind not in "biufSUO" or dtype.hasobject != (dtype.kind == "O"):
        raise ValueError(f"an array of {dtype}, wanted one of numbers, strings or lists")


BUILDERS: Final[dict[tuple[str, str], object]] = {
    ("numpy.core.multiarray", "_reconstruct"): _Array(),
    ("numpy.core.multiarray", "scalar"): _Scalar(),
    ("numpy.core.numeric", "_frombuffer"): _ArrayOfBytes(),
    ("numpy", "ndarray"): _ARRAY_CLASS,
    ("numpy", "dtype"): _Dtype(),
    ("_codecs", "encode"): _Bytes(),
    ("builtins", "bytes"): _NoBytes(),
}
"""Names that a pickle may use, and what it gets for each."""
