"""Large pictures that lie in their file without compression, taken from there a few rows at a time.

Pillow would hold up to four bytes for each pixel beside the file.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from PIL.Image import Image as Picture
    from PIL.ImageFile import ImageFile

PIECES: Final = 20_000
"""Strips or tiles that are looked through for each few rows."""

_MODES: Final = frozenset({"L", "RGB", "RGBA", "CMYK", "I", "F", "I;16", "I;16B"})

_BYTES: Final = {"L": 1, "RGB": 3, "I;16B": 2}
"""Bytes of a pixel by Pillow's raw mode, where its tile does not say those of a row: of PGM and PPM."""

_BITS, _PLANES, _ORIENTATION = 258, 284, 274


@dataclass(frozen=True, slots=True, eq=False)
class StoredPicture:
    """An opened Pillow picture that is never loaded, with the part of its interface that `resight.io.decoding.bands`
    uses.

    Attributes
    ----------
    picture : what its header says: size, mode, and where strips or tiles lie.
    data : the file.
    """

    picture: ImageFile
    data: bytes

    @property
    def size(self) -> tuple[int, int]:
        """Width and height, pixels."""
        return self.picture.size

    @property
    def width(self) -> int:
        """Columns of pixels."""
        return self.picture.width

    @property
    def height(self) -> int:
        """Rows of pixels."""
        return self.picture.height

    @property
    def mode(self) -> str:
        """Pillow's name of the picture's channels."""
        return self.picture.mode

    def load(self) -> None:
        """Does nothing: rows are read as they are cut out."""

    def crop(self, box: tuple[int, int, int, int]) -> Picture:
        """Reads rows, from left to right, as a picture; raises ValueError where the file ends before them."""
        from PIL.Image import merge, new

        _, top, width, bottom = box
        size, split = (width, bottom - top), _is_split(self.picture)
        planes = {letter: new("L", size) for letter in self.mode} if split else {self.mode: new(self.mode, size)}
        for tile in _tiles(self.picture):
            start, end = max(top, tile.extents[1]), min(bottom, tile.extents[3])
            if start < end:
                plane = planes[_raw(tile)[0] if split else self.mode]
                plane.paste(self._rows(tile, start, end), (tile.extents[0], start - top))
        found = merge(self.mode, list(planes.values())) if split else planes[self.mode]
        found.info = self.picture.info
        return found

    def _rows(self, tile: Any, start: int, end: int) -> Picture:
        """Rows of a strip or tile; its first lies last in the file where its step is -1."""
        from PIL.Image import frombytes

        left, top, right, bottom = tile.extents
        (mode, stride, step), line = _raw(tile), _line(self.picture, tile)
        first, last = (start - top, end - top) if step > 0 else (bottom - end, bottom - start)
        part = memoryview(self.data)[tile.offset + first * line : tile.offset + last * line]
        form, mode = ("L", "L") if _is_split(self.picture) else (self.mode, mode)
        return frombytes(form, (right - left, end - start), part, "raw", mode, stride, step)


def stored(picture: ImageFile, data: bytes) -> StoredPicture | None:
    """The picture as it lies in the file; None where it is compressed, or of a kind that only Pillow takes apart."""
    tiles = _tiles(picture)
    if picture.format not in ("TIFF", "BMP", "PPM") or picture.mode not in _MODES or len(tiles) > PIECES:
        return None
    if picture.format == "BMP" and picture.mode == "RGBA":  # whose fourth byte is looked through as a whole
        return None
    if _tags(picture).get(_ORIENTATION, 1) != 1 or any(tile.codec_name != "raw" for tile in tiles):
        return None
    plain = not _is_split(picture) or all(_raw(tile)[0] in tuple(picture.mode) for tile in tiles)
    return StoredPicture(picture, data) if plain and all(_line(picture, tile) for tile in tiles) else None


def _tiles(picture: ImageFile) -> list[Any]:
    return picture.tile


def _raw(tile: Any) -> tuple[str, int, int]:
    """A tile's raw mode, the bytes of its rows or 0, and whether rows go down (1) or up (-1)."""
    mode, stride, step = (tile.args, 0, 1) if isinstance(tile.args, str) else tile.args
    return mode, stride, step


def _line(picture: ImageFile, tile: Any) -> int:
    """Bytes of a row of a tile, or 0 where nothing tells."""
    mode, stride, _ = _raw(tile)
    width, bits = tile.extents[2] - tile.extents[0], _tags(picture).get(_BITS, (1,))
    if picture.format == "TIFF":
        return stride or -(-width * (bits[0] if _is_split(picture) else sum(bits)) // 8)
    return stride or width * _BYTES.get(mode, 0)


def _is_split(picture: ImageFile) -> bool:
    """Whether each colour has a plane of its own."""
    return len(picture.mode) > 1 and _tags(picture).get(_PLANES, 1) == 2 and picture.mode in ("RGB", "RGBA", "CMYK")


def _tags(picture: ImageFile) -> Any:
    return getattr(picture, "tag_v2", {})
