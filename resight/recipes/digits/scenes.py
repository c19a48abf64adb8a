"""Scenes whose truth is known: digits pasted somewhere on a photo, at some size."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from resight.types import Array

from . import greys
from .mnist import SIDE, Digits

INK: Final = 0.5
"""Opacity from which a pixel belongs to the digit."""


TRIES: Final = 100
"""Places that are tried for a digit until it lies beside the others."""


@dataclass(frozen=True, slots=True, eq=False)
class DigitScene:
    """A grey ``image (h, w)`` uint8, the class of the digit that is asked for, and its box as `iou` takes it."""

    image: Array
    label: int
    box: Array


@dataclass(frozen=True, slots=True)
class SceneDifficulty:
    """Ranges that scenes are drawn from.

    Attributes
    ----------
    side : of a scene in pixels.
    largest : a digit has 1 to so many times its own size, the small ones as often as the large.
    contrast : in [0, 1], what is kept of the photo's distance from the colour that the digits are not.
    rivals : digits of other classes on the same scene.
    """

    side: int = 112
    largest: float = 2.5
    contrast: float = 1.0
    rivals: int = 0


def scenes(
    backdrops: Sequence[Array], digits: Digits, difficulty: SceneDifficulty, *, count: int, rng: np.random.Generator
) -> Iterator[DigitScene]:
    """``count`` scenes, each a part of one of the grey ``backdrops (h, w)`` with digits of these on it.

    They are white where the part is dark in the mean, else black. Where a rival finds no place it is left out.
    """
    for _ in range(count):
        backdrop = _part(backdrops[int(rng.integers(len(backdrops)))], difficulty.side, rng)
        label, ink = _pasted(digits, difficulty, rng)
        everything = ink
        for _ in range(difficulty.rivals):
            everything = _with_rival(everything, label, digits, difficulty, rng)
        paper, colour = (0.0, 255.0) if backdrop.mean() < 127.5 else (255.0, 0.0)
        below = paper + difficulty.contrast * (backdrop - paper)
        image = np.round(below + everything * (colour - below)).astype(np.uint8)
        yield DigitScene(image, label, _box(ink >= INK))


def _part(photo: Array, side: int, rng: np.random.Generator) -> Array:
    """A square of the photo at a size between a half and all of its own, float64; a small photo is scaled up."""
    scale = max(rng.uniform(0.5, 1.0), side / min(photo.shape))
    height, width = (max(side, round(scale * length)) for length in photo.shape)
    scaled = greys.resized(photo, (width, height))
    top, left = rng.integers(height - side + 1), rng.integers(width - side + 1)
    return scaled[top : top + side, left : left + side].astype(np.float64)


def _pasted(digits: Digits, difficulty: SceneDifficulty, rng: np.random.Generator) -> tuple[int, Array]:
    """A digit's class, and its opacity ``(side, side)`` in [0, 1], all of it within the scene."""
    number, side = int(rng.integers(len(digits))), difficulty.side
    size = min(side, round(SIDE * math.exp(rng.uniform(0, math.log(difficulty.largest)))))
    top, left = rng.integers(side - size + 1), rng.integers(side - size + 1)
    opacity = np.zeros((side, side))
    opacity[top : top + size, left : left + size] = greys.resized(digits.images[number], (size, size)) / 255
    return int(digits.labels[number]), opacity


def _with_rival(ink: Array, label: int, digits: Digits, difficulty: SceneDifficulty, rng: np.random.Generator) -> Array:
    """The opacity with one more digit beside what is there, of another class than the one that is asked for."""
    for _ in range(TRIES):
        other, rival = _pasted(digits, difficulty, rng)
        left, top, right, bottom = _box(rival >= INK)
        if other != label and not ink[top:bottom, left:right].any():
            return np.maximum(ink, rival)
    return ink


def _box(mask: Array) -> Array:
    rows, columns = (np.flatnonzero(mask.any(axis=axis)) for axis in (1, 0))
    return np.array([columns[0], rows[0], columns[-1] + 1, rows[-1] + 1])
