"""Data sets as records: photos in folders, with a metadata.csv, or inside Parquet files.

    FOLDER/LABEL/…/FILE          one sub-folder per instance; a photo directly in FOLDER has no label
    FOLDER/SPLIT/LABEL/…/FILE    where the first level is named reference, query or distractor, and nothing else
    FOLDER/metadata.csv          file_name, and any of label, split, labels, ignore: it beats the folders' names
    FILE.parquet                 the same columns beside image; also FOLDER/images.parquet where it lies alone

Labels are text, so "007" stays. ``|`` separates several in a table. Without a split a photo is a reference.
"""

from __future__ import annotations

import csv
import os
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from typing import Any, Final

from resight.errors import DatasetError
from resight.names import canonical, composed

from .images import MAX_BYTES, SUFFIXES, contents
from .parquet import Cell, Table

SPLITS: Final = ("reference", "query", "distractor")
"""The splits that folders can name; a table may have others (train, val)."""

COLUMNS: Final = ("file_name", "label", "split", "labels", "ignore", "ambiguous_with")
"""The columns of a table that are read; ``ambiguous_with`` is another name of ``ignore``."""

_SHOWN: Final = 5  # of many problems, as many as a person reads


@dataclass(frozen=True, slots=True)
class Entry:
    """One photo of a data set.

    Attributes
    ----------
    name : path of the photo as it was discovered, "/" between folders; inside a Parquet file, that file's path and on.
    source : the file, or the cell of a Parquet file.
    labels : what the photo shows, any of which is a right answer; none for a distractor or where nobody said.
    split : "reference", "query", "distractor", or another that a table names.
    ignore : names of photos to leave out of this query's ranking, in the form of ``name``.
    """

    name: str
    source: Path | Cell
    labels: tuple[str, ...] = ()
    split: str = "reference"
    ignore: tuple[str, ...] = ()

    @property
    def label(self) -> str | None:
        """The first of the labels."""
        return self.labels[0] if self.labels else None

    def read(self, *, max_bytes: int = MAX_BYTES) -> bytes:
        """The bytes of the encoded photo; raises PhotoError."""
        if isinstance(self.source, Cell):
            return self.source.read()
        return contents(self.source, max_bytes=max_bytes)


@dataclass(frozen=True, slots=True)
class Dataset:
    """Photos in a fixed order: folders by code point, tables by row.

    Attributes
    ----------
    entries : the photos.
    left_out : names of photos that no metadata.csv names.
    nested : folders that are one label, but hold several folders of photos.
    """

    entries: tuple[Entry, ...]
    left_out: tuple[str, ...] = ()
    nested: tuple[str, ...] = ()

    def of(self, *splits: str) -> tuple[Entry, ...]:
        """The entries of these splits, in order."""
        return tuple(entry for entry in self.entries if entry.split in splits)


def discover(roots: str | os.PathLike[str] | Sequence[str | os.PathLike[str]]) -> Dataset:
    """The photos of one or several folders and Parquet files, described but not yet read.

    Hidden files, and in folders whatever has not the suffix of a photo, are passed over. Raises DatasetError for what
    is missing, empty or contradicts itself, and MissingExtra for Parquet where pyarrow is not installed.
    """
    places = [roots] if isinstance(roots, str | os.PathLike) else list(roots)
    if not places:
        raise DatasetError("no folder was given: name the folder of your photos")
    entries: list[Entry] = []
    left_out: list[str] = []
    for place in places:
        found, others = _discovered(Path(place))
        entries += found
        left_out += others
    twice = [name for name, count in Counter(entry.name for entry in entries).items() if count > 1]
    if twice:
        raise DatasetError(
            f"{_some(twice)} lie in two of the folders given: name each folder once, none inside another"
        )
    return Dataset(tuple(entries), tuple(left_out), _nested(entries))


def _nested(entries: Iterable[Entry]) -> tuple[str, ...]:
    """Folders named after the label of all photos below them, where these lie in more than one folder further down."""
    below: dict[str, set[str]] = {}
    for entry in entries:
        folder = PurePosixPath(entry.name).parent
        top = next((above for above in folder.parents if canonical(above.name) == entry.label), None)
        if top is not None and isinstance(entry.source, Path):
            below.setdefault(top.as_posix(), set()).add(folder.as_posix())
    return tuple(top for top, folders in below.items() if len(folders) > 1)


def _discovered(root: Path) -> tuple[list[Entry], list[str]]:
    """The entries of one root, and the names of photos that its metadata.csv leaves out."""
    if root.is_file():
        return _file_entries(root), []
    files = _files(root)
    photos = [file for file in files if file.suffix.lower() in SUFFIXES]
    if Path("metadata.csv") in files:
        entries = _table_entries(root, _csv_rows(root), {composed(file.as_posix()): file for file in files})
        listed = {entry.name for entry in entries}
        return entries, [name for file in photos if (name := _name(root, file)) not in listed]
    if Path("images.parquet") not in files:
        return _folder_entries(root, photos, files), []
    if photos:
        raise DatasetError(
            f"{str(root)!r} holds images.parquet and {len(photos)} photos beside it: wanted one or the other; "
            "name the .parquet file itself, or move it elsewhere"
        )
    return _file_entries(root / "images.parquet"), []


def _file_entries(path: Path) -> list[Entry]:
    if path.suffix.lower() != ".parquet":
        raise DatasetError(f"{str(path)!r} is a file: wanted a folder of photos or a .parquet file; name its folder")
    table = Table(path)
    rows = enumerate(table.rows(COLUMNS))
    return _table_entries(path, ((f"row {number}", row, Cell(path, number, table)) for number, row in rows))


def _folder_entries(root: Path, photos: list[Path], files: list[Path]) -> list[Entry]:
    """Entries by the names of the folders; ``files``, of any kind, are for the message where there is no photo."""
    if not photos:
        kinds = Counter(file.suffix.lower() or "no suffix" for file in files).most_common(_SHOWN)
        found = "no photos, but " + ", ".join(f"{count} of {kind}" for kind, count in kinds) if kinds else "nothing"
        raise DatasetError(
            f"{str(root)!r} holds {found}: wanted files such as .jpg, .png, .webp or .heic; "
            "name another folder or a .parquet file, or convert them"
        )
    heads = {photo.parts[0] for photo in photos if len(photo.parts) > 1}
    named = sorted(heads.intersection(SPLITS))
    if named and heads.difference(SPLITS):
        raise DatasetError(
            f"{str(root)!r} holds {_some(named)} beside {_some(sorted(heads.difference(SPLITS)))}: wanted only splits "
            f"({', '.join(SPLITS)}) or only labels on the first level; move one of them, or write a metadata.csv"
        )
    return [_folder_entry(root, photo, depth=1 if named else 0) for photo in photos]


def _folder_entry(root: Path, photo: Path, *, depth: int) -> Entry:
    """The entry of a photo whose label is the folder at ``depth`` below the root, where it lies in one."""
    folders = photo.parts[:-1]
    split = folders[0] if depth and folders else "reference"
    label = canonical(folders[depth]) if len(folders) > depth and split != "distractor" else ""
    return Entry(_name(root, photo), root / photo, (label,) if label else (), split)


def _table_entries(
    place: Path, rows: Iterable[tuple[str, Mapping[str, Any], Cell | None]], files: Mapping[str, Path] | None = None
) -> list[Entry]:
    """Entries of a table's rows, ``(where, row, cell)``, and of the place's ``files`` by their composed names.

    Raises one DatasetError for all rows that are wrong.
    """
    entries: dict[str, Entry] = {}
    problems = []
    for where, row, cell in rows:
        try:
            entry = _table_entry(place, row, cell, files or {})
            if entry.name in entries:
                raise ValueError(f"{row['file_name']!r} stands there for the second time")
            entries[entry.name] = entry
        except ValueError as error:
            problems.append(f"{where}: {error}")
    if problems:
        raise DatasetError(f"the table of {str(place)!r} is wrong: {_some(problems, show=str)}: mend it and try again")
    if not entries:
        raise DatasetError(f"the table of {str(place)!r} has no rows: wanted one for each photo; fill it or delete it")
    spelled = {composed(name): name for name in entries}
    return [_ignoring(entry, spelled) for entry in entries.values()]


def _ignoring(entry: Entry, spelled: Mapping[str, str]) -> Entry:
    """The entry with the photos that it ignores spelled as they are in the table."""
    return replace(entry, ignore=tuple(spelled.get(composed(name), name) for name in entry.ignore))


def _table_entry(place: Path, row: Mapping[str, Any], cell: Cell | None, files: Mapping[str, Path]) -> Entry:
    """One row of a table as an entry; raises ValueError, in words, for a row that is wrong."""
    if None in row:
        raise ValueError("more cells than the header has names; put what holds a comma into quotes")
    inside = _inside(row.get("file_name"))
    path = place / inside
    if cell is None and not os.path.isfile(path):
        path = place / files.get(composed(inside.as_posix()), inside)
    if cell is None and not os.path.isfile(path):
        raise ValueError(f"{row['file_name']!r} is no file in this folder")
    split = str(row.get("split") or "").strip() or "reference"
    said = _texts(row.get("label"), separator=None) + _texts(row.get("labels"))
    labels = tuple(dict.fromkeys(filter(None, map(canonical, said))))
    ignored = _texts(row.get("ignore")) + _texts(row.get("ambiguous_with"))
    ignore = tuple(dict.fromkeys((place / _inside(name)).as_posix() for name in ignored))
    return Entry(path.as_posix(), cell or path, () if split == "distractor" else labels, split, ignore)


def _inside(name: Any) -> PurePosixPath:
    """A file's name in a table as a path below its place; raises ValueError for one that leads elsewhere."""
    path = PurePosixPath(name if isinstance(name, str) else "")
    if not path.parts:
        raise ValueError("no file_name")
    if path.is_absolute() or ".." in path.parts:
        raise ValueError(f"{name!r} leads out of the folder; wanted a path inside it")
    return path


def _texts(value: Any, *, separator: str | None = "|") -> tuple[str, ...]:
    """The texts of one cell: between separators, or a list; a whole number is its digits. Raises ValueError."""
    values = value.split(separator) if isinstance(value, str) and separator else value
    values = values if isinstance(values, list) else [values]
    wrong = [item for item in values if not isinstance(item, str | int | None)]
    if wrong:
        raise ValueError(f"{wrong[0]!r} where text was wanted")
    texts = (str(item).strip() for item in values if item is not None)
    return tuple(text for text in texts if text)


def _csv_rows(root: Path) -> list[tuple[str, Mapping[str, Any], None]]:
    """The rows of a folder's metadata.csv and the lines on which they end."""
    path = root / "metadata.csv"
    try:
        with path.open(newline="", encoding="utf-8-sig") as sheet:
            reader = csv.DictReader(sheet, strict=True)
            reader.fieldnames = [name.strip() for name in reader.fieldnames or ()]
            if "file_name" not in reader.fieldnames:
                raise DatasetError(
                    f"{str(path)!r} begins with {_some(reader.fieldnames) or 'nothing'}: wanted a line of column "
                    "names, file_name among them, separated by commas; add it, or save the table with commas"
                )
            return [(f"line {reader.line_num}", row, None) for row in reader]
    except (OSError, UnicodeError, csv.Error) as error:
        raise DatasetError(f"{str(path)!r} cannot be read ({error}): save it as CSV in UTF-8") from error


def _files(root: Path) -> list[Path]:
    """All visible files below a folder, relative to it, ordered by code point.

    Links are followed, but never into a folder that they lie in: such a loop has no end.
    """
    found: list[Path] = []
    waiting: list[tuple[Path, frozenset[tuple[int, int]]]] = [(root, frozenset())]
    try:
        while waiting:
            folder, above = waiting.pop()
            status = folder.stat()
            here = status.st_dev, status.st_ino
            if here in above:
                continue
            for path in _visible(folder):
                if os.path.isdir(path):
                    waiting.append((path, above | {here}))
                else:
                    found.append(path.relative_to(root))
    except OSError as error:
        found_instead = f"{str(error.filename or root)!r} ({error.strerror})"
        raise DatasetError(
            f"cannot list {found_instead}: wanted a folder of photos; check path and permissions"
        ) from error
    return sorted(found, key=lambda path: path.parts)


def _visible(folder: Path) -> Iterator[Path]:
    return (path for path in folder.iterdir() if not path.name.startswith("."))


def _name(root: Path, photo: Path) -> str:
    """The name of a photo in a folder; raises DatasetError for one that is no text and cannot be stored or shown."""
    name = (root / photo).as_posix()
    try:
        name.encode()
    except UnicodeEncodeError as error:
        raise DatasetError(f"{name!r} is not named in Unicode: rename the file") from error
    return name


def _some(items: Sequence[str], *, show: Callable[[str], str] = repr) -> str:
    """The first few of many, and how many more there are."""
    more = f" and {len(items) - _SHOWN} more" if len(items) > _SHOWN else ""
    return ", ".join(map(show, items[:_SHOWN])) + more
