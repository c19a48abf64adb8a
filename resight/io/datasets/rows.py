"""Rows of tables: what each says of a photo, its file, what it shows, its split, and what to leave out for it."""

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
class CheckedRow:
    """A row, checked.

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


def checked_row(cells: Mapping[str, Any], place: Path) -> CheckedRow:
    """Reads what the cells of a row say of photos below a place; raises ValueError for a row that is wrong."""
    labels = _texts(cells.get("label"), separator=None) + _texts(cells.get("labels"))
    ignored = _texts(cells.get("ignore")) + _texts(cells.get("ambiguous_with"))
    word = "".join(_texts(cells.get("split"), separator=None))
    return CheckedRow(
        inside(cells.get("file_name"), place),
        tuple(dict.fromkeys(filter(None, map(canonical, labels)))),
        word,
        split_of(word) if word else "",
        tuple(dict.fromkeys(inside(name, place) for name in ignored)),
    )


def inside(name: Any, place: Path) -> PurePosixPath:
    """A file's name in a table as a path below its place; raises ValueError for one that leads elsewhere."""
    if not isinstance(name, str) and not _is_missing(name):
        raise ValueError(f"{name!r:.80} where file_name was wanted; write it as text, in quotes")
    text = name if isinstance(name, str) else ""
    path = PurePosixPath(text)
    if not text.strip() or not path.parts:
        raise ValueError("no file_name")
    windows = text.strip().replace("\\", "/")
    if ".." not in windows.split("/"):
        if not windows.startswith("/") and windows[1:3] != ":/":
            return path
        if (below := _below(Path(text.strip()), place)) is not None:
            return below
    raise ValueError(f"{name!r} leads out of the folder; wanted a path inside it")


def _below(path: Path, place: Path) -> PurePosixPath | None:
    """A whole path as one from a place, however that was named, or nothing where it does not lie below it."""
    for resolve in (os.path.abspath, os.path.realpath):
        for whole in (path, Path(os.path.realpath(path.parent), path.name)):
            if whole.is_relative_to(base := resolve(place)) and whole != Path(base):
                return PurePosixPath(whole.relative_to(base).as_posix())
    return None


@dataclass(slots=True)
class Files:
    """The files of a table's folder, found by what a table calls them.

    ``photos`` are paths below ``folder``. A name may have the separators of Windows, and another Unicode form.
    """

    folder: Path
    photos: Iterable[PurePath]
    _spelt: dict[str, PurePath] = field(init=False)
    _alike: dict[tuple[int, str], list[str]] = field(init=False, default_factory=dict)

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
        """The one file that is called so but for capitals, its folder or its suffix."""
        if not self._alike:
            for spelt in self._spelt:
                for key in enumerate(_forms(spelt)):
                    self._alike.setdefault(key, []).append(spelt)
        full, last, bare, stem = _forms(name.as_posix().strip().replace("\\", "/"))
        for key in ((0, full), (1, last), (2, full), (3, last), (2, bare), (3, stem)):
            if meant := self._alike.get(key):
                return f"; did you mean {meant[0]!r}?" if len(meant) == 1 else ""
        return ""


def _forms(name: str) -> tuple[str, str, str, str]:
    """A path without regard to capitals: whole, without its folders, without its suffix, and without both."""
    path = PurePosixPath(composed(name).casefold())
    return path.as_posix(), path.name, path.with_suffix("").as_posix(), path.stem


def _texts(value: Any, *, separator: str | None = "|") -> tuple[str, ...]:
    """The texts of one cell: between separators, or a list; a whole number is its digits. Raises ValueError.

    So is one that became a float, as pandas makes all numbers of a column in which one is missing.
    """
    values = value.split(separator) if isinstance(value, str) and separator else value
    values = values if isinstance(values, list) else [values]
    values = [_whole(item) if isinstance(item, float) else item for item in values]
    wrong = [item for item in values if isinstance(item, bool) or not isinstance(item, str | int | None)]
    if wrong:
        raise ValueError(f"{wrong[0]!r} where text was wanted; write it as text, in quotes")
    texts = tuple(text for item in values if item is not None and (text := str(item).strip()))
    for text in texts:
        if not _is_unicode(text):
            raise ValueError(f"{text!r} is no text in Unicode")
    return texts


def _whole(number: float) -> int | float | None:
    """A whole number as such, and nothing for what is no number; above 2^53 a float may be another one."""
    if _is_missing(number):
        return None
    return int(number) if number.is_integer() and abs(number) <= 2**53 else number


def _is_missing(value: Any) -> bool:
    """Whether a cell is empty: of text and of numbers, as pandas writes that."""
    return value is None or (isinstance(value, float) and math.isnan(value))


def _is_unicode(text: str) -> bool:
    return not any("\ud800" <= char <= "\udfff" for char in text)
