"""A seal on the small image of a photo: a checksum in a comment of the JPEG, of its pixels and of whose they are.

Flipped bits of a JPEG mostly decode to other pixels without a word. Readers that know of no seals pass over the
comment, and an image without one, as older galleries have it, is taken as it is.
"""

from __future__ import annotations

import struct
import zlib
from typing import Final

_COMMENT: Final = struct.Struct(">2sH4sI")
"""Marker, length from here on, who says so, checksum (ITU-T T.81, B.2.4.5)."""
_HEAD: Final = (b"\xff\xfe", _COMMENT.size - 2, b"rsgt")


def sealed(jpeg: bytes, owner: bytes) -> bytes:
    """A JPEG of JFIF with a seal that holds for this ``owner`` alone."""
    at = _place(jpeg)
    return jpeg[:at] + _COMMENT.pack(*_HEAD, _checksum(jpeg, owner)) + jpeg[at:]


def is_broken(jpeg: bytes, owner: bytes) -> bool:
    """Whether a JPEG has a seal that does not hold."""
    at = _place(jpeg)
    seal, rest = jpeg[at : at + _COMMENT.size], jpeg[:at] + jpeg[at + _COMMENT.size :]
    if len(seal) < _COMMENT.size:
        return False
    *head, checksum = _COMMENT.unpack(seal)
    return tuple(head) == _HEAD and checksum != _checksum(rest, owner)


def _place(jpeg: bytes) -> int:
    """Place of the seal: behind the first segment, which is JFIF's own."""
    return 4 + int.from_bytes(jpeg[4:6], "big")


def _checksum(jpeg: bytes, owner: bytes) -> int:
    return zlib.crc32(jpeg, zlib.crc32(owner))
