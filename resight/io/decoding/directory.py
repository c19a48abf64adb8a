"""The directories of a TIFF, or of EXIF: where they lie, and the tags that they list.

TIFF 6.0, section 2; BigTIFF. Each function raises struct.error for what is cut off.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

SIZES: Final = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4, 16: 8, 17: 8, 18: 8}
"""Bytes of a value by its type."""


@dataclass(frozen=True, slots=True)
class TiffForm:
    """The byte order, as `struct` spells it, and whether offsets have 64 bits."""

    order: str
    big: bool

    @property
    def offset(self) -> struct.Struct:
        """An offset, which is as long as the values that stand in a tag's entry itself."""
        return struct.Struct(self.order + ("Q" if self.big else "I"))

    @property
    def count(self) -> struct.Struct:
        """Number of tags of a directory."""
        return struct.Struct(self.order + ("Q" if self.big else "H"))

    @property
    def entry(self) -> struct.Struct:
        """A tag: its number, its type, its count of values, and one or more bytes of them or their offset."""
        return struct.Struct(self.order + ("HHQ8x" if self.big else "HHI4x"))

    @property
    def pointer(self) -> int:
        """Offset, from the header's start, at which it points to the first directory."""
        return 8 if self.big else 4


def form(data: bytes, at: int = 0) -> TiffForm:
    """Byte order and kind, classic or BigTIFF, that the header at ``at`` tells."""
    return TiffForm("<" if data[at : at + 1] == b"I" else ">", 43 in data[at + 2 : at + 4])


def first(data: bytes, at: int = 0) -> int:
    """Offset of the first directory from the start of the header at ``at``."""
    found = form(data, at)
    (start,) = found.offset.unpack_from(data, at + found.pointer)
    return int(start)


def end(data: bytes, at: int, form: TiffForm) -> int:
    """Offset at which the tags of the directory at ``at`` end, maybe behind the file; the next one's offset follows."""
    (count,) = form.count.unpack_from(data, at)
    return int(at + form.count.size + form.entry.size * count)


def entries(data: bytes, at: int, form: TiffForm) -> Iterator[tuple[int, int, int, int]]:
    """The tags of the directory at ``at``, as far as they are whole.

    Each is its number, its type, its count of values, and where these or their offset stand.
    """
    entry, held = form.entry, form.offset.size
    for place in range(at + form.count.size, min(end(data, at, form), len(data)) - entry.size + 1, entry.size):
        number, kind, length = entry.unpack_from(data, place)
        yield number, kind, length, place + entry.size - held
