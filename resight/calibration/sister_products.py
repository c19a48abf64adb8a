"""Simulated sister products: things of one design that differ in a picture, a word or a colour.

No set of photos that may be trained on has near twins, so they are composed: bands of pictures, words and plain
colour. Sisters share their logo and some other bands; names, pictures and colours differ, as those of flavours do, and
so do their points.
"""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from resight.types import Array, Image

_HEIGHT = 400
_KINDS, _SHARES = ("picture", "words", "logo", "plain"), (0.35, 0.35, 0.2, 0.1)
_FONTS = (cv2.FONT_HERSHEY_SIMPLEX, cv2.FONT_HERSHEY_DUPLEX, cv2.FONT_HERSHEY_COMPLEX, cv2.FONT_HERSHEY_SCRIPT_COMPLEX)
_WORDS = (
    *("orange", "milk", "apple juice", "natural", "vanilla", "mild", "creamy", "fresh", "PURE", "soy", "oat", "tea"),
    *("golden", "red", "light", "extra", "1000 ml", "GARDEN", "original", "premium", "cocoa", "1.5%", "lemon", "No. 7"),
    *("honey", "classic", "family", "fine", "dark", "whole", "250 g", "spring", "river", "No. 3"),
)


def sisters(pictures: Sequence[Image], rng: np.random.Generator, count: int, *, forms: bool = False) -> list[Image]:
    """``count`` ≥ 1 fronts of one family and size; each differs from the first in a band or in its colours.

    What makes a brand stays: its logo, and where the bands lie. Names and pictures are mostly others, as those of
    flavours are, and often so is the ground. Of ``forms`` one and the same band is another one in each, and nothing
    else is: a name, or a year. They are 400 pixels high, or more where a band would be too thin; without ``pictures``
    there are words instead.
    """
    width = int(_HEIGHT * rng.uniform(0.4, 1.0))
    edges = np.r_[0, np.sort(rng.uniform(0.1, 0.9, rng.integers(1, 5))), 1]
    heights = np.maximum(np.diff(np.rint(edges * _HEIGHT)).astype(int), 24)
    kinds = rng.choice(_KINDS, len(heights), p=_SHARES)
    ground, alike = _colour(rng), rng.uniform(0, 0.8)

    def front(seeds: Array, ground: Image) -> Image:
        """The bands, each drawn by a seed of its own, so that it looks the same on any ground."""
        rows = zip(kinds, heights, seeds, strict=True)
        bands = [_band(kind, width, high, ground, pictures, np.random.default_rng(seed)) for kind, high, seed in rows]
        return np.vstack(bands)

    first = _seeds(len(kinds), rng)
    family = [front(first, ground)]
    filled_in = int(rng.integers(len(kinds))) if forms else -1
    while len(family) < count:
        stays = (kinds == "logo") | (rng.random(len(kinds)) < alike)
        if forms:
            sister = front(np.where(np.arange(len(kinds)) == filled_in, _seeds(len(kinds), rng), first), ground)
            family.append(_recoloured(sister, rng) if np.array_equal(sister, family[0]) else sister)
            continue
        sister = front(np.where(stays, first, _seeds(len(kinds), rng)), ground if rng.random() < 0.5 else _colour(rng))
        is_same = np.array_equal(sister, family[0])
        family.append(_recoloured(sister, rng) if is_same or rng.random() < 0.2 else sister)
    return family


def _seeds(count: int, rng: np.random.Generator) -> Array:
    return rng.integers(1 << 32, size=count)


def _band(
    kind: str, width: int, height: int, ground: Image, pictures: Sequence[Image], rng: np.random.Generator
) -> Image:
    if kind == "picture" and pictures:
        return _picture(pictures[int(rng.integers(len(pictures)))], width, height, rng)
    band = np.full((height, width, 3), _colour(rng) if kind == "plain" else ground, np.uint8)
    return band if kind == "plain" else _written(band, rng)


def _picture(photo: Image, width: int, height: int, rng: np.random.Generator) -> Image:
    """A random crop of ``photo`` with the aspect of ``width × height``."""
    h = rng.uniform(0.4, 1.0) * min(photo.shape[0], photo.shape[1] * height / width)
    w = h * width / height
    y, x = rng.uniform(0, photo.shape[0] - h), rng.uniform(0, photo.shape[1] - w)
    crop = photo[int(y) : int(np.ceil(y + h)), int(x) : int(np.ceil(x + w))]
    return cv2.resize(crop, (width, height), interpolation=cv2.INTER_CUBIC)


def _written(band: Image, rng: np.random.Generator) -> Image:
    """``band`` with one to three lines of words across it."""
    height, width = band.shape[:2]
    lines = int(rng.integers(1, 4))
    font, ink = int(rng.choice(_FONTS)), [int(part) for part in _colour(rng)]
    for line in range(lines):
        word = str(rng.choice(_WORDS))
        (wide, high), _ = cv2.getTextSize(word, font, 1, 1)
        size = min(0.9 * width / wide, 0.7 * height / lines / high)
        at = (int(0.05 * width), int(height * (line + 0.8) / lines))
        cv2.putText(band, word, at, font, size, ink, max(1, int(size * rng.uniform(1, 3.5))), cv2.LINE_AA)
    return band


def _colour(rng: np.random.Generator) -> Image:
    """A random colour ``(3,)``, any hue, not too dark."""
    hsv = np.array([[[rng.integers(180), rng.integers(230), rng.integers(60, 256)]]], np.uint8)
    return cv2.cvtColor(hsv, cv2.COLOR_HSV2RGB)[0, 0]


def _recoloured(image: Image, rng: np.random.Generator) -> Image:
    """``image`` with every hue turned by a sixth of the circle or more."""
    hsv = cv2.cvtColor(image, cv2.COLOR_RGB2HSV)
    hsv[..., 0] = (hsv[..., 0].astype(int) + int(rng.integers(30, 151))) % 180
    return cv2.cvtColor(hsv, cv2.COLOR_HSV2RGB)
