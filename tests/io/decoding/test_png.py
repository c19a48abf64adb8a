"""Transparent colours of PNGs of every depth."""

from __future__ import annotations

import struct
import zlib
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from resight.io.decoding.decoder import decode

Array = npt.NDArray[Any]


def _png(samples: Array, depth: int, transparent: Array | None = None) -> bytes:
    """Grey ``(h, w)`` or RGB ``(h, w, 3)`` samples of so many bits, by hand: Pillow writes no grey of 2 or 4."""
    rows = samples.reshape(len(samples), -1)
    bits = (rows[..., None] >> np.arange(depth)[::-1] & 1).astype(np.uint8).reshape(len(rows), -1)
    pixels = b"".join(b"\0" + np.packbits(row).tobytes() for row in bits)
    colour = 0 if samples.ndim == 2 else 2
    parts = [(b"IHDR", struct.pack(">IIBBBBB", samples.shape[1], samples.shape[0], depth, colour, 0, 0, 0))]
    if transparent is not None:
        parts.append((b"tRNS", transparent.astype(">u2").tobytes()))
    parts += [(b"IDAT", zlib.compress(pixels)), (b"IEND", b"")]
    chunks = [
        struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body)) for name, body in parts
    ]
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


@pytest.mark.parametrize("keyed", [False, True])
@pytest.mark.parametrize(("depth", "channels"), [(1, 1), (2, 1), (4, 1), (8, 1), (16, 1), (8, 3), (16, 3)])
def test_samples_and_the_transparent_colour_have_one_scale(
    rng: np.random.Generator, depth: int, channels: int, keyed: bool
) -> None:
    white = 2**depth - 1
    samples = rng.integers(0, white + 1, (6, 8, channels))
    wanted = np.rint(np.broadcast_to(samples, (6, 8, 3)) / white * 255)
    colour = samples[0, 0]
    if keyed:
        wanted[(samples == colour).all(2)] = 255
    data = _png(samples[..., 0] if channels == 1 else samples, depth, colour if keyed else None)
    assert np.abs(decode(data, "photo", max_pixels=100)[0] - wanted).max() <= 1
