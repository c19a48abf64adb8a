"""A page to draw on: photos, smooth strokes and words that fit, by Pillow."""

from __future__ import annotations

from collections.abc import Callable
from math import ceil
from typing import Final

import numpy as np

from resight.io import images
from resight.types import Array, Image

from .typesetting import typeset

Colour = tuple[int, int, int]
SUFFIXES: Final = (".png", ".jpg", ".webp")

SMOOTH: Final = 3
"""Strokes are drawn so many times larger and averaged, because Pillow draws without smoothing."""

DARK, BRIGHT = (20, 20, 20, 150), (255, 255, 255, 120)
"""Casings of bright and of dark strokes, so that they are seen on bright photos as on dark ones."""

HAIRLINE: Final[Colour] = (214, 214, 216)
"""Around every photo, so that a white one does not run into the page."""


class Canvas:
    """A white page of ``width`` × ``height`` pixels; points are ``(x, y)`` from its upper left corner.

    Strokes lie above photos and words, and later strokes above earlier ones.
    """

    def __init__(self, width: int, height: int) -> None:
        from PIL import ImageDraw
        from PIL.Image import new

        self.width, self.height = width, height
        self._page = new("RGB", (width, height), "white")
        self._words = ImageDraw.Draw(self._page)
        self._ink = new("RGBA", (SMOOTH * width, SMOOTH * height))
        self._pen = ImageDraw.Draw(self._ink)

    def photo(self, image: Image, at: tuple[int, int]) -> None:
        """An image ``(h, w, 3)``, its upper left corner ``at``."""
        from PIL.Image import fromarray

        self._page.paste(fromarray(np.ascontiguousarray(image)), at)
        self._words.rectangle((at[0] - 1, at[1] - 1, at[0] + image.shape[1], at[1] + image.shape[0]), outline=HAIRLINE)

    def lines(self, starts: Array, ends: Array, colours: Array, *, width: float = 1.5) -> None:
        """Straight lines between points ``(i, 2)`` in colours ``(i, 3)``, the first at the bottom."""
        for start, end, colour in zip(starts, ends, colours, strict=True):
            self._stroke([start, end], tuple(map(int, colour)), width)

    def polygon(self, points: Array, colour: Colour, *, width: float = 3.0) -> None:
        """The closed outline of ``(i, 2)`` points; nothing for fewer than two."""
        if len(points) >= 2:
            self._stroke([*points, *points[:2]], colour, width)  # one side twice, so that the last corner is joined

    def dots(self, points: Array, colour: Colour, *, radius: float = 1.5) -> None:
        """A disc at each of the points ``(i, 2)``."""
        for x, y in SMOOTH * np.asarray(points, np.float64):
            for colouring, wide in ((_casing(colour), SMOOTH * (radius + 1)), ((*colour, 255), SMOOTH * radius)):
                self._pen.ellipse((x - wide, y - wide, x + wide, y + wide), fill=colouring)

    def text(self, words: str, at: tuple[int, int], *, size: int, colour: Colour, room: int) -> None:
        """Writes a line of words, ``at`` its upper left corner, shrunk or cut to ``room`` pixels."""
        font, words = typeset(words, size, room)
        self._words.text((at[0], at[1] + size), words, fill=colour, font=font, anchor="ls")

    def label(self, words: str, at: tuple[int, int], *, size: int, colour: Colour, on: Colour, room: int) -> None:
        """Writes a line of words on a ground of its own colour, ``at`` its middle."""
        font, shown = typeset(words, size, room)
        width, height = ceil(font.getlength(shown)) + size // 2, size + size // 2
        left, top = at[0] - width // 2, at[1] - height // 2
        self.swatch(on, (left, top, width, height))
        self.text(words, (left + size // 4, top), size=size, colour=colour, room=room)

    def swatch(self, colour: Colour, box: tuple[int, int, int, int]) -> None:
        """A filled rectangle ``(left, top, width, height)``."""
        left, top, width, height = box
        self._words.rectangle((left, top, left + width - 1, top + height - 1), fill=colour)

    def image(self) -> Image:
        """The page as it is by now, ``(height, width, 3)``."""
        ink = self._ink.reduce(SMOOTH)
        page = self._page.copy()
        page.paste(ink, (0, 0), ink)
        return np.array(page)

    def _stroke(self, path: list[Array], colour: tuple[int, ...], width: float) -> None:
        corners = [(SMOOTH * float(x), SMOOTH * float(y)) for x, y in path]
        for colouring, wide in ((_casing(colour), width + 2), ((*colour, 255), width)):
            odd = 2 * round((SMOOTH * wide - 1) / 2) + 1  # Pillow draws an even width beside its path
            self._pen.line(corners, fill=colouring, width=odd, joint="curve")


def _casing(colour: tuple[int, ...]) -> tuple[int, int, int, int]:
    return DARK if min(colour) > 200 else BRIGHT


def encoded(draw: Callable[[], Image], suffix: str) -> bytes:
    """Encodes a drawing as the bytes of a file; raises ValueError, before it is drawn, for other SUFFIXES."""
    if suffix.lower() not in images.ENCODINGS:
        raise ValueError(f"a picture cannot be written as {suffix!r}; wanted {', '.join(SUFFIXES)}: choose one")
    return images.encode(draw(), suffix)
