"""Typesetting: a line of words in the font that can spell it, and in the room that there is."""

from __future__ import annotations

import unicodedata
import warnings
from bisect import bisect_right
from functools import cache
from math import ceil
from typing import TYPE_CHECKING, Final

from . import fonts

if TYPE_CHECKING:
    from PIL.ImageFont import FreeTypeFont

SPELLINGS: Final = str.maketrans({"—": "·", "–": "-", "×": "x", "•": "·"})
"""Signs that Pillow's font lacks, in signs that it has; so that captions look the same on every system."""

CJK: Final = ("CJK", "HIRAGANA", "KATAKANA", "HANGUL", "BOPOMOFO")
"""Scripts that Noto keeps in one large font of its own."""

SMALLEST: Final = 0.75
"""Share of its size to which a line of words shrinks before it is cut."""


def typeset(words: str, size: int, room: int) -> tuple[FreeTypeFont, str]:
    """The font, and the words as it can spell them in ``room`` pixels: smaller down to SMALLEST, then cut short."""
    words = _plain(words)[: max(room, 1)]  # no letter is narrower than a pixel
    name = _fittest(words)
    words = "".join(_spelled(character, name) for character in words)
    _tell_boxes(words, name)
    sizes = range(size, round(SMALLEST * size) - 1, -1)
    fitting_sizes = (each for each in sizes if fonts.font(name, each).getlength(words) <= room)
    font = fonts.font(name, next(fitting_sizes, sizes[-1]))
    if font.getlength(words) > room:
        fitting = bisect_right(range(len(words)), room, key=lambda count: ceil(font.getlength(f"{words[:count]}…")))
        words = f"{words[: max(0, fitting - 1)].rstrip()}…"
    return font, words


def wrapped(words: str, size: int, room: int) -> list[str]:
    """The words in lines of ``room`` pixels at most, parted at blanks; a word that is longer has a line of its own."""
    lines: list[str] = []
    for word in _plain(words).split():
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and fonts.font(_fittest(longer), size).getlength(longer) <= room:
            lines[-1] = longer
        else:
            lines.append(word)
    return lines


def _plain(words: str) -> str:
    """One line: composed characters (a Mac's file names are decomposed), nothing that moves a cursor or a margin."""
    composed = unicodedata.normalize("NFC", words).translate(SPELLINGS)
    return " ".join("".join(character if character.isprintable() else " " for character in composed).split())


def _fittest(words: str) -> str | None:
    """The font that has most of the characters: None for Pillow's own, which wins a draw."""
    names = (None,) if words.isascii() else (None, *filter(fonts.is_sound, fonts.fallbacks(words)))
    return min(names, key=lambda name: sum(not fonts.has(name, character) for character in set(words)))


def _tell_boxes(words: str, name: str | None) -> None:
    """Warn of letters that the font, which is the fittest there is, draws as boxes."""
    for character in words:
        if character.isalpha() and not fonts.has(name, character):
            script = fonts.script(character)
            warn_of_boxes("CJK" if script in CJK else script)


@cache
def warn_of_boxes(script: str) -> None:
    """Once for each script: every name in it has its letters missing."""
    warnings.warn(
        f"no font of this system has {script} letters, so that pictures show boxes in their place: install one, "
        f"such as {'Noto Sans CJK' if script == 'CJK' else 'Noto Sans'} (https://fonts.google.com/noto)",
        stacklevel=2,
    )


def _spelled(character: str, name: str | None) -> str:
    """The character, or its letters without accents, where the font has them; else what a font draws for "unknown"."""
    if fonts.has(name, character):
        return character
    base = "".join(part for part in unicodedata.normalize("NFKD", character) if not unicodedata.combining(part))
    return base if base and all(fonts.has(name, part) for part in base) else character
