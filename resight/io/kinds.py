"""What a file is that is not read: the kinds that lie among people's photos, told by their first bytes."""

from __future__ import annotations

from typing import Final

CONVERT: Final = "convert it to JPEG or PNG, or leave it out"
DEVELOP: Final = "develop it to JPEG or TIFF with the program of the camera, or leave it out"
EXPORT: Final = "export the photo as JPEG or PNG, or leave it out"

RAW: Final = "a raw file of a camera"
"""What every raw file is called, whatever its maker."""

SIGNATURES: Final[tuple[tuple[int, bytes, str, str], ...]] = (
    (8, b"CR\2", f"{RAW} (CR2)", DEVELOP),
    (4, b"ftypcrx ", f"{RAW} (CR3)", DEVELOP),
    (6, b"HEAPCCDR", f"{RAW} (CRW)", DEVELOP),
    (0, b"FUJIFILMCCD-RAW", f"{RAW} (RAF)", DEVELOP),
    (0, b"IIRO", f"{RAW} (ORF)", DEVELOP),
    (0, b"IIRS", f"{RAW} (ORF)", DEVELOP),
    (0, b"MMOR", f"{RAW} (ORF)", DEVELOP),
    (0, b"IIU\0", f"{RAW} (RW2)", DEVELOP),
    (0, b"FOVb", f"{RAW} (X3F)", DEVELOP),
    (0, b"\0MRM", f"{RAW} (MRW)", DEVELOP),
    (0, b"\xff\x0a", "a JPEG XL photo", CONVERT),
    (0, b"\0\0\0\x0cJXL \r\n\x87\n", "a JPEG XL photo", CONVERT),
    (0, b"\0\0\0\x0cjP  \r\n\x87\n", "a JPEG 2000 photo", CONVERT),
    (0, b"\xff\x4f\xff\x51", "a JPEG 2000 photo", CONVERT),
    (0, b"II\xbc", "a JPEG XR photo", CONVERT),
    (12, b"CgBI", "a PNG of an iPhone application (CgBI)", CONVERT),
    (0, b"8BPS", "a Photoshop document", EXPORT),
    (0, b"gimp xcf", "a GIMP document", EXPORT),
    (0, b"%PDF", "a PDF document", EXPORT),
    (0, b"%!PS", "a PostScript document", EXPORT),
    (0, b"\xc5\xd0\xd3\xc6", "a PostScript document", EXPORT),
    (0, b"P7\n", "a PAM picture", CONVERT),
    (0, b"PF\n", "a PFM picture in colour", CONVERT),
    (0, b"\x76\x2f\x31\1", "an OpenEXR picture", CONVERT),
    (0, b"#?RADIANCE", "a Radiance HDR picture", CONVERT),
    (0, b"BPG\xfb", "a BPG photo", CONVERT),
    (0, b"\0\0\1\0", "a Windows icon", CONVERT),
    (0, b"icns", "a macOS icon", CONVERT),
    (0, b"DDS ", "a DDS texture", CONVERT),
    (0, b"\x8aMNG", "a MNG animation", CONVERT),
    (0, b"\x8bJNG", "a JNG picture", CONVERT),
    (0, b"qoif", "a QOI picture", CONVERT),
    (0, b"SIMPLE  =", "a FITS file", CONVERT),
    (128, b"DICM", "a DICOM file", CONVERT),
    (0, b"AT&TFORM", "a DjVu document", EXPORT),
    (0, b"\x1aE\xdf\xa3", "a video", EXPORT),
    (8, b"AVI ", "a video", EXPORT),
    (4, b"ftypqt  ", "a video", EXPORT),
    (4, b"ftypisom", "a video", EXPORT),
    (4, b"ftypiso2", "a video", EXPORT),
    (4, b"ftypmp4", "a video", EXPORT),
    (4, b"ftypM4V", "a video", EXPORT),
    (4, b"ftyp3gp", "a video", EXPORT),
    (0, b"PK\3\4", "a ZIP archive", "unpack it first"),
    (0, b"\x1f\x8b", "a gzip archive", "unpack it first"),
    (0, b"version https://git-lfs", "a pointer of Git LFS in place of the file", "fetch it with git lfs pull"),
)
"""Offset, bytes, what such a file is and what to do with it."""

_MARKUP: Final = {b"<svg": "an SVG drawing", b"<!doctype html": "a web page", b"<html": "a web page"}
_LOOKED_AT: Final = (
    1024  # bytes of a text in which its root element is looked for: comments and a declaration lie before
)


class Unread(Exception):
    """A sound file, or a part of one, of a kind that is not read: what it is, and what to do."""

    def __init__(self, found: str, remedy: str = CONVERT) -> None:
        super().__init__(found)
        self.found = found
        self.remedy = remedy


def unread(data: bytes) -> Unread | None:
    """What a file is by its first bytes, where that is known and not read."""
    for at, magic, found, remedy in SIGNATURES:
        if data[at : at + len(magic)] == magic:
            return Unread(found, remedy)
    start = data[:_LOOKED_AT].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if start.startswith(b"<"):
        for tag, found in _MARKUP.items():
            if tag in start:
                return Unread(found, EXPORT if "SVG" in found else "save the photo itself, not the page that shows it")
    return None
