"""The blob format against a slow reader written from its description, and every way to damage a blob."""

from __future__ import annotations

import json
import struct
import zlib
from typing import Any

import numpy as np
import pytest

from resight.errors import GalleryError
from resight.gallery.sqlite.packing import pack, unpack, unpack_rows

DTYPES = ["bool", "i1", "u1", "i2", "u2", "i4", "u4", "i8", "u8", "f2", "f4", "f8", ">i4", ">f8"]
SHAPES: list[tuple[int, ...]] = [(), (0,), (1,), (7,), (3, 0, 2), (4, 5), (2, 3, 4)]


def slow_unpack(blob: bytes) -> dict[str, list[Any]]:
    """Values of each array in row-major order, read number by number from the description of the format."""
    assert blob[:4] == b"rsgt"
    crc, length = struct.unpack("<II", blob[4:12])
    assert zlib.crc32(blob[8:]) == crc
    position, values = 12 + length, {}
    letters = {"b1": "?", "i1": "b", "u1": "B", "i2": "h", "u2": "H", "i4": "i", "u4": "I", "i8": "q", "u8": "Q"}
    letters |= {"f2": "e", "f4": "f", "f8": "d"}
    for name, dtype, shape in json.loads(blob[12:position]):
        while position % 16:
            assert blob[position] == 0
            position += 1
        values[name] = []
        count = 1
        for size in shape:
            count *= size
        for _ in range(count):
            letter = "<" + letters[dtype[1:]]
            values[name] += struct.unpack_from(letter, blob, position)
            position += struct.calcsize(letter)
    assert position == len(blob)
    return values


def some_array(dtype: str, shape: tuple[int, ...], rng: np.random.Generator) -> np.ndarray[Any, Any]:
    return np.asarray(rng.integers(0, 100, shape) % (2 if dtype == "bool" else 100)).astype(dtype)


@pytest.mark.parametrize("dtype", DTYPES)
def test_the_blob_is_what_its_description_says(dtype: str, rng: np.random.Generator) -> None:
    arrays = {f"array {shape}": some_array(dtype, shape, rng) for shape in SHAPES}
    assert slow_unpack(pack(arrays)) == {name: array.ravel().tolist() for name, array in arrays.items()}


@pytest.mark.parametrize("dtype", DTYPES)
def test_what_is_packed_comes_back(dtype: str, rng: np.random.Generator) -> None:
    arrays = {f"{shape}": some_array(dtype, shape, rng) for shape in SHAPES}
    found = unpack(pack(arrays))
    assert list(found) == list(arrays)
    for name, array in arrays.items():
        assert found[name].shape == array.shape
        assert found[name].dtype == array.dtype.newbyteorder("<")
        np.testing.assert_array_equal(found[name], array)


def test_infinities_nans_and_unusual_names_come_back() -> None:
    values = np.array([np.nan, np.inf, -np.inf, -0.0])
    (found,) = unpack(pack({'naïve "☃"\n': values})).values()
    assert found.tobytes() == values.tobytes()


@pytest.mark.parametrize("view", [np.s_[::2], np.s_[:, ::-1], np.s_[1:3, 2:4]])
def test_views_are_packed_as_their_copies(view: Any, rng: np.random.Generator) -> None:
    array = rng.random((6, 8))
    assert pack({"a": array[view]}) == pack({"a": array[view].copy()})
    assert pack({"a": array.T}) == pack({"a": array.T.copy()})


def test_nothing_is_a_blob_too() -> None:
    assert unpack(pack({})) == {}


def test_unpacked_arrays_are_aligned_views_that_cannot_be_written(rng: np.random.Generator) -> None:
    blob = pack({"a": rng.random(3), "bc": np.ones(5, np.uint8), "d": rng.random((2, 2))})
    for array in unpack(blob).values():
        assert array.flags.aligned
        assert not array.flags.writeable
        assert np.shares_memory(array, np.frombuffer(blob, np.uint8))


@pytest.mark.parametrize("array", [np.array([None]), np.array(["a"]), np.zeros(2, "i4,f4"), np.zeros(1, "M8[s]")])
def test_other_dtypes_are_refused(array: np.ndarray[Any, Any]) -> None:
    with pytest.raises(GalleryError, match=r"array 'odd' has dtype .*; wanted booleans, integers or floats"):
        pack({"odd": array})


def test_every_damaged_byte_is_found() -> None:
    blob = pack({"a": np.arange(3), "b": np.ones(2, np.float16)})
    for position in range(len(blob)):
        broken = bytearray(blob)
        broken[position] ^= 0x10
        with pytest.raises(GalleryError, match="damaged"):
            unpack(bytes(broken))


def test_every_missing_end_is_found() -> None:
    blob = pack({"a": np.arange(3)})
    for length in range(len(blob)):
        with pytest.raises(GalleryError, match="damaged"):
            unpack(blob[:length])
    with pytest.raises(GalleryError, match="checksum"):
        unpack(blob + b"\0")


@pytest.mark.parametrize(
    ("header", "buffers", "message"),
    [
        (b'[["a","|O8",[1]]]', bytes(8), "header that cannot be read"),
        (b'[["a","<f4",[-1]]]', b"", "header that cannot be read"),
        (b'[["a","<f4",[0,99999999999999999999]]]', b"", "header that cannot be read"),
        (b'[["a","<f4",[1.5]]]', b"", "header that cannot be read"),
        (b'[["a","<f4","12"]]', b"", "header that cannot be read"),
        (b'[["a","<f4"]]', b"", "header that cannot be read"),
        (b'[[["a"],"<f4",[1]]]', bytes(4), "header that cannot be read"),
        (b'{"a":1}', b"", "header that cannot be read"),
        (b"[" * 100_000, b"", "header that cannot be read"),
        (b"\xff", b"", "header that cannot be read"),
        (b'[["a","<f4",[2]]]', bytes(4), "damaged: found"),
        (b'[["a","<f4",[1]]]', bytes(8), "damaged: found"),
        (b'[["a","<f4",[1099511627776]]]', bytes(8), "damaged: found"),
    ],
)
def test_a_forged_header_with_a_right_checksum_is_refused(header: bytes, buffers: bytes, message: str) -> None:
    body = struct.pack("<I", len(header)) + header
    body += bytes(-(8 + len(body)) % 16) + buffers
    with pytest.raises(GalleryError, match=message):
        unpack(b"rsgt" + struct.pack("<I", zlib.crc32(body)) + body)


def test_a_header_longer_than_the_blob_is_refused() -> None:
    body = struct.pack("<I", 2**31) + b"[]"
    with pytest.raises(GalleryError, match="damaged: found 14 bytes"):
        unpack(b"rsgt" + struct.pack("<I", zlib.crc32(body)) + body)


@pytest.mark.parametrize("blob", [None, "rsgt", 3])
def test_what_is_no_bytes_is_refused(blob: Any) -> None:
    with pytest.raises(GalleryError, match="wanted bytes"):
        unpack(blob)


def test_what_is_unpacked_is_not_copied(rng: np.random.Generator) -> None:
    """So that 10,000 blobs of 80 KB a second are read, whatever else the machine does."""
    arrays = {"values": rng.integers(0, 256, (590, 128), np.uint8), "points": rng.random((590, 2), np.float32)}
    blob = pack(arrays)
    whole = np.frombuffer(blob, np.uint8)
    assert all(np.shares_memory(array, whole) for array in unpack(blob).values())


@pytest.mark.parametrize("dtype", DTYPES)
def test_many_alike_come_back_as_one_by_one(dtype: str, rng: np.random.Generator) -> None:
    arrays = [some_array(dtype, (7, 3), rng) for _ in range(5)]
    rows = unpack_rows([pack({"vector": array}) for array in arrays], "vector")
    assert rows is not None
    assert rows.dtype == unpack(pack({"vector": arrays[0]}))["vector"].dtype
    np.testing.assert_array_equal(rows, np.stack(arrays))


@pytest.mark.parametrize("at", range(3))
def test_one_that_is_not_like_the_others_is_left_to_be_named(at: int) -> None:
    """Damaged at any byte, of another kind, shape or name, or with another array beside it."""
    blobs = [pack({"vector": np.arange(4, dtype=np.float32) + row}) for row in range(3)]
    assert unpack_rows(blobs, "vector") is not None
    others: list[Any] = [bytes(blobs[at][:place] + bytes([blobs[at][place] ^ 1]) + blobs[at][place + 1 :])
                         for place in range(len(blobs[at]))]  # fmt: skip
    others += [b"", blobs[at][:-1], blobs[at] + b"\0", "text", None]
    others += [pack({"vector": np.arange(4, dtype=kind)}) for kind in (np.float16, np.float64, np.int32)]
    others += [pack({"vector": np.arange(shape, dtype=np.float32)}) for shape in (0, 3, 5)]
    four = np.arange(4, dtype=np.float32)
    others += [
        pack({}),
        pack({"victor": four}),
        pack({"vector": four.reshape(2, 2)}),
        pack({"vector": four, "b": four}),
    ]
    for other in others:
        assert unpack_rows([*blobs[:at], other, *blobs[at + 1 :]], "vector") is None
