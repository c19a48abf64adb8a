"""What the header of a JPEG says of how it is stored: its kind, its size, and what its decoding will cost.

ISO/IEC 10918-1 (ITU-T T.81), annex B. Nothing is decoded here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

DRAFTS: Final = (8, 4, 2)
"""The divisors at which a JPEG decodes by leaving out frequencies (libjpeg's scaled inverse DCT)."""

LARGEST: Final = 8
"""How many times the pixels that may be decoded a JPEG may have, where it is decoded smaller: its time grows all the
same, by a second for some hundred megapixels."""

MAX_COEFFICIENTS: Final = 400_000_000
"""Bytes of coefficients that may be held at once: all of a photo's, where its scans hold a part of each block."""

_FRAMES: Final = {0xC0 + code for code in range(16)} - {0xC4, 0xC8, 0xCC}
"""Markers of a frame's header, SOF0 to SOF15; among them lie those of the Huffman tables, JPG and DAC."""

_BARE: Final = {0x00, 0x01, *range(0xD0, 0xDA), 0xFF}
"""Markers that no length follows (table B.1), padding among them."""

_SCAN: Final = 0xDA


@dataclass(frozen=True, slots=True)
class Frame:
    """A JPEG's frame: all its pixels.

    Attributes
    ----------
    marker : the second byte of its marker, 0xC0 for a baseline JPEG to 0xCF.
    size : (width, height) in pixels.
    sampling : per component, its samples across and down for the largest component's.
    scan : offset of the first scan's marker.
    separate : whether the first scan holds fewer components than there are: others follow.
    """

    marker: int
    size: tuple[int, int]
    sampling: tuple[tuple[int, int], ...]
    scan: int
    separate: bool

    @property
    def lossless(self) -> bool:
        """Stored without frequencies, so that it cannot be decoded smaller."""
        return self.marker in (0xC3, 0xC7, 0xCB, 0xCF)

    @property
    def arithmetic(self) -> bool:
        """Coded arithmetically: hundreds of equal blocks then take less than a byte."""
        return self.marker > 0xC8

    @property
    def coefficients(self) -> int:
        """Bytes that libjpeg holds of coefficients, 16 bits each: none where one scan holds all of each block."""
        if self.lossless or not (self.separate or self.marker in (0xC2, 0xC6, 0xCA, 0xCE)):
            return 0
        widest, highest = (max(counts) for counts in zip(*self.sampling, strict=True))
        blocks = sum(
            -(-self.size[0] * across // (8 * widest)) * -(-self.size[1] * down // (8 * highest))
            for across, down in self.sampling
        )
        return 128 * blocks

    def divisor(self, long_side: int | None, max_pixels: int) -> int:
        """What width and height are divided by when decoding: 8, 4, 2 or 1.

        The largest that leaves twice ``long_side``, so that a filter has pixels to average, and the smallest where
        there is no ``long_side``. More than ``max_pixels`` are not decoded, as long as ``long_side`` is left.
        """
        divisors = (1,) if self.lossless else (*DRAFTS, 1)
        allowed = [divisor for divisor in divisors if self.divided(divisor)[0] * self.divided(divisor)[1] <= max_pixels]
        smallest = allowed[-1] if allowed else 1
        if long_side is None:
            return smallest
        enough = (divisor for divisor in allowed if max(self.size) // divisor >= 2 * long_side)
        return next(enough, smallest if max(self.size) // smallest >= long_side else 1)

    def divided(self, divisor: int) -> tuple[int, int]:
        """(width, height) as it is decoded then: rounded up."""
        return -(-self.size[0] // divisor), -(-self.size[1] // divisor)


def frame(data: bytes) -> Frame:
    """The frame of a JPEG; raises ValueError where there is none before the first scan."""
    at, found = 2, None
    while at + 4 <= len(data):
        if data[at] != 0xFF or data[at + 1] in _BARE:
            if (at := data.find(b"\xff", at + 1)) < 0:
                break
            continue
        marker, segment = data[at + 1], data[at + 4 : at + 2 + int.from_bytes(data[at + 2 : at + 4], "big")]
        if marker == _SCAN and found is not None:
            return Frame(*found, scan=at, separate=segment[0] < len(found[2]))
        if marker in _FRAMES:
            found = marker, (_short(segment, 3), _short(segment, 1)), _sampling(segment)
        at += 4 + len(segment)
    raise ValueError("a JPEG without pixels")


def _short(segment: bytes, at: int) -> int:
    return int.from_bytes(segment[at : at + 2], "big")


def _sampling(segment: bytes) -> tuple[tuple[int, int], ...]:
    return tuple((pair >> 4, pair & 15) for pair in segment[7::3][: segment[5]])
