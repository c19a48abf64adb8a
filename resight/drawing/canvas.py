"""A page to draw on: photos, smooth strokes and words that fit, by Pillow."""

from __future__ import annotations

import unicodedata
import warnings
from bisect import bisect_right
from collections.abc import Callable
from functools import cache, lru_cache
from math import ceil
from typing import TYPE_CHECKING, Final, cast

import numpy as np

from resight.io import images
from resight.types import Array, Image

from . import fonts

if TYPE_CHECKING:
    from PIL.ImageFont import FreeTypeFont

Colour = tuple[int, int, int]
SUFFIXES: Final = (".png", ".jpg", ".webp")

SMOOTH: Final = 3
"""Strokes are drawn so many times larger and averaged, because Pillow draws without smoothing."""

DARK, BRIGHT = (20, 20, 20, 150), (255, 255, 255, 120)
"""Casings of bright and of dark strokes, so that they are seen on bright photos as on dark ones."""

SPELLINGS: Final = str.maketrans({"—": "·", "–": "-", "×": "x", "•": "·"})
"""Signs that Pillow's font lacks, in signs that it has; so that captions look the same on every system."""

CJK: Final = ("CJK", "HIRAGANA", "KATAKANA", "HANGUL", "BOPOMOFO")
"""Scripts that Noto keeps in one large font of its own."""

HAIRLINE: Final[Colour] = (214, 214, 216)
"""Around every photo, so that a white one does not run into the page."""

SMALLEST: Final = 0.75
"""Share of its size to which a line of words shrinks before it is cut."""


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


def typeset(words: str, size: int, room: int) -> tuple[FreeTypeFont, str]:
    """The font, and the words as it can spell them in ``room`` pixels: smaller down to SMALLEST, then cut short."""
    words = _plain(words)[: max(room, 1)]  # no letter is narrower than a pixel
    name = _fittest(words)
    words = "".join(_spelled(character, name) for character in words)
    _tell_boxes(words, name)
    sizes = range(size, round(SMALLEST * size) - 1, -1)
    font = _font(name, next((each for each in sizes if _font(name, each).getlength(words) <= room), sizes[-1]))
    if font.getlength(words) > room:
        fitting = bisect_right(range(len(words)), room, key=lambda count: ceil(font.getlength(f"{words[:count]}…")))
        words = f"{words[: max(0, fitting - 1)].rstrip()}…"
    return font, words


def _plain(words: str) -> str:
    """One line: composed characters (a Mac's file names are decomposed), nothing that moves a cursor or a margin."""
    composed = unicodedata.normalize("NFC", words).translate(SPELLINGS)
    return " ".join("".join(character if character.isprintable() else " " for character in composed).split())


def _fittest(words: str) -> str | None:
    """The font that has most of the characters: None for Pillow's own, which wins a draw."""
    names = (None,) if words.isascii() else (None, *filter(_is_sound, fonts.fallbacks(words)))
    return min(names, key=lambda name: sum(not _has(name, character) for character in set(words)))


def _tell_boxes(words: str, name: str | None) -> None:
    """Warn of letters that the font, which is the fittest there is, draws as boxes."""
    for character in words:
        if character.isalpha() and not _has(name, character):
            script = fonts.script(character)
            _warn_of("CJK" if script in CJK else script)


@cache
def _warn_of(script: str) -> None:
    """Once for each script: every name in it has its letters missing."""
    warnings.warn(
        f"no font of this system has {script} letters, so that pictures show boxes in their place: install one, "
        f"such as {'Noto Sans CJK' if script == 'CJK' else 'Noto Sans'} (https://fonts.google.com/noto)",
        stacklevel=2,
    )


def _spelled(character: str, name: str | None) -> str:
    """The character, or its letters without accents, where the font has them; else what a font draws for "unknown"."""
    base = "".join(part for part in unicodedata.normalize("NFKD", character) if not unicodedata.combining(part))
    return base if base and not _has(name, character) and all(_has(name, part) for part in base) else character


@lru_cache(4096)
def _has(name: str | None, character: str) -> bool:
    """Whether the font draws the character other than one that no font has (U+FFFF is none for ever)."""
    drawn, unknown = (_font(name, 16).getmask(text) for text in (character, "\uffff"))
    return (drawn.size, bytes(drawn)) != (unknown.size, bytes(unknown))


@cache
def _is_sound(name: str) -> bool:
    try:
        return bool(_font(name, 16))
    except OSError:
        return False


@cache
def _font(name: str | None, size: int) -> FreeTypeFont:
    """A font of the system; Pillow's own for None, and for a name that the system does not have."""
    from PIL import ImageFont

    file = None if name is None else fonts.file_of(name)
    font = ImageFont.load_default(size) if file is None else ImageFont.truetype(file, size)
    return cast("FreeTypeFont", font)  # the default is another kind only in a Pillow that was built without FreeType


def encoded(draw: Callable[[], Image], suffix: str) -> bytes:
    """Encodes a drawing as the bytes of a file; raises ValueError, before it is drawn, for other SUFFIXES."""
    if suffix.lower() not in images.ENCODINGS:
        raise ValueError(f"a picture cannot be written as {suffix!r}; wanted {', '.join(SUFFIXES)}: choose one")
    return images.encode(draw(), suffix)
