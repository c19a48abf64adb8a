"""Tables with columns of others: CSV with whatever separator and marks of encoding, row by row."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from resight.errors import DatasetError
from resight.io.datasets.tables import DELIMITERS, column, decoded


@dataclass(frozen=True, slots=True)
class ForeignTable:
    """A table: where it is, the names of its columns as we compare them, and its rows as far as they are asked for."""

    path: Path
    columns: tuple[str, ...]
    delimiter: str
    text: str

    def rows(self) -> Iterator[tuple[int, Mapping[str, str]]]:
        """The line on which each row ends, and its cells by column, without blanks around; empty rows are left out.

        Raises DatasetError for a table that is no CSV from some line on.
        """
        reader = csv.reader(io.StringIO(self.text, newline=""), delimiter=self.delimiter)
        try:
            next(reader)
            for cells in reader:
                if any(cell.strip() for cell in cells):
                    yield reader.line_num, dict(zip(self.columns, map(str.strip, cells), strict=False))
        except csv.Error as error:
            raise DatasetError(
                f"{str(self.path)!r}, line {reader.line_num}: {error}; save it as CSV in UTF-8, whole"
            ) from error


def opened(path: Path, *wanted: str) -> ForeignTable:
    """A table that has the columns ``wanted``, whatever separates them.

    Raises DatasetError for one that cannot be read, or lacks a column.
    """
    try:
        text = decoded(path)
    except (OSError, UnicodeError) as error:
        raise DatasetError(f"{str(path)!r} cannot be read ({error}): save it as CSV in UTF-8") from error
    head = text[: text.find("\n") + 1 or None]
    for delimiter in (*DELIMITERS, "|"):
        columns = tuple(column(cell) for cell in next(csv.reader([head], delimiter=delimiter), []))
        if set(wanted) <= set(columns):
            return ForeignTable(path, columns, delimiter, text)
    raise DatasetError(
        f"{str(path)!r} begins with {head.strip()[:200]!r}: wanted a line of column names, {', '.join(wanted)} among "
        "them, separated by commas, semicolons or tabs"
    )
