"""Kinds of files that are not read and lie among people's photos, told by their first bytes."""

from __future__ import annotations

from typing import Final

CONVERT: Final = "convert it to JPEG or PNG, or leave it out"
DEVELOP: Final = "develop it to JPEG or TIFF with the program of the camera, or leave it out"
EXPORT: Final = "export the photo as JPEG or PNG, or leave it out"
FRAME: Final = "save a picture of it as JPEG or PNG, or leave it out"
UNPACK: Final = "unpack it first"
FETCH: Final = "fetch the photo itself, or leave it out"
AGAIN: Final = "copy it again from where it came, or leave it out"
PAGE: Final = "save the photo itself, not the page that shows it"
LEAVE: Final = "leave it out"
"""Advice on a file that is not read, by what it is."""

RAW: Final = "a raw file of a camera"
"""Name of every raw file, whatever its maker."""

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
    (0, b"#?RGBE", "a Radiance HDR picture", CONVERT),
    (0, b"\x0a\5\1", "a PCX picture", CONVERT),
    (0, b"\1\xda", "an SGI picture", CONVERT),
    (0, b"\xd7\xcd\xc6\x9a", "a Windows metafile", EXPORT),
    (0, b"\1\0\x09\0\0\3", "a Windows metafile", EXPORT),
    (40, b" EMF", "a Windows metafile", EXPORT),
    (0, b"\0\0\1\0", "a Windows icon", CONVERT),
    (0, b"icns", "a macOS icon", CONVERT),
    (0, b"DDS ", "a DDS texture", CONVERT),
    (0, b"\x8aMNG", "a MNG animation", CONVERT),
    (0, b"\x8bJNG", "a JNG picture", CONVERT),
    (0, b"qoif", "a QOI picture", CONVERT),
    (0, b"SIMPLE  =", "a FITS file", CONVERT),
    (128, b"DICM", "a DICOM file", CONVERT),
    (0, b"AT&TFORM", "a DjVu document", EXPORT),
    (0, b"\x1aE\xdf\xa3", "a video", FRAME),  # Matroska, WebM
    (8, b"AVI ", "a video", FRAME),
    (4, b"ftypqt  ", "a video", FRAME),
    (4, b"ftypisom", "a video", FRAME),
    (4, b"ftypiso2", "a video", FRAME),
    (4, b"ftypmp4", "a video", FRAME),
    (4, b"ftypM4V", "a video", FRAME),
    (4, b"ftypM4A", "a sound", LEAVE),
    (4, b"ftypM4B", "a sound", LEAVE),
    (4, b"ftyp3g", "a video", FRAME),
    (4, b"wide", "a video", FRAME),  # QuickTime, before it had brands
    (4, b"mdat", "a video", FRAME),
    (4, b"free", "a video", FRAME),
    (4, b"skip", "a video", FRAME),
    (4, b"pnot", "a video", FRAME),
    (4, b"moov", "a video", FRAME),
    (0, b"\0\0\1\xba", "a video", FRAME),  # MPEG: a stream of a program, and of pictures alone
    (0, b"\0\0\1\xb3", "a video", FRAME),
    (0, b"FLV\1", "a video", FRAME),
    (0, b"\x30\x26\xb2\x75\x8e\x66\xcf\x11", "a video or sound", FRAME),  # ASF, which WMV and WMA are
    (0, b".RMF", "a video or sound", FRAME),
    (0, b"OggS", "a video or sound", FRAME),
    (0, b"ID3", "a sound", LEAVE),
    (0, b"\xff\xfb", "a sound", LEAVE),  # MP3 by its first frame, with and without a checksum, and of low rates
    (0, b"\xff\xfa", "a sound", LEAVE),
    (0, b"\xff\xf3", "a sound", LEAVE),
    (0, b"\xff\xf1", "a sound", LEAVE),  # AAC
    (0, b"\xff\xf9", "a sound", LEAVE),
    (8, b"WAVE", "a sound", LEAVE),
    (8, b"AIFF", "a sound", LEAVE),
    (0, b"fLaC", "a sound", LEAVE),
    (0, b"MThd", "a sound", LEAVE),
    (38, b"application/x-krita", "a Krita document", EXPORT),
    (38, b"image/openraster", "an OpenRaster document", EXPORT),
    (38, b"application/vnd.oasis", "an OpenDocument document", EXPORT),
    (30, b"[Content_Types].xml", "an Office document", EXPORT),
    (0, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "a file of Windows or Office (OLE)", EXPORT),
    (0, b"PK\3\4", "a ZIP archive", UNPACK),
    (0, b"PK\5\6", "a ZIP archive", UNPACK),
    (0, b"\x1f\x8b", "a gzip archive", UNPACK),
    (0, b"Rar!\x1a\7", "a RAR archive", UNPACK),
    (0, b"7z\xbc\xaf\x27\x1c", "a 7z archive", UNPACK),
    (257, b"ustar", "a tar archive", UNPACK),
    (0, b"BZh", "a bzip2 archive", UNPACK),
    (0, b"\xfd7zXZ\0", "an xz archive", UNPACK),
    (0, b"\x28\xb5\x2f\xfd", "a Zstandard archive", UNPACK),
    (0, b"\0\5\x16\7", "what macOS keeps beside a file (AppleDouble)", LEAVE),
    (0, b"bplist00", "a property list of macOS", LEAVE),
    (0, b"SQLite format 3\0", "a database (SQLite)", LEAVE),
    (0, b"\x93NUMPY", "an array of NumPy", CONVERT),
    (0, b"\x89HDF\r\n\x1a\n", "an HDF5 file", CONVERT),
    (0, b"version https://git-lfs", "a pointer of Git LFS in place of the file", "fetch it with git lfs pull"),
)
"""Offset, bytes, what such a file is and what to do with it."""

_MARKUP: Final[dict[bytes, tuple[str, str]]] = {
    b"<svg": ("an SVG drawing", EXPORT),
    b"<!doctype html": ("a web page", PAGE),
    b"<html": ("a web page", PAGE),
    b"<error": ("a server's error in place of the file (XML)", FETCH),
    b"<x:xmpmeta": ("what a program keeps beside a photo (XMP)", LEAVE),
    b"<!doctype plist": ("a property list of macOS", LEAVE),
    b"<?xml": ("an XML document", FETCH),
}
"""Beginning of a document's root, in lower case, what the document is and what to do with it."""

_LOOKED_AT: Final = 1024
"""Bytes of a text that are looked at, in which its root element lies: comments and a declaration lie before."""

_BOM: Final = b"\xef\xbb\xbf"
_CONTROLS: Final = frozenset(range(32)) - frozenset(b"\t\n\f\r\x1b") | {127}
"""Bytes that no text holds."""

_PACKET: Final = 188
"""Bytes of a packet of an MPEG transport stream; each starts with `_SYNC`, on discs and cameras 4 bytes later."""

_SYNC: Final = 0x47

_TARGA: Final = frozenset({1, 2, 3, 9, 10, 11})
"""Kinds of TGA pictures: of a palette, of colours and of greys, plain and in runs."""


class UnreadKind(Exception):
    """A sound file, or a part of one, of a kind that is not read: what it is, and what to do."""

    def __init__(self, found: str, remedy: str = CONVERT) -> None:
        super().__init__(found)
        self.found = found
        self.remedy = remedy


def unread(data: bytes) -> UnreadKind | None:
    """Kind of a file by its first bytes, where that is known and not read."""
    for at, magic, found, remedy in SIGNATURES:
        if data[at : at + len(magic)] == magic:
            return UnreadKind(found, remedy)
    start = data[:_LOOKED_AT].lstrip(_BOM + b" \t\r\n").lower()
    if start.startswith(b"<"):
        return next((UnreadKind(*kind) for tag, kind in _MARKUP.items() if tag in start), None)
    return None


def unknown(data: bytes) -> UnreadKind:
    """Kind of a file that no decoder took and `unread` does not know: told by more than its first bytes."""
    if data.count(0) == len(data):
        return UnreadKind(f"{len(data)} bytes that are all zero" if data else "an empty file", AGAIN)
    if data[4:8] == b"ftyp" or _is_stream(data):  # of a brand that no photo has
        return UnreadKind("a video", FRAME)
    if _is_targa(data):
        return UnreadKind("a TGA picture", CONVERT)
    if _is_text(data):
        return UnreadKind(f"a text of {len(data)} bytes, which begins {data[:16]!r}", FETCH)
    remedy = "convert it (raw files of a camera too), or leave it out"
    return UnreadKind(f"{len(data)} bytes of no known format, the first {data[:8]!r}", remedy)


def _is_stream(data: bytes) -> bool:
    """Whether a file is an MPEG transport stream."""
    plain, timed = data[: 3 * _PACKET : _PACKET], data[4 : 4 + 3 * (_PACKET + 4) : _PACKET + 4]
    return bytes([_SYNC] * 3) in (plain, timed)


def _is_targa(data: bytes) -> bool:
    """Whether a file is a TGA picture: by its end, or where it has none by a header without contradictions."""
    if data[-18:] == b"TRUEVISION-XFILE.\0":
        return True
    if len(data) <= 18 or data[1] > 1 or data[2] not in _TARGA or data[16] not in (8, 15, 16, 24, 32):
        return False
    paletted = data[2] in (1, 9)
    sized = any(data[12:14]) and any(data[14:16])
    return sized and paletted == (data[1] == 1) and (paletted or not any(data[3:8])) and data[17] < 64


def _is_text(data: bytes) -> bool:
    """Whether a file begins as a text in UTF-8 does."""
    try:
        data[:_LOOKED_AT].decode()
    except UnicodeDecodeError as error:
        if len(data) <= _LOOKED_AT or error.start < _LOOKED_AT - 3:  # not a letter that was cut in two
            return False
    return _CONTROLS.isdisjoint(data[:_LOOKED_AT])
