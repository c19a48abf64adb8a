"""HEIF and AVIF files, and which decoder each is for: both are the same container, and either may be of the brand
``mif1``.

ISO/IEC 23008-12 (HEIF), ISO/IEC 14496-12 (its boxes), AV1 Image File Format 1.1. No pixel is decoded here.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Final

from .boxes import Part, boxes

BOXES: Final = 64
"""Boxes that are looked at for the one that describes the photo."""

BRANDS: Final = {b"avif", b"avis", b"avio", b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs"}
"""Brands of photos by their coding."""

CONTAINERS: Final = {b"mif1", b"mif2", b"msf1", b"miaf", b"MiHB", b"MiHA", b"MiHE", b"MiAn", b"MA1A", b"MA1B", b"1pic"}
"""Brands of photos, whatever their coding."""

RARE: Final = {
    b"vvc1": "VVC",
    b"evc1": "EVC",
    b"avc1": "AVC",
    b"j2k1": "JPEG 2000",
    b"jpeg": "JPEG",
    b"unci": "uncompressed pixels",
}
"""Codings for which a decoder may be missing, and what they are called."""


def accepts(data: bytes) -> bool:
    """Whether a file says that it is a HEIF or AVIF photo, as what it mainly is or among the rest."""
    return data[4:8] == b"ftyp" and not (BRANDS | CONTAINERS).isdisjoint(_brands(data))


def plugin(data: bytes) -> str:
    """Pillow's name of the decoder, AVIF or HEIF: by how the items of the file are coded, else by its brands."""
    described = _described(data)
    av1, hevc = b"av01" in described, b"hvc1" in described
    if av1 == hevc:
        av1 = data[8:12] in (b"avif", b"avis")
    return "AVIF" if av1 else "HEIF"


def rare(data: bytes) -> str | None:
    """Name of a file that is coded in one of the ways of `RARE` alone."""
    described = _described(data)
    if b"av01" in described or b"hvc1" in described:
        return None
    return next((f"a HEIF photo with {name} inside" for kind, name in RARE.items() if kind in described), None)


def branded(data: bytes) -> bytes:
    """An AVIF file as libavif takes it: with ``avif`` among its brands, and ``avis`` only where it is a sequence."""
    brands, sequence = _brands(data), any(box.name == b"moov" for box in _outermost(data))
    told = b"avif" in brands or (sequence and b"avis" in brands)
    if told and (sequence or data[8:12] != b"avis"):
        return data
    return data[:8] + b"avif" + data[12:]


def _brands(data: bytes) -> set[bytes]:
    listed = data[16 : int.from_bytes(data[:4], "big")][: 4 * BOXES]
    return {data[8:12], *(listed[at : at + 4] for at in range(0, len(listed), 4))}


def _described(data: bytes) -> bytes:
    """The boxes that list the items of a photo and the tracks of a sequence."""
    return b"".join(data[box.start : box.end] for box in _outermost(data) if box.name in (b"meta", b"moov"))


def _outermost(data: bytes) -> Iterator[Part]:
    return islice(boxes(data, 0, len(data)), BOXES)
