"""Names of things in one spelling, whatever keyboard, file system or table they come from."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from difflib import get_close_matches
from typing import Final

_BLANKS: Final = "".join(char for char in map(chr, range(0x3001)) if char.isspace())
_DIRECTIONS: Final = "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
"""Marks of direction: they order what stands within a name, and do nothing at its ends."""
_ENDS: Final = f"{_BLANKS}{_DIRECTIONS}\u200c"
_SPELLING: Final = str.maketrans(
    {**dict.fromkeys("\u00ad\u180e\u200b\u2060\ufeff"), **dict.fromkeys("\u00a0\u2007\u202f", " ")}
)
"""Spelling of names: characters without width are left out, a no-break space is a space. Joiners stay: Persian and
emoji are spelled so."""


def canonical(name: str) -> str:
    """The one spelling of a thing's name: what looks the same at the first glance is the same.

    That is composed (Unicode's NFC, UAX 15), with neither characters of no width nor blanks around, and with spaces
    for no-break spaces. It may be empty. Doing it twice is doing it once.
    """
    if name.isascii():
        return name.strip()
    return unicodedata.normalize("NFC", name.translate(_SPELLING)).strip(_ENDS)


def composed(path: str) -> str:
    """A path as it is compared: some file systems give names in decomposed form, and keyboards type the other."""
    return unicodedata.normalize("NFC", path)


def likeness(name: str) -> str:
    """Key that is equal for names which differ in case, in blanks or in what cannot be seen alone."""
    folded = composed(name).casefold()
    return composed("".join(char for char in folded if not char.isspace() and not _is_invisible(char)))


def lookalikes(names: Iterable[str]) -> tuple[tuple[str, ...], ...]:
    """Groups of two or more names of one :func:`likeness`, in the order given."""
    groups: dict[str, list[str]] = {}
    for name in names:
        groups.setdefault(likeness(name), []).append(name)
    return tuple(tuple(group) for group in groups.values() if len(group) > 1)


def nearest(name: str, known: Iterable[str], *, count: int = 1) -> list[str]:
    """Known names that may have been meant, ``count`` at most: those of its likeness, else those spelled nearly so.

    A number is no slip of another number.
    """
    others = list(known)
    alike = [other for other in others if likeness(other) == likeness(name)]
    return alike[:count] or ([] if name.isdecimal() else get_close_matches(name, others, n=count))


def _is_invisible(char: str) -> bool:
    return unicodedata.category(char) == "Cf" or "\ufe00" <= char <= "\ufe0f"
