"""Limits on a file before Pillow opens it: parts that it reads one by one, in Python.

A few kilobytes can keep such loops busy for minutes, or have them hold a gigabyte. Every limit is far above what
cameras, phones and programs write. Each function raises ValueError.
"""

from __future__ import annotations

import struct
from typing import Final

from . import directory, jpeg

BLOCKS: Final = 5_000
"""Blocks before the pixels of a GIF."""

HEADER: Final = 1 << 16
"""Bytes of a PNM's header, with its comments: they are read one by one."""

DIRECTORIES: Final = 64
"""TIFF headers inside a file, EXIF's among them, that are looked at."""

SLACK: Final = 1 << 20
"""Bytes that the tags of a directory may have beside those of the file, where two share some."""

SAMPLES: Final = 6_000_000
"""Samples of a PNM that are spelled out in digits: 4 s."""

NOTES: Final = 100
"""Comments among them."""

RUNS: Final = 6_000_000
"""Bytes of a BMP in runs: 2 s."""

FILLED: Final = 16_000_000
"""Pixels of a BMP in runs, which may fill what they leave out: 3 s."""


def require_light(data: bytes) -> None:
    """Requires that a file, whatever its format, has no more parts than files of photos have."""
    if data[:3] == b"\xff\xd8\xff":
        for _ in jpeg.segments(data):  # which counts them
            pass
    elif data[:3] == b"GIF":
        _require_blocks(data)
    elif data[:2] == b"BM":
        _require_runs(data)
    elif data[:1] == b"P" and data[1:2].isalnum():
        _require_digits(data)
    for header in (b"II*\0", b"MM\0*"):
        at = -1
        for _ in range(DIRECTORIES):
            if (at := data.find(header, at + 1)) < 0:
                break
            require_directory(data, at)


def require_directory(data: bytes, at: int = 0, start: int | None = None) -> None:
    """Requires that the tags of the directory behind the TIFF header at ``at`` do not share the same bytes over and
    over.

    It is the first, or the one that begins ``start`` bytes after the header.
    """
    held = 0
    try:
        start = directory.first(data, at) if start is None else start
        listed = directory.entries(data, at + start, directory.form(data, at))
        for _, kind, length, _ in listed:
            size = length * directory.SIZES.get(kind, 0)
            held += size if size <= len(data) else 0
            if held > len(data) + SLACK:
                raise ValueError("a directory of tags that share their values")
    except struct.error:  # not a directory: whoever reads it says so
        return


def _require_blocks(data: bytes) -> None:
    """Requires that a GIF has few blocks, whole ones, before its first picture."""
    flags = data[10] if len(data) > 10 else 0
    at = 13 + (3 << (1 + (flags & 7)) if flags & 0x80 else 0)
    inside = False
    for _ in range(BLOCKS):
        if at >= len(data) or (not inside and data[at] != 0x21):
            break  # a picture, the end, or what Pillow looks through byte by byte
        if inside:
            inside = data[at] > 0
            at += 1 + data[at]
        else:
            inside = True
            at += 2
    if data[at : at + 1] not in (b",", b";", b""):
        raise ValueError("a GIF of more blocks before its picture than programs write, or of bytes between them")


def _require_runs(data: bytes) -> None:
    """Requires that a BMP in runs, which Pillow decodes in Python, is small."""
    if len(data) < 34 or int.from_bytes(data[14:18], "little") < 40:
        return
    width, height = (abs(int.from_bytes(data[at : at + 4], "little", signed=True)) for at in (18, 22))
    if int.from_bytes(data[30:34], "little") in (1, 2) and (len(data) > RUNS or width * height > FILLED):
        raise ValueError(f"a BMP of {width} × {height} pixels in runs, which takes too long to decode")


def _require_digits(data: bytes) -> None:
    """Requires that a PNM has a short header, and few samples and comments where it is spelled out."""
    at, tokens = 2, list[bytes]()
    while len(tokens) < 2 and at < min(HEADER, len(data)):
        if data[at : at + 1] == b"#":
            at = min(
                (end for end in (data.find(b"\n", at, HEADER), data.find(b"\r", at, HEADER)) if end >= 0),
                default=HEADER,
            )
        elif data[at : at + 1].isspace():
            at += 1
        else:
            end = at
            while data[end : end + 1].isdigit():
                end += 1
            tokens.append(data[at:end])
            at = max(end, at + 1)
    if at >= HEADER:
        raise ValueError("a PNM with a header of comments")
    if data[1:2] not in b"123" or len(tokens) < 2 or not all(tokens):
        return
    samples = int(tokens[0][:9]) * int(tokens[1][:9]) * (3 if data[1:2] == b"3" else 1)
    if data[1:2] != b"1" and min(samples, len(data) // 2) > SAMPLES:
        raise ValueError(f"a PNM of {samples} samples spelled out in digits, which takes too long to read")
    if data.count(b"#") > NOTES:
        raise ValueError(f"a PNM of more than {NOTES} comments")
