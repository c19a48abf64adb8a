"""Samples of more than 8 bits as grey levels: what is white, and how the rest is scaled to it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from resight.types import Array, Image

from .kinds import UnreadKind

WHITES: Final = (1, 255, 65535)
"""Values of white in files of numbers: unit floats, 8-bit and 16-bit values."""

BEYOND: Final = 0.1
"""Share of white by which floats may pass black and white, to be cut off: sharpening and resampling leave that."""

DARKEST: Final = 1 / 16
"""The share of white that the brightest value reaches at least, where white is guessed and above 1: a picture of 12-bit
numbers that were taken for 16-bit ones would be all but black."""

_ROWS: Final = 64  # taken at once, so that no copy of all samples in another type is made


@dataclass(frozen=True, slots=True)
class SampleReading:
    """Reading of the samples that Pillow gives, where a file says more of them than Pillow tells.

    Attributes
    ----------
    white : the sample that is white, or None where their type says it.
    unsigned : 32-bit integers have no sign, though Pillow's have.
    inverted : the smallest sample is white.
    rare : what the file is, where its decoder may be missing in this Pillow.
    """

    white: float | None = None
    unsigned: bool = False
    inverted: bool = False
    rare: str | None = None


def eight_bits(values: Array, white: float | None = None) -> Image:
    """Grey values scaled from [0, ``white``] to [0, 255] and rounded; same shape, uint8.

    Unsigned 16-bit values are white at 65535 (PNG specification, sample depth rescaling; TIFF 6.0, section 4) unless
    ``white`` says otherwise. Of 32-bit integers and floats no file says what white is: `guessed`. What is not finite is
    taken as 0. Raises Unread where nothing can be guessed.
    """
    if white is None:
        white = 65535 if values.dtype == np.uint16 else guessed([values])
    greys = np.empty(values.shape, np.uint8)
    for start in range(0, len(values), _ROWS):
        rows = _finite(values[start : start + _ROWS])
        greys[start : start + _ROWS] = np.rint(np.clip(rows, 0, white) * (255 / white))
    return greys


def guessed(blocks: Iterable[Array]) -> float:
    """Guesses what white is among 32-bit integers or floats, given block by block: the first of `WHITES` that holds
    them all.

    Unsigned integers beyond the last of them have the type's largest as white (TIFF 6.0, section 4). Raises Unread for
    other values, and where the brightest would be all but black.
    """
    low, high = np.inf, -np.inf
    kind: np.dtype[Any] = np.dtype(np.float64)
    for values in blocks:
        kind = values.dtype
        for start in range(0, len(values), _ROWS):
            rows = _finite(values[start : start + _ROWS])
            low, high = min(low, float(rows.min())), max(high, float(rows.max()))
    beyond = BEYOND if kind.kind == "f" else 0.0
    white = next((white for white in WHITES if high <= white * (1 + beyond)), 0)
    if kind.kind == "u" and not white:
        return float(2 ** (8 * kind.itemsize) - 1)
    if not white or low < -beyond * white or (white > 1 and high < DARKEST * white):
        raise UnreadKind(f"samples from {low:g} to {high:g}, of which nothing says what black and white are")
    return white


def _finite(values: Array) -> Array:
    with np.errstate(invalid="ignore"):  # NumPy tells a signalling NaN as it converts it
        return np.nan_to_num(values.astype(np.float64), nan=0.0, posinf=0.0, neginf=0.0)
