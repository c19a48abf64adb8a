"""Pages of a TIFF: which is the photo, and what Pillow must be told to read its samples rightly.

TIFF 6.0 (Adobe 1992), its technical note 1 (SubIFDs), BigTIFF, and DNG 1.6 for raw files. No pixel is decoded here.
"""

from __future__ import annotations

import io
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any, Final, cast

from . import directory
from .kinds import DEVELOP, RAW, UnreadKind
from .samples import SampleReading

if TYPE_CHECKING:
    from PIL.ImageFile import ImageFile

PAGES: Final = 256
"""Pages that are looked at for the photo where the first is not it."""

ENTRIES: Final = 1000
"""Tags of a page that are looked at: a photo has some thirty."""

_STEP: Final = 1 << 20
"""Bytes that Pillow gets at a time: no fewer than it takes for an early end."""

_SUBFILE, _OLD_SUBFILE, _WIDTH, _HEIGHT, _BITS, _COMPRESSION, _PHOTOMETRIC = 254, 255, 256, 257, 258, 259, 262
_FILL, _STRIPS, _TILES = 266, 273, 324
_SAMPLES, _PLANES, _SUBIFDS, _INKS, _FORMAT, _SUBSAMPLING, _DEPTH = 277, 284, 330, 332, 339, 530, 32997
_TAGS: Final = (
    frozenset(range(254, 263))
    | {_FILL, _STRIPS, _TILES}
    | {_SAMPLES, _PLANES, _SUBIFDS, _INKS, _FORMAT, _SUBSAMPLING, _DEPTH}
)
_OLD_JPEG: Final = 6  # whose pixels may lie where no strip and no tile says

_TYPES: Final = {1: "B", 3: "H", 4: "I", 13: "I", 16: "Q", 18: "Q"}
"""Types of tags that hold unsigned integers, and how `struct` spells them."""

_PIXEL: Final = bytes(64)
"""Bytes for more samples than a pixel has."""

_ASIDE: Final = 1 | 4 | 8
"""Bits of NewSubfileType for what stands beside a photo: a reduced copy, a mask of transparency, a map of depth."""

_WHITE_IS_ZERO, _BLACK_IS_ZERO, _RGB, _INK, _YCBCR = 0, 1, 2, 5, 6
_COLOURS: Final = {
    _WHITE_IS_ZERO: "grey",
    _BLACK_IS_ZERO: "grey",
    _RGB: "RGB",
    3: "palette",
    4: "mask",
    _INK: "inks",
    _YCBCR: "YCbCr",
    8: "CIELab",
    9: "ICCLab",
    10: "ITULab",
    32844: "LogL",
    32845: "LogLuv",
}
_SENSORS: Final = (32803, 34892)  # behind a filter of colours, and of all colours at each point
_FORMATS: Final = {1: "unsigned", 2: "signed", 3: "floating-point"}

_COMPRESSIONS: Final = {
    _OLD_JPEG: "old-style JPEG",
    22610: "JPEG XR",
    32766: "NeXT",
    32809: "ThunderScan",
    32908: "Pixar film",
    32909: "Pixar log",
    33003: "JPEG 2000",
    33004: "JPEG 2000",
    33005: "JPEG 2000",
    34661: "JBIG",
    34676: "LogLuv",
    34677: "LogLuv",
    34712: "JPEG 2000",
    34887: "LERC",
    34892: "lossy JPEG",
    34933: "PNG",
    34934: "JPEG XR",
    50001: "WebP",
    50002: "JPEG XL",
    52546: "JPEG XL",
}
"""Compressions that Pillow, or the libtiff in it, does not read, or not everywhere."""


@dataclass(frozen=True, slots=True, eq=False)
class Page:
    """A directory of a TIFF.

    Attributes
    ----------
    at : offset of the directory.
    tags : the first values of the tags that are looked at here; none of a tag whose values lie behind the file's end.
    places : offset of each tag's value, where it fits into the directory.
    next : offset of the next directory, or 0.
    """

    at: int
    tags: dict[int, tuple[int, ...]]
    places: dict[int, int]
    next: int

    def tag(self, number: int, otherwise: int) -> int:
        """A tag's first value."""
        return next(iter(self.tags.get(number, ())), otherwise)

    @property
    def pixels(self) -> int:
        """Width × height."""
        return self.tag(_WIDTH, 0) * self.tag(_HEIGHT, 0)

    @property
    def aside(self) -> bool:
        """Marked as something that stands beside the photo: a reduced copy, a mask, a map of depth."""
        return bool(self.tag(_SUBFILE, 0) & _ASIDE) or self.tag(_OLD_SUBFILE, 0) == 2

    @property
    def sensor(self) -> bool:
        """Words for a page of raw sensor data, which no camera has developed."""
        return self.tag(_PHOTOMETRIC, _WHITE_IS_ZERO) in _SENSORS

    @property
    def bits(self) -> int:
        """Bits of the first sample."""
        return self.tag(_BITS, 1)

    @property
    def kind(self) -> str:
        """Words for what the page is."""
        compression = self.tag(_COMPRESSION, 1)
        if compression in _COMPRESSIONS:
            return f"a TIFF with {_COMPRESSIONS[compression]} inside"
        count, form = self.tag(_SAMPLES, 1), _FORMATS.get(self.tag(_FORMAT, 1), "undefined")
        samples = f"{count} {form} {self.bits}-bit {'sample' if count == 1 else 'samples'}"
        colours = _COLOURS.get(self.tag(_PHOTOMETRIC, _WHITE_IS_ZERO), "unknown colours")
        planes = ", in separate planes" if self.tag(_PLANES, 1) == 2 else ""
        return f"a TIFF of {samples} a pixel ({colours}{planes}, compression {compression})"


def photo(data: bytes) -> Page:
    """The page that is the photo: the first, or where that stands beside one, the largest that does not.

    Older raw files do not mark their preview, so that any page of a sensor's makes a raw file.
    Raises Unread for raw files, ValueError or struct.error for a file that ends too early.
    """
    if directory.form(data) == directory.TiffForm(">", big=True):
        raise UnreadKind("a BigTIFF of the byte order MM")  # Pillow 13 takes its header for that of a plain TIFF
    first = next(pages := _pages(data), None)
    if first is None:
        raise ValueError("a TIFF whose directory was never written, so a part of it is missing")
    if not (first.aside or first.sensor or _SUBIFDS in first.tags):
        return first
    whole = [page for page in (first, *pages) if not page.aside]
    if not whole or any(page.sensor for page in whole):
        raise UnreadKind(f"{RAW}, or a TIFF of previews alone", DEVELOP)
    return first if first in whole else max(whole, key=lambda page: page.pixels)


def require_described(page: Page) -> None:
    """Requires that a page tells its size and where its pixels are; raises ValueError for one that was cut off."""
    lost = page.tags.get(_BITS) == () or not (page.tags.get(_STRIPS) or page.tags.get(_TILES))
    if not page.pixels or (lost and page.tag(_COMPRESSION, 1) != _OLD_JPEG):
        raise ValueError("a TIFF without all that it says of its pixels, so a part of it is missing")


class RedirectedFile(io.BytesIO):
    """A file as Pillow is to read it, its header pointing to the page; what is read is changed, and no copy of it.

    Where the smallest sample is white and Pillow would not invert, the page says that it is black: `correct` tells it.
    libtiff is given the file as it is (`getvalue`), and by Pillow the place of the page.
    """

    def __init__(self, data: bytes, page: Page) -> None:
        super().__init__(data)
        form = directory.form(data)
        self.changes = {form.pointer: form.offset.pack(page.at)}
        if _inverted(page) and _PHOTOMETRIC in page.places:
            self.changes[page.places[_PHOTOMETRIC]] = struct.pack(form.order + "H", _BLACK_IS_ZERO)

    def read(self, size: int | None = -1, /) -> bytes:
        """The next bytes, at most ``_STEP`` of them where a size is given, with the changes put in."""
        start = self.tell()
        found = super().read(size if size is None or size < 0 else min(size, _STEP))  # Pillow asks for whole strips
        for at, value in self.changes.items():
            first, last = max(at, start), min(at + len(value), start + len(found))
            if first < last:
                found = b"".join((found[: first - start], value[first - at : last - at], found[last - start :]))
        return found


def correct(picture: ImageFile, page: Page) -> SampleReading:
    """Set Pillow to read a page's samples as they are, and say how to understand them; raises Unread where it cannot.

    Checked with tifffile over kinds of samples, planes, compressions, byte orders, strips and tiles: Pillow 13 takes
    signed samples of 8 and 16 bits for others, and reads from separate planes whatever is not RGB, CMYK or YCbCr,
    colours that are stored at fewer points than brightness, volumes, and other inks than CMYK, wrongly.
    """
    raw, planes = page.tag(_COMPRESSION, 1) == 1, page.tag(_PLANES, 1) == 2 and page.tag(_SAMPLES, 1) > 1
    colours = page.tag(_PHOTOMETRIC, _WHITE_IS_ZERO)
    misread = (
        (page.tag(_FORMAT, 1) == 2 and page.bits < 32)
        or (planes and colours not in (_RGB, _INK, _YCBCR))
        or (raw and colours == _YCBCR and (planes or set(page.tags.get(_SUBSAMPLING, (2,))) != {1}))
        or page.tag(_DEPTH, 1) > 1
        or (colours == _INK and page.tag(_INKS, 1) != 1)
    )
    if misread:
        raise UnreadKind(page.kind)
    if not raw and picture.mode in ("F", "I"):  # libtiff gives the machine's byte order, and Pillow expects the file's
        _unpack(picture, {"F": "F;32NF", "I": "I;32N"}[picture.mode])
    if raw and planes and page.bits == 16:  # Pillow unpacks them as if they had 8 bits
        order = "L" if picture.tag_v2.prefix == b"II" else "B"  # type: ignore[attr-defined]
        _unpack(picture, f"{{}};16{order}")
    if not _unpackable(picture):
        raise UnreadKind(page.kind)
    return SampleReading(
        unsigned=picture.mode == "I" and page.tag(_FORMAT, 1) == 1,
        white=4095 if picture.mode.startswith("I;16") and page.bits == 12 else None,
        inverted=_inverted(page),
        rare=page.kind if page.tag(_COMPRESSION, 1) in _COMPRESSIONS else None,
    )


def _inverted(page: Page) -> bool:
    """Whether Pillow leaves the inverting to us: it inverts up to 8 bits, and 8 only in their usual order."""
    white = page.tag(_PHOTOMETRIC, _WHITE_IS_ZERO) == _WHITE_IS_ZERO
    return white and (page.bits > 8 or (page.bits == 8 and page.tag(_FILL, 1) == 2))


def _unpack(picture: ImageFile, mode: str) -> None:
    """Have a picture's tiles unpacked by another of Pillow's raw modes; ``{}`` stands for the one of each tile."""
    tiles = [(tile, cast("tuple[Any, ...]", tile.args)) for tile in picture.tile]
    picture.tile = [tile._replace(args=(mode.format(args[0]), *args[1:])) for tile, args in tiles]


def _unpackable(picture: ImageFile) -> bool:
    """Whether Pillow knows the raw modes of a picture's tiles: it plans some that it does not have."""
    from PIL.Image import frombytes

    try:
        for raw in {tile.args[0] for tile in picture.tile}:  # type: ignore[index]
            frombytes(picture.mode, (1, 1), _PIXEL, "raw", raw)
    except ValueError:
        return False
    return True


def _pages(data: bytes) -> Iterator[Page]:
    """The first directory, those it leads to, and their SubIFDs: each once, at most `PAGES`."""
    form, waiting, seen = directory.form(data), [directory.first(data)], set[int]()
    while waiting and len(seen) < PAGES:
        if (at := waiting.pop(0)) and at not in seen:
            seen.add(at)
            try:
                page = _page(data, at, form)
            except struct.error as error:  # one that leads nowhere is no reason to refuse the others
                if len(seen) == 1:
                    raise ValueError("a TIFF whose directory is cut off, so a part of it is missing") from error
                continue
            waiting += [page.next, *page.tags.get(_SUBIFDS, ())]
            yield page


def _page(data: bytes, at: int, form: directory.TiffForm) -> Page:
    following, tags, places = directory.end(data, at, form), dict[int, tuple[int, ...]](), dict[int, int]()
    if following > len(data):
        raise struct.error("a directory that is cut off")
    for number, kind, length, place in islice(directory.entries(data, at, form), ENTRIES):
        if number not in _TAGS or kind not in _TYPES or not length:
            continue
        value, size = place, length * directory.SIZES[kind]
        if size <= form.offset.size:
            places[number] = value
        else:
            (value,) = form.offset.unpack_from(data, value)
        values = f"{form.order}{min(length, PAGES)}{_TYPES[kind]}"
        whole = value + size <= len(data)  # a tag that leads nowhere is no reason to refuse the rest
        tags[number] = struct.unpack_from(values, data, value) if whole else ()
    linked = data[following : following + form.offset.size]
    return Page(at, tags, places, int.from_bytes(linked, "little" if form.order == "<" else "big"))
