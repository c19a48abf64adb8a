"""The photos of a data set as entries, and the entries that a table's rows are."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePath, PurePosixPath
from typing import Final

from resight.errors import DatasetError
from resight.io.decoding.memory import BUDGET
from resight.io.images import MAX_BYTES, Photo, cut, read
from resight.io.photo_file import contents
from resight.names import composed

from .folders import shown
from .parquet import Cell
from .rows import CheckedRow, checked_row, inside
from .survey import SHOWN, RefusedPlace
from .tables import Sheet

FoundPhoto = tuple[PurePath, Path | Cell]
"""Path of a photo below its table's place, and what it is read from."""

REFERENCE: Final = "reference"
"""The split of a photo of which nobody says another."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A photo of a data set.

    Attributes
    ----------
    name : path of the photo as it was discovered, "/" between folders; inside a Parquet file, that file's path and on.
    source : the file, the cell of a Parquet file, or the bytes of a file.
    labels : what the photo shows, any of which is a right answer; none for a distractor or where nobody said.
    split : "reference", "query", "distractor", or another that a table names.
    ignore : names of photos to leave out of this query's ranking, in the form of ``name``.
    row : where a table's row of it stands, such as "photos/metadata.csv, line 3"; empty without a table.
    box : the part of the photo that is meant, left, top, right, bottom in pixels of the whole upright photo; None for
        all of it.
    about : what else is known of it, such as its credit.
    """

    name: str
    source: Path | Cell | bytes
    labels: tuple[str, ...] = ()
    split: str = REFERENCE
    ignore: tuple[str, ...] = ()
    row: str = field(default="", compare=False)
    box: tuple[float, float, float, float] | None = None
    about: Mapping[str, str] = field(default_factory=dict, compare=False)

    @property
    def label(self) -> str | None:
        """The first of the labels."""
        return self.labels[0] if self.labels else None

    def read(self, *, max_bytes: int = MAX_BYTES) -> bytes:
        """The bytes of the encoded photo; raises PhotoError."""
        if isinstance(self.source, Cell):
            return self.source.read()
        if isinstance(self.source, bytes):
            return self.source
        return contents(self.source, max_bytes=max_bytes)

    def photo(self, *, long_side: int | None = None) -> Photo:
        """The photo, or what is inside its box, read when there is room for its pixels; raises PhotoError."""
        with BUDGET.keeping():
            if self.box is None:
                return read(self.read(), long_side=long_side)
            return cut(read(self.read()), self.box)


@dataclass(slots=True)
class ListedPhotos:
    """Photos that the rows of a table list.

    Attributes
    ----------
    entries : the photos, in the order of the rows.
    refused : rows that are wrong.
    wrong : what the photos of these rows are read from, where that is known.
    words : photos whose split is written otherwise than we do, by what it is read as.
    """

    entries: list[Entry] = field(default_factory=list)
    refused: list[RefusedPlace] = field(default_factory=list)
    wrong: set[Path | Cell] = field(default_factory=set)
    words: dict[str, list[str]] = field(default_factory=dict)


def listed(
    place: Path, sheet: Sheet, find: Callable[[int, PurePosixPath], FoundPhoto], split: Callable[[PurePath], str]
) -> ListedPhotos:
    """The entries of a table's rows.

    ``place`` is the folder or file that names begin with. ``find`` tells, by a row's number and file name, which photo
    it means, and raises ValueError where there is none; ``split`` is that of a photo whose row says none. Raises
    DatasetError where no row is right.
    """
    found = ListedPhotos()
    names: set[str] = set()
    for number, row in enumerate(sheet.rows):
        where = f"{shown(sheet.path)}, {row.where}"
        try:
            if row.problem:
                raise ValueError(row.problem)
            what = checked_row(row.cells, place)
            path, source = find(number, what.file_name)
            entry = _entry(place, path, source, what, what.split or split(path), where)
            if entry.name in names:
                raise ValueError(f"{what.file_name.as_posix()!r} stands there for the second time")
        except ValueError as error:
            found.refused.append(RefusedPlace(where, str(error)))
            with suppress(ValueError):
                found.wrong.add(find(number, inside(row.cells.get("file_name"), place))[1])
            continue
        names.add(entry.name)
        found.entries.append(entry)
        if what.word != what.split:
            found.words.setdefault(read_as(what.word, what.split), []).append(entry.name)
    spelt = {composed(name): name for name in names}
    found.entries = [_ignoring(entry, spelt) for entry in found.entries]
    if not found.entries:
        raise DatasetError(_nothing(place, sheet, found.refused))
    return found


def read_as(word: str, split: str) -> str:
    """A sentence on which split another word is taken for."""
    return f"split {word!r} read as {split}"


def _entry(place: Path, path: PurePath, source: Path | Cell, what: CheckedRow, split: str, row: str) -> Entry:
    ignore = tuple(shown(place / name) for name in what.ignore)
    return Entry(shown(place / path), source, () if split == "distractor" else what.labels, split, ignore, row)


def _ignoring(entry: Entry, spelt: Mapping[str, str]) -> Entry:
    """The entry with the photos that it ignores spelled as they are in the table."""
    return replace(entry, ignore=tuple(spelt.get(composed(name), name) for name in entry.ignore))


def _nothing(place: Path, sheet: Sheet, refused: Sequence[RefusedPlace]) -> str:
    """Reason why a table gives no photo."""
    if not refused:
        return f"the table of {str(place)!r} has no rows: wanted one for each photo; fill it or delete it"
    wrong = [f"{row.where}: {one.reason}" for row, one in zip(sheet.rows, refused, strict=True)]
    more = f" and {len(wrong) - SHOWN} more" if len(wrong) > SHOWN else ""
    return f"the table of {str(place)!r} is wrong: {', '.join(wrong[:SHOWN])}{more}: mend it and try again"
