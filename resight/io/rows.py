"""What one row of a table says of a photo: its file, what it shows, its split, and what to leave out for it."""

from __future__ import annotations

import math
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePath, PurePosixPath
from typing import Any

from resight.names import canonical, composed

from .splits import split_of


@dataclass(frozen=True, slots=True)
class Said:
    """One row, checked.

    Attributes
    ----------
    file_name : path of the photo below the place of the table.
    labels : what the photo shows; none where nobody said.
    word, split : what the row calls its split, and which that is; empty where it says nothing.
    ignore : paths of photos to leave out of this query's ranking.
    """

    file_name: PurePosixPath
    labels: tuple[str, ...]
    word: str
    split: str
    ignore: tuple[PurePosixPath, ...]


def said(cells: Mapping[str, Any]) -> Said:
    """What the cells of a row say; raises ValueError, in words, for a row that is wrong."""
    labels = _texts(cells.get("label"), separator=None) + _texts(cells.get("labels"))
    ignored = _texts(cells.get("ignore")) + _texts(cells.get("ambiguous_with"))
    word = "".join(_texts(cells.get("split"), separator=None))
    return Said(
        inside(cells.get("file_name")),
        tuple(dict.fromkeys(filter(None, map(canonical, labels)))),
        word,
        split_of(word) if word else "",
        tuple(dict.fromkeys(map(inside, ignored))),
    )


def inside(name: Any) -> PurePosixPath:
    """A file's name in a table as a path below its place; raises ValueError for one that leads elsewhere."""
    text = name if isinstance(name, str) else ""
    path = PurePosixPath(text)
    if not text.strip() or not path.parts:
        raise ValueError("no file_name")
    windows = text.strip().replace("\\", "/")
    if path.is_absolute() or ".." in windows.split("/") or windows[1:3] == ":/" or windows.startswith("/"):
        raise ValueError(f"{name!r} leads out of the folder; wanted a path inside it")
    return path


@dataclass(slots=True)
class Files:
    """The files of a table's folder, found by what a table calls them.

    ``photos`` are paths below ``folder``. A name may have the separators of Windows, and another Unicode form.
    """

    folder: Path
    photos: Iterable[PurePath]
    _spelt: dict[str, PurePath] = field(init=False)

    def __post_init__(self) -> None:
        self._spelt = {composed(photo.as_posix()): photo for photo in self.photos}

    def find(self, name: PurePosixPath) -> PurePath:
        """The file of this name; raises ValueError, with what may be meant, where there is none."""
        text = name.as_posix()
        if os.path.isfile(self.folder / name):
            return name
        for other in (text, text.strip(), PurePosixPath(text.strip().replace("\\", "/")).as_posix()):
            if (found := self._spelt.get(composed(other))) is not None:
                return found
        raise ValueError(f"{text!r} is no file in this folder{self._meant(name)}")

    def _meant(self, name: PurePosixPath) -> str:
        """The file that is called so but for capitals or its folder, or the nearest of those in the same folder."""
        wanted = name.as_posix().replace("\\", "/").casefold()
        same = [photo for photo in self._spelt if photo.casefold() == wanted]
        ends = [photo for photo in self._spelt if photo.casefold().rpartition("/")[2] == wanted.rpartition("/")[2]]
        if len(meant := same or ends) == 1:
            return f"; did you mean {meant[0]!r}?"
        return ""


def _texts(value: Any, *, separator: str | None = "|") -> tuple[str, ...]:
    """The texts of one cell: between separators, or a list; a whole number is its digits. Raises ValueError."""
    values = value.split(separator) if isinstance(value, str) and separator else value
    values = values if isinstance(values, list) else [values]
    values = [None if isinstance(item, float) and math.isnan(item) else item for item in values]
    wrong = [item for item in values if not isinstance(item, str | int | None)]
    if wrong:
        raise ValueError(f"{wrong[0]!r} where text was wanted")
    texts = tuple(text for item in values if item is not None and (text := str(item).strip()))
    for text in texts:
        if not _is_unicode(text):
            raise ValueError(f"{text!r} is no text in Unicode")
    return texts


def _is_unicode(text: str) -> bool:
    return not any("\ud800" <= char <= "\udfff" for char in text)
