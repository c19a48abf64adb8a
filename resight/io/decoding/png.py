"""Samples of a PNG that Pillow takes for something else."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from PIL.ImageFile import ImageFile

_DEPTH: Final = 24
"""Offset of the bit depth, in the first chunk (ISO/IEC 15948, 11.2.2)."""


def correct(picture: ImageFile, data: bytes) -> None:
    """Scale the transparent colour of an opened PNG as Pillow scales its samples, with which it compares them.

    Pillow 13 keeps it as the file has it, in as many bits (11.3.2.1). Of 16-bit colours, of which Pillow keeps the
    higher byte, those that share it are transparent too.
    """
    colour, depth = picture.info.get("transparency"), data[_DEPTH]
    if picture.mode == "L" and isinstance(colour, int) and depth < 8:
        picture.info["transparency"] = colour * 255 // (2**depth - 1)
    elif picture.mode == "RGB" and isinstance(colour, tuple) and depth == 16:
        picture.info["transparency"] = tuple(sample >> 8 for sample in colour)
