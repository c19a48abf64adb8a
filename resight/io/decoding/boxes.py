"""Files made of parts that say their own length: PNG's chunks, RIFF's (WebP), and boxes of ISO base media (HEIC, AVIF).

PNG: ISO/IEC 15948, clause 5. RIFF: the WebP container specification. Boxes: ISO/IEC 14496-12, clauses 4.2 and 8.11.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

PIXELS: Final = frozenset({b"hvc1", b"hev1", b"av01", b"avc1"})
"""Kinds of items that are coded pixels, whose codes end in a one."""

MOST: Final = 100_000
"""Parts that a file may have: a PNG of 72 megapixels in pieces of 8 kB has 35,000."""

_NAME: Final = re.compile(rb"[A-Za-z]{4}")


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a file: its name, and where its content lies."""

    name: bytes
    start: int
    end: int


def png_chunks(data: bytes) -> Iterator[Part]:
    """The chunks of a PNG up to its end; raises ValueError where one is cut, damaged by its CRC, or nameless."""
    at = 8
    for _ in range(MOST):
        end = at + 8 + int.from_bytes(data[at : at + 4], "big")
        name = data[at + 4 : at + 8]
        if len(data) < end + 4 or not _NAME.fullmatch(name):
            raise ValueError("a PNG without an end, so a part of it is missing")
        if name == b"IDAT" and zlib.crc32(memoryview(data)[at + 4 : end]) != int.from_bytes(data[end : end + 4], "big"):
            raise ValueError("pixels of a PNG that are not those of its checksum")
        yield Part(name, at + 8, end)
        if name == b"IEND":
            return
        at = end + 4
    raise ValueError(f"a PNG of more than {MOST} chunks")


def riff_chunks(data: bytes, start: int = 12) -> Iterator[Part]:
    """The chunks of a WebP, as far as they are whole."""
    at = start
    for _ in range(MOST):
        end = at + 8 + int.from_bytes(data[at + 4 : at + 8], "little")
        if end > len(data) or end < at + 8:
            return
        yield Part(data[at : at + 4], at + 8, end)
        at = end + end % 2
    raise ValueError(f"a WebP of more than {MOST} chunks")


def pixel_extents(data: bytes) -> list[tuple[int, int]]:
    """(start, end) of each piece of coded pixels in a HEIC or AVIF, as far as its boxes tell."""
    meta = next((part for part in boxes(data, 0, len(data)) if part.name == b"meta"), None)
    if meta is None:
        return []
    inside = {part.name: part for part in boxes(data, meta.start + 4, meta.end)}
    if not {b"iinf", b"iloc"} <= set(inside):
        return []
    coded = _coded_items(data, inside[b"iinf"])
    return [piece for item, piece in _located(data, inside[b"iloc"]) if item in coded]


def boxes(data: bytes, at: int, stop: int) -> Iterator[Part]:
    """The boxes between two offsets; one that is cut ends where they do."""
    for _ in range(MOST):
        if at + 8 > stop:
            return
        size, name, head = int.from_bytes(data[at : at + 4], "big"), data[at + 4 : at + 8], 8
        if size == 1:
            size, head = int.from_bytes(data[at + 8 : at + 16], "big"), 16
        end = at + size if size else stop
        if size and size < head:
            return
        yield Part(name, at + head, min(end, stop))
        at = end
    raise ValueError(f"a file of more than {MOST} boxes")


def _coded_items(data: bytes, iinf: Part) -> set[int]:
    """Numbers of the items that are pixels."""
    found = set()
    for entry in boxes(data, iinf.start + (6 if data[iinf.start] == 0 else 8), iinf.end):
        version = data[entry.start] if entry.name == b"infe" else 0
        width = {2: 2, 3: 4}.get(version)
        if width is not None:
            at = entry.start + 4
            if data[at + width + 2 : at + width + 6] in PIXELS:
                found.add(int.from_bytes(data[at : at + width], "big"))
    return found


def _located(data: bytes, iloc: Part) -> Iterator[tuple[int, tuple[int, int]]]:
    """(item, (start, end)) of each extent that lies in the file itself (ISO/IEC 14496-12, 8.11.3)."""
    version, at = data[iloc.start], iloc.start + 4
    sizes = data[at] >> 4, data[at] & 15, data[at + 1] >> 4, data[at + 1] & 15 if version else 0
    wide = 4 if version == 2 else 2

    def number(width: int) -> int:
        nonlocal at
        if at + width > iloc.end:
            raise ValueError("a list of pieces that is cut short")
        at += width
        return int.from_bytes(data[at - width : at], "big")

    at += 2
    for _ in range(number(wide)):
        item, method = number(wide), number(2) & 15 if version else 0
        number(2)
        base = number(sizes[2])
        for _ in range(number(2)):
            number(sizes[3])
            offset, length = base + number(sizes[0]), number(sizes[1])
            if method == 0:
                yield item, (offset, offset + length if length else len(data))
