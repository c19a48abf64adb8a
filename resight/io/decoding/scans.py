"""The scans of a JPEG: how many there are, and whether they bring all of every coefficient.

libjpeg fills what is missing with grey and says so only in a warning that Pillow does not hand on. ITU-T T.81, annexes
B and G. Nothing is decoded here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np

from .jpeg import Frame

MOST: Final = 1000
"""Scans that a JPEG may have: libjpeg writes 10, optimisers a few more, and each is a pass over all blocks."""

FREE: Final = 20
"""Scans that any JPEG may have, however large: libjpeg writes 18 of CMYK."""

MAX_PASSES: Final = 500_000_000
"""Pixels × scans of a JPEG with more than FREE: each costs 0.1 to 7 nanoseconds."""

NOISE: Final = bytes((89 * at + at * at // 7) % 255 for at in range(512))
"""Bytes without a marker, to be read as codes where there are none."""

_MARKER: Final = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")
_RESTART: Final = re.compile(rb"\xff[\xd0-\xd7]")
_SCAN, _END, _INTERVAL = 0xDA, 0xD9, 0xDD


@dataclass(frozen=True, slots=True)
class Scan:
    """A pass over the blocks.

    Attributes
    ----------
    components : their numbers.
    first, last : the band of coefficients that it brings, of 0 to 63.
    low : the bit down to which it brings them.
    start, end : of its coded data.
    restarts : the markers among them, and how many there have to be.
    """

    components: tuple[int, ...]
    first: int
    last: int
    low: int
    start: int
    end: int
    restarts: tuple[int, int]


def scans(data: bytes, frame: Frame) -> list[Scan]:
    """Lists all scans up to the end marker; raises ValueError where there is none, or more scans than anyone writes."""
    found = []
    for scan in _walked(data, frame):
        found.append(scan)
        if len(found) > MOST or (len(found) > FREE and len(found) * frame.size[0] * frame.size[1] > MAX_PASSES):
            raise ValueError(f"a JPEG of more than {len(found) - 1} scans")
    return found


def missing(found: list[Scan], frame: Frame) -> str | None:
    """Words on what the scans plainly do not bring; None where nothing is known to be missing."""
    for scan in found:
        if scan.restarts[0] < scan.restarts[1]:
            return f"{scan.restarts[0]} of {scan.restarts[1]} restart markers"
    progressive = frame.progressive
    sent = {number: np.full(64, 16) for number in frame.numbers}
    for scan in found:
        for number in scan.components:
            if number in sent:
                sent[number][slice(scan.first, scan.last + 1) if progressive else slice(None)] = scan.low
    if any((bits == 16).all() for bits in sent.values()):
        return "no scan of one of its colours"
    if progressive and any(bits.any() for bits in sent.values()):
        return "the last of its scans missing"
    return None


def lengthened(data: bytes, found: list[Scan]) -> bytes:
    """The file with noise behind the codes of its last scan: only a scan that is cut off shows another picture."""
    end = found[-1].end
    return b"".join((data[:end], NOISE, data[end:]))


def _walked(data: bytes, frame: Frame) -> Iterator[Scan]:
    at, interval = frame.scan, frame.interval
    while True:
        marker, length = data[at + 1], int.from_bytes(data[at + 2 : at + 4], "big")
        if marker == _END:
            return
        segment = data[at + 4 : at + 2 + length]
        at += 2 + length
        if marker == _INTERVAL:
            interval = int.from_bytes(segment[:2], "big")
        if marker == _SCAN:
            start = at
            at = _next(data, start)
            yield _scan(data, segment, start, at, frame, interval)
        else:
            at = _next(data, at)


def _next(data: bytes, at: int) -> int:
    """Offset of the next marker that no restart and no padding is."""
    found = _MARKER.search(data, at)
    if found is None or len(data) < found.start() + 2:
        raise ValueError("a JPEG without an end, so a part of it is missing")
    return found.start()


def _scan(data: bytes, segment: bytes, start: int, end: int, frame: Frame, interval: int) -> Scan:
    count = segment[0]
    components = tuple(segment[1 : 1 + 2 * count : 2])
    first, last, bits = segment[1 + 2 * count : 4 + 2 * count]
    wanted = (frame.units(components) - 1) // interval if interval and not frame.lossless else 0
    restarts = sum(1 for _ in _RESTART.finditer(data, start, end)) if wanted else 0
    return Scan(components, first, last, bits & 15, start, end, (restarts, wanted))
