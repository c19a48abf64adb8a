"""The position in a photo's EXIF: where it was taken, or why what stands there is none."""

from __future__ import annotations

import io
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from .decoding.complaints import unheard

GPS: Final = 0x8825
"""The tag of the directory of GPS (EXIF 2.32, section 4.6.6)."""

FORMS: Final = ("JPEG", "PNG", "WEBP", "TIFF", "MPO")
"""Pillow's names of the files that are looked into."""


@dataclass(frozen=True, slots=True)
class Position:
    """Degrees north and east."""

    latitude: float
    longitude: float


def position(data: bytes) -> Position | str | None:
    """The position of the bytes of a photo's file, the reason why there is none, or None where nothing is said."""
    from PIL import Image

    try:
        with unheard(), Image.open(io.BytesIO(data), formats=FORMS) as photo:
            said = photo.getexif().get_ifd(GPS)
    except Exception:  # damaged bytes raise whatever comes, and a photo without a position is still a photo
        return None
    return position_of(said)


def position_of(said: Mapping[int, Any]) -> Position | str | None:
    """The position of a directory of GPS by its tags, the reason why it is none, or None of one without coordinates.

    Without its letter a number may be on either side of the equator or of Greenwich, so that it is none.
    """
    if 2 not in said and 4 not in said:
        return None
    found = []
    for name, letters, letter, number, most in (
        ("latitude", "NS", said.get(1), said.get(2), 90),
        ("longitude", "EW", said.get(3), said.get(4), 180),
    ):
        sign = str(letter or "").strip("\0 ").upper()
        if sign not in (letters[0], letters[1]):
            return f"the {name} has no {letters[0]} or {letters[1]}"
        degrees = _degrees(number)
        if degrees is None:
            return f"the {name} is no number"
        if degrees > most:
            return f"the {name} is {degrees:.6g}°, beyond {most}°"
        found.append(degrees if sign == letters[0] else -degrees)
    return Position(*found)


def _degrees(number: Any) -> float | None:
    """Degrees of degrees, minutes and seconds; None for fractions over zero, and for what is negative or missing."""
    if not isinstance(number, Sequence) or not 1 <= len(number) <= 3:
        return None
    try:
        parts = [float(one) for one in number]
    except (TypeError, ValueError, ZeroDivisionError):
        return None
    if not all(math.isfinite(part) and part >= 0 for part in parts):  # Pillow makes nan of a fraction over zero
        return None
    return sum(part / 60**power for power, part in enumerate(parts))
