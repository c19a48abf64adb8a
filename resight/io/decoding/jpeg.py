"""Header of a JPEG: its kind, its size, and what its decoding will cost.

ISO/IEC 10918-1 (ITU-T T.81), annex B. Nothing is decoded here.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

DRAFTS: Final = (8, 4, 2)
"""The divisors at which a JPEG decodes by leaving out frequencies (libjpeg's scaled inverse DCT)."""

LARGEST: Final = 8
"""Factor of the pixels that may be decoded which a JPEG may have, where it is decoded smaller: its time grows all the
same, by a second for some hundred megapixels."""

MAX_COEFFICIENTS: Final = 400_000_000
"""Bytes of coefficients that may be held at once: all of a photo's, where its scans hold a part of each block."""

SEGMENTS: Final = 5_000
"""Segments before the first scan, which Pillow reads one by one: a colour profile of 288 MB has 4,400."""

STRAY: Final = 1 << 16
"""Bytes between them that stand for nothing, such as padding."""

_FRAMES: Final = {0xC0 + code for code in range(16)} - {0xC4, 0xC8, 0xCC}
"""Markers of a frame's header, SOF0 to SOF15; among them lie those of the Huffman tables, JPG and DAC."""

_BARE: Final = {0x00, 0x01, *range(0xD0, 0xDA), 0xFF}
"""Markers that no length follows (table B.1), padding among them."""

_OTHERS: Final = {
    **dict.fromkeys((0xC5, 0xC6, 0xC7, 0xCD, 0xCE, 0xCF, 0xDE), "a hierarchical JPEG"),
    0xCB: "a lossless JPEG that is coded arithmetically",
    0xF7: "a JPEG-LS photo",
}
"""Markers of a frame, of JPEG-LS or of a hierarchy of frames, that say what is not decoded."""

_SCAN, _INTERVAL = 0xDA, 0xDD


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
    numbers : per component, what the scans call it.
    interval : units between two restart markers as the first scan has them, or 0.
    """

    marker: int
    size: tuple[int, int]
    sampling: tuple[tuple[int, int], ...]
    scan: int
    separate: bool
    numbers: tuple[int, ...] = ()
    interval: int = 0

    @property
    def lossless(self) -> bool:
        """Stored without frequencies, so that it cannot be decoded smaller."""
        return self.marker in (0xC3, 0xC7, 0xCB, 0xCF)

    @property
    def progressive(self) -> bool:
        """Stored in scans that each bring a part of every block's bits."""
        return self.marker in (0xC2, 0xC6, 0xCA, 0xCE)

    @property
    def arithmetic(self) -> bool:
        """Coded arithmetically: hundreds of equal blocks then take less than a byte."""
        return self.marker > 0xC8

    @property
    def checkable(self) -> bool:
        """Whether decoding it a second time can tell that its last scan was cut off."""
        return not (self.progressive or self.arithmetic)

    @property
    def coefficients(self) -> int:
        """Bytes that libjpeg holds of coefficients, 16 bits each: none where one scan holds all of each block."""
        if self.lossless or not (self.separate or self.progressive):
            return 0
        return 128 * sum(self._blocks(across, down) for across, down in self.sampling)

    @property
    def unit(self) -> tuple[int, int]:
        """(width, height) in pixels of what a scan of all components codes at once."""
        widest, highest = (max(counts) for counts in zip(*self.sampling, strict=True))
        return 8 * widest, 8 * highest

    def units(self, components: tuple[int, ...]) -> int:
        """Number of units that a scan of these components codes (A.2): blocks, where it is of one alone."""
        if len(components) == 1 and components[0] in self.numbers:
            return self._blocks(*self.sampling[self.numbers.index(components[0])])
        return -(-self.size[0] // self.unit[0]) * -(-self.size[1] // self.unit[1])

    def _blocks(self, across: int, down: int) -> int:
        """Blocks of a component that has so many samples across and down."""
        return -(-self.size[0] * across // self.unit[0]) * -(-self.size[1] * down // self.unit[1])

    def divisor(self, long_side: int | None, max_pixels: int) -> int:
        """Divisor of width and height when decoding: 8, 4, 2 or 1.

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
    found, numbers, interval = None, b"", 0
    for marker, segment, at in segments(data):
        if marker == _SCAN and found is not None:
            separate = segment[0] < len(found[2])
            return Frame(*found, scan=at, separate=separate, numbers=tuple(numbers), interval=interval)
        if marker in _FRAMES:
            found = marker, (_short(segment, 3), _short(segment, 1)), _sampling(segment)
            numbers = segment[6::3][: segment[5]]
        if marker == _INTERVAL:
            interval = _short(segment, 0)
    raise ValueError("a JPEG without pixels")


def unread(data: bytes) -> str | None:
    """Name of a JPEG that libjpeg, or the plugin of Pillow 13 before it, does not decode."""
    for marker, segment, _ in segments(data):
        if marker in _OTHERS:
            return _OTHERS[marker]
        if marker in _FRAMES:
            if segment[0] != 8:
                return f"a JPEG of {segment[0]} bits"
            if segment[5] not in (1, 3, 4):
                return f"a JPEG of {segment[5]} colours"
            return None if _short(segment, 1) else "a JPEG that says its height behind its pixels (DNL)"
    return None


def segments(data: bytes) -> Iterator[tuple[int, bytes, int]]:
    """Marker, content and offset of each segment up to the first scan's header.

    Raises ValueError for more segments or padding than anyone writes.
    """
    at, count, stray = 2, 0, 0
    while count < SEGMENTS and stray <= STRAY:
        if at + 4 > len(data):
            return
        if data[at] != 0xFF or data[at + 1] in _BARE:
            following = data.find(b"\xff", at + 1)
            if following < 0:
                return
            stray += following - at
            at = following
            continue
        count += 1
        segment = data[at + 4 : at + 2 + int.from_bytes(data[at + 2 : at + 4], "big")]
        yield data[at + 1], segment, at
        if data[at + 1] == _SCAN:
            return
        at += 4 + len(segment)
    raise ValueError("a JPEG of more segments and padding before its pixels than cameras write")


def _short(segment: bytes, at: int) -> int:
    return int.from_bytes(segment[at : at + 2], "big")


def _sampling(segment: bytes) -> tuple[tuple[int, int], ...]:
    return tuple((pair >> 4, pair & 15) for pair in segment[7::3][: segment[5]])
