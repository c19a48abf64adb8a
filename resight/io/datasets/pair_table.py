"""A table of pairs of photos: a CSV file with the columns first and second."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from resight.errors import DatasetError, suggestion

COLUMNS: Final = ("first", "second")
SEPARATORS: Final = ",;\t"


@dataclass(frozen=True, slots=True)
class ListedPair:
    """A row: both photos as they are written there, and the files that this means."""

    first: str
    second: str
    files: tuple[Path, Path]


def read_pairs(path: Path) -> tuple[ListedPair, ...]:
    """The pairs of a table, whose paths are relative to its folder.

    Cells may be parted by commas, semicolons or tabs. Raises DatasetError for a file that cannot be read, has no such
    columns or no pairs, and for a row without one of its photos, by its line.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
        raise DatasetError(f"{path} cannot be read ({reason}); wanted a CSV file of pairs") from error
    header = text.split("\n", 1)[0]
    delimiter = max(SEPARATORS, key=header.count)
    rows = csv.DictReader(io.StringIO(text, newline=""), delimiter=delimiter)
    names = tuple(name.strip() for name in rows.fieldnames or ())
    for wanted in COLUMNS:
        if wanted not in names:
            found = ", ".join(names) or "no columns"
            raise DatasetError(f"{path} has {found}; wanted the columns first and second{suggestion(wanted, names)}")
    rows.fieldnames = names
    pairs = []
    try:
        for row in rows:
            both = [(row[name] or "").strip() for name in COLUMNS]
            if not all(both):
                raise DatasetError(f"{path}, line {rows.line_num}: a photo is missing; wanted two paths in each row")
            pairs.append(ListedPair(both[0], both[1], (path.parent / both[0], path.parent / both[1])))
    except csv.Error as error:
        raise DatasetError(f"{path}, line {rows.line_num}: {error}; wanted a CSV file of pairs") from error
    if not pairs:
        raise DatasetError(f"{path} has no pairs; wanted two paths in each row below its header")
    return tuple(pairs)
