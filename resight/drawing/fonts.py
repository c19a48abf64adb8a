"""Fonts that the system has, by the names of their files, and which of them have a letter."""

from __future__ import annotations

import os
import sys
import unicodedata
from collections.abc import Iterator
from functools import cache, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Final, cast

if TYPE_CHECKING:
    from PIL.ImageFont import FreeTypeFont

FALLBACKS: Final = (
    *("DejaVuSans.ttf", "arial.ttf", "Arial Unicode.ttf", "NotoSansCJK-Regular.ttc", "msgothic.ttc"),
    *("PingFang.ttc", "msyh.ttc", "malgun.ttf", "wqy-microhei.ttc", "DroidSansFallbackFull.ttf", "Nirmala.ttc"),
)
"""Fonts that systems bring, for words that Pillow's own font cannot spell: it has no accents, no dashes."""

_SUFFIXES: Final = (".ttf", ".ttc", ".otf")


def fallbacks(words: str) -> tuple[str, ...]:
    """The system's fonts that may have what Pillow's own lacks, by file name, those of many scripts first."""
    own = (f"NotoSans{script(character).title()}-Regular.ttf" for character in words if not character.isascii())
    return tuple(name for name in dict.fromkeys((*FALLBACKS, *own)) if name in files())


def file_of(name: str) -> Path | None:
    """The file of a font of the system, or None; a file of that name in the working folder is none of the system's.

    Pillow, given a bare name, takes it from the working folder first, which may be one of downloaded photos.
    """
    return files().get(name)


def script(character: str) -> str:
    """The script of a letter, by the first word of its name in Unicode, such as "CJK", "HANGUL" or "THAI"; or ""."""
    return unicodedata.name(character, "").split(" ")[0].split("-")[0]


@cache
def files() -> dict[str, Path]:
    """Font files by name; of two, that of the folder which comes first."""
    found: dict[str, Path] = {}
    for folder in _folders():
        for place, _, names in os.walk(folder):
            for name in names:
                if name.lower().endswith(_SUFFIXES):
                    found.setdefault(name, Path(place, name))
    return found


@lru_cache(4096)
def has(name: str | None, character: str) -> bool:
    """Whether the font of that name, or Pillow's own for None, draws the character other than one that no font has
    (U+FFFF is none for ever).
    """
    drawn, unknown = (font(name, 16).getmask(text) for text in (character, "\uffff"))
    return (drawn.size, bytes(drawn)) != (unknown.size, bytes(unknown))


@cache
def is_sound(name: str) -> bool:
    """Whether a font of the system can be read."""
    try:
        return bool(font(name, 16))
    except OSError:
        return False


@cache
def font(name: str | None, size: int) -> FreeTypeFont:
    """A font of the system; Pillow's own for None, and for a name that the system does not have."""
    from PIL import ImageFont

    file = None if name is None else file_of(name)
    made = ImageFont.load_default(size) if file is None else ImageFont.truetype(file, size)
    return cast("FreeTypeFont", made)  # the default is another kind only in a Pillow that was built without FreeType


def _folders() -> Iterator[Path]:
    """Folders in which the system keeps fonts: those that Pillow looks through, less the working folder."""
    home, environment = Path.home(), os.environ.get
    if sys.platform == "win32":
        yield Path(environment("WINDIR", r"C:\Windows"), "Fonts")
    elif sys.platform == "darwin":
        yield from (Path("/Library/Fonts"), Path("/System/Library/Fonts"), home / "Library" / "Fonts")
    else:  # https://specifications.freedesktop.org/basedir-spec, by which paths that are not absolute are left out
        data = [environment("XDG_DATA_HOME") or str(home / ".local" / "share")]
        data += (environment("XDG_DATA_DIRS") or "/usr/local/share:/usr/share").split(":")
        yield from (Path(folder, "fonts") for folder in data if os.path.isabs(folder))
