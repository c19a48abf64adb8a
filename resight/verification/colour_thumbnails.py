"""Thumbnails of many photos, by which most pairs are told to be no prints of one picture before they are laid over."""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np

from resight.runtimes import forking
from resight.types import Array, Image

from .registration import LONG_SIDE, lab, smooth
from .reprint import COLOUR, LIGHTNESS

SIDES: Final = (8, 24, 48)
"""Places along each side of a thumbnail, coarse ones first. Of 19,900 pairs of 200 drawn bottles with other colours and
labels the coarse ones leave a fifth, the finest 0.3 %."""

SLACK: Final = (1.0, 2.0)
"""L*, and distance in a* b*, by which places may differ beyond what :mod:`resight.verification.reprint` lets pass:
numbers are whole here. Of 564 photos saved anew at 120 to 700 pixels in six ways no place did by more than 8 and
28.3."""

AT_ONCE: Final = 256
"""Thumbnails compared with one at a time: 7 MB."""


class ColourThumbnails:
    """Thumbnails of photos: L*a*b* in whole numbers, 9 KB a photo.

    A place of a thumbnail is the mean over a part of what :func:`resight.verification.reprint.is_reprint` compares. No
    mean differs by more than the place of it that differs most, so that what is far apart here is so there.
    """

    def __init__(self, photos: int) -> None:
        self._levels = [np.zeros((photos, 3, side * side), np.int8) for side in SIDES]
        self._drawn = np.zeros(photos, bool)

    def __contains__(self, row: int) -> bool:
        return bool(self._drawn[row])

    @forking.held_off()
    def add(self, row: int, image: Image) -> None:
        """Draw the thumbnail of a photo; ``image (h, w, 3)`` uint8 RGB."""
        scale = LONG_SIDE / max(image.shape[:2])
        size = (max(8, round(image.shape[1] * scale)), max(8, round(image.shape[0] * scale)))
        photo = smooth(lab(cv2.resize(image, size, interpolation=cv2.INTER_AREA)))
        for side, level in zip(SIDES, self._levels, strict=True):
            small = cv2.resize(photo, (side, side), interpolation=cv2.INTER_AREA)
            level[row] = np.clip(small.round(), -127, 127).reshape(-1, 3).T
        self._drawn[row] = True

    def alike(self, row: int, others: Array) -> Array:
        """Rows among ``others (k,)`` that may be prints of one picture with a row, nearest first."""
        parts = [self._alike(row, others[start : start + AT_ONCE]) for start in range(0, len(others), AT_ONCE)]
        if not parts:
            return others
        rows, apart = (np.concatenate(each) for each in zip(*parts, strict=True))
        return rows[np.argsort(apart, kind="stable")]

    def _alike(self, row: int, others: Array) -> tuple[Array, Array]:
        """The rows, and how far each is apart at its place of most difference, as a share of what is let pass."""
        shift = _median(_differences(self._levels[0], row, others))
        apart = np.zeros(len(others), np.float32)
        for level in self._levels:
            apart = _apart(_differences(level, row, others) - shift)
            near = apart <= 1
            others, shift, apart = others[near], shift[near], apart[near]
        return others, apart


def _differences(level: Array, row: int, others: Array) -> Array:
    """(k, 3, p) int16, in L*, a* and b*."""
    return level[others].astype(np.int16) - level[row]


def _median(differences: Array) -> Array:
    """(k, 3, 1) int16; of whole numbers NumPy's partition is twenty times as fast as its median."""
    middle = differences.shape[2] // 2
    return np.partition(differences, middle, axis=2)[..., middle, None]


def _apart(differences: Array) -> Array:
    """(k,) the most of any place, as a share of what is let pass."""
    lightness = np.abs(differences[:, 0]).max(axis=1) / (LIGHTNESS + SLACK[0])
    a, b = differences[:, 1].astype(np.float32), differences[:, 2].astype(np.float32)
    return np.maximum(lightness, np.sqrt((a * a + b * b).max(axis=1)) / (COLOUR + SLACK[1]))
