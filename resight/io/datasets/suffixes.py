"""Suffixes of files: of photos, and of pictures that are not read; where they do not tell, the first bytes do."""

from __future__ import annotations

import os
import re
import stat
from pathlib import Path
from typing import Final

from resight.io.decoding import heif

SUFFIXES: Final = frozenset(
    {".jpg", ".jpeg", ".jpe", ".jfif", ".mpo", ".png", ".apng", ".webp", ".heic", ".heif", ".hif", ".avif"}
    | {".tif", ".tiff", ".gif", ".bmp", ".ppm", ".pgm", ".pbm", ".pnm"}
)
"""Lower-case suffixes of the files in a folder that are taken for photos; what a file really is, its bytes tell."""

RAW: Final = frozenset(
    {".3fr", ".ari", ".arw", ".cr2", ".cr3", ".crw", ".dcr", ".dng", ".eip", ".erf", ".fff", ".gpr"}
    | {".iiq", ".k25", ".kdc", ".mef", ".mos", ".mrw", ".nef", ".nrw", ".orf", ".pef", ".ptx", ".raf"}
    | {".raw", ".rw2", ".rwl", ".rwz", ".sr2", ".srf", ".srw", ".x3f"}
)
"""Lower-case suffixes of cameras' raw files; many are TIFF files that hold a small preview as well."""

UNREAD: Final = frozenset(
    RAW
    | {".ai", ".bpg", ".dcm", ".dds", ".djvu", ".eps", ".exr", ".hdr", ".icns", ".ico", ".j2c", ".j2k"}
    | {".jls", ".jp2", ".jpc", ".jpf", ".jpm", ".jpx", ".jxl", ".jxr", ".pcx", ".pdf", ".psb", ".psd"}
    | {".qoi", ".sgi", ".svg", ".svgz", ".tga", ".wdp", ".xcf"}
)
"""Lower-case suffixes of pictures of kinds that are not read."""

UNFINISHED: Final = frozenset({".bak", ".crdownload", ".download", ".old", ".part", ".partial", ".thm", ".tmp"})
"""Lower-case suffixes of files that may begin as photos do and are none: halves of copies, and thumbnails of films."""

_TIFF: Final = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
_STARTS: Final = (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"GIF87a", b"GIF89a", *_TIFF)
_BITMAPS: Final = frozenset((12, 40, 52, 56, 64, 108, 124))  # the lengths of a bitmap's second header
HEAD: Final = 16 + 4 * heif.BOXES
"""Bytes at the start of a file that tell whether it is a photo: most are told by fewer."""


def is_photo(path: Path) -> bool:
    """Whether a file is taken for a photo: by its suffix, or else by how it begins.

    Raises OSError for a file that cannot be read and whose suffix does not tell.
    """
    suffix = path.suffix.lower()
    if suffix in SUFFIXES:
        return True
    if suffix in UNFINISHED or path.name.endswith(("~", "_original")):  # of editors, and of ExifTool
        return False
    head = _head(path)
    return begins_as_photo(head) and not (suffix in RAW and head.startswith(_TIFF))


def begins_as_photo(head: bytes) -> bool:
    """Whether these first bytes, `HEAD` or all there are, are those of a kind of photo that is read."""
    return (
        head.startswith(_STARTS)
        or (head.startswith(b"RIFF") and head[8:12] == b"WEBP")
        or heif.accepts(head)
        or (head.startswith(b"BM") and head[6:10] == b"\0\0\0\0" and int.from_bytes(head[14:18], "little") in _BITMAPS)
        or re.match(rb"P[1-6]\s+(\d|#)", head) is not None
    )


def kind(path: Path) -> str:
    """Kind of a file, as a person calls it: its suffix in lower case, or that it has none."""
    return path.suffix.lower() or "no suffix"


def _head(path: Path) -> bytes:
    """The first bytes of a plain file; of a pipe or device, whose opening might never end, none."""
    if not stat.S_ISREG(os.stat(path).st_mode):
        return b""
    with path.open("rb") as file:
        return file.read(HEAD)
