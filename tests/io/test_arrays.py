"""Archives of arrays: whole ones are read as NumPy reads them, and what only claims to be one is refused by name."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from resight.errors import ModelError
from resight.io import arrays

KINDS: dict[str, Any] = {
    "matrix": np.arange(6, dtype=np.float16).reshape(2, 3),
    "column by column": np.asfortranarray(np.arange(6).reshape(2, 3)),
    "number": np.float32(3),
    "empty": np.zeros((0, 4)),
    "answers": np.array([True, False]),
    "big end first": np.arange(3, dtype=">i4"),
}


@pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
def test_arrays_are_what_numpy_reads(save: Callable[..., None], tmp_path: Path) -> None:
    save(tmp_path / "a.npz", **KINDS)
    found = arrays.read(tmp_path / "a.npz")
    assert found.keys() == KINDS.keys()
    with np.load(tmp_path / "a.npz") as archive:
        for name, wanted in dict(archive).items():
            np.testing.assert_array_equal(found[name], wanted, strict=True)
            assert found[name].flags.f_contiguous == wanted.flags.f_contiguous
            assert found[name].flags.writeable


def _header(shape: str, kind: str = "<f4") -> bytes:
    """The beginning of an array's file that claims this shape and type."""
    text = f"{{'descr': '{kind}', 'fortran_order': False, 'shape': {shape}}}\n".encode()
    return b"\x93NUMPY\x01\x00" + len(text).to_bytes(2, "little") + text


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"abc", "EOF"),
        (b"\x93NUMPY\x09\x00", r"version \(9, 0\)"),
        (_header("(10**9,)"), "malformed"),
        (_header("(1000000000000,)") + bytes(40), r"40 bytes for the shape \(1000000000000,\) of float32"),
        (_header("(0, 99999999999999999999)"), "dimension"),
        (_header("(-2, -2)") + bytes(16), "dimension"),
        (_header("(2,)", "<U4") + bytes(32), r"<U4 in place of numbers"),
        (_header("(2,)", "|O") + bytes(16), r"object in place of numbers"),
    ],
)
def test_an_entry_that_is_no_array_of_its_size_is_refused_by_name(content: bytes, message: str, tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.npz", "w") as archive:
        archive.writestr("odd.npy", content)
    with pytest.raises(
        ModelError, match=rf"a\.npz is not an archive of plain arrays \('odd\.npy': .*{message}.*\): make"
    ):
        arrays.read(tmp_path / "a.npz")


def _alone() -> bytes:
    kept = io.BytesIO()
    np.save(kept, np.zeros(2))
    return kept.getvalue()


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", _alone()], ids=["nothing", "a beginning", "a lone array"])
def test_a_file_that_is_no_archive_is_refused(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "a.npz").write_bytes(content)
    with pytest.raises(ModelError, match=r"a\.npz is not an archive of plain arrays"):
        arrays.read(tmp_path / "a.npz")


def test_a_changed_byte_is_found(tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", a=np.zeros(1000))
    content = bytearray((tmp_path / "a.npz").read_bytes())
    content[4000] ^= 1
    (tmp_path / "a.npz").write_bytes(content)
    with pytest.raises(ModelError, match=r"'a\.npy': Bad CRC-32"):
        arrays.read(tmp_path / "a.npz")


def test_a_small_file_cannot_unpack_to_a_large_one(tmp_path: Path) -> None:
    np.savez_compressed(tmp_path / "a.npz", a=np.zeros(10_000, np.uint8))
    assert (tmp_path / "a.npz").stat().st_size < 400
    with pytest.raises(ModelError, match=r"a\.npz unpacks to 10,128 bytes; wanted 10,000 at most"):
        arrays.read(tmp_path / "a.npz", largest=10_000)
    assert arrays.read(tmp_path / "a.npz", largest=10_128)["a"].size == 10_000
