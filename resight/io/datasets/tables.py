"""Tables that say what photos show, row by row: metadata.csv as programs and Excel write it, .jsonl and .parquet."""

from __future__ import annotations

import codecs
import csv
import io
import json
import os
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from resight.errors import DatasetError, suggestion

from . import parquet
from .suffixes import SUFFIXES

COLUMNS: Final = ("file_name", "label", "split", "labels", "ignore", "ambiguous_with")
"""The columns of a table that are read; ``ambiguous_with`` is another name of ``ignore``."""

NAMES: Final = ("metadata.csv", "metadata.jsonl", "metadata.parquet")
"""Names of a table that is taken to describe its folder (the Hugging Face ImageFolder form)."""

DELIMITERS: Final = (",", ";", "\t")
"""Between cells: by the standard, by Excel where a comma is the decimal sign, and in its Unicode text."""

_OTHERS: Final = {
    "file_name": ("file", "path", "filepath", "file_path", "image", "image_path", "image_file", "img", "photo", "name"),
    "label": ("class", "class_name", "category", "instance", "name", "title", "species", "id", "target", "fine_label"),
}
"""Names that others give a column, by which the one that was meant may be guessed; it is not read."""

_STRAYS: Final = 100  # quotes without an end, each of which costs another look at what follows


@dataclass(frozen=True, slots=True)
class TableRow:
    """A row: where it stands, its cells by column, and what is wrong with it, if anything."""

    where: str
    cells: Mapping[str, Any]
    problem: str | None = None


@dataclass(frozen=True, slots=True)
class Sheet:
    """A table: where it is, its columns that are read, all as they are called, and its rows."""

    path: Path
    columns: frozenset[str]
    header: tuple[str, ...]
    rows: tuple[TableRow, ...]

    @property
    def has_labels(self) -> bool:
        """Whether a column says what photos show."""
        return not self.columns.isdisjoint(("label", "labels"))

    def without(self, column: str) -> str:
        """Words that a column is not there, and which may have been meant."""
        return f"no column {column}, only {_listed(self.header) or 'none'}{_meant(column, self.header)}"


def read(path: Path) -> Sheet:
    """A folder's table. Raises DatasetError for one that cannot be read as a whole, or has no column file_name."""
    try:
        match path.suffix.lower():
            case ".jsonl":
                sheet = _jsonl(path)
            case ".parquet":
                sheet = of_parquet(parquet.Table(path, photos=False))
            case _:
                sheet = _csv(path)
    except (OSError, UnicodeError, csv.Error) as error:
        raise DatasetError(f"{str(path)!r} cannot be read ({error}): save it as CSV in UTF-8") from error
    if "file_name" not in sheet.columns:
        wanted = f"wanted the path of each photo; {_remedy(sheet.header)}"
        raise DatasetError(f"{str(path)!r} has {sheet.without('file_name')}: {wanted}")
    return sheet


def of_parquet(table: parquet.Table) -> Sheet:
    """The rows of a Parquet file; raises DatasetError for one that cannot be read."""
    names = {name: column(name) for name in table.names if column(name) in COLUMNS}
    _require_once(table.path, map(column, table.names))
    rows = tuple(
        TableRow(f"row {number}", {names.get(name, name): value for name, value in row.items()})
        for number, row in enumerate(table.rows(tuple(names)))
    )
    return Sheet(table.path, frozenset(names.values()), table.names, rows)


def column(name: str) -> str:
    """The name of a column as ours, if it differs but by case, blanks and hyphens."""
    same = re.sub(r"[\s-]+", "_", name.strip().casefold())
    return {"filename": "file_name"}.get(same, same)


def _csv(path: Path) -> Sheet:
    lines = list(io.StringIO(decoded(path), newline=""))
    start, delimiter = _delimiter(lines)
    try:
        header = next(csv.reader(lines[start : start + 1], delimiter=delimiter, strict=True), [])
    except csv.Error as error:
        raise DatasetError(f"{str(path)!r}, line {start + 1}: the column names have {_quotes(error)}") from error
    names = [column(name) for name in header]
    _require_once(path, names)
    if "file_name" not in names:
        shown = tuple(name.strip() for name in header)
        raise DatasetError(
            f"{str(path)!r} begins with {_listed(shown) or 'nothing'}: wanted a line of column names, file_name among "
            f"them, separated by commas{_meant('file_name', shown)}; {_remedy(shown)}, or save the table with commas"
        )
    rows = (_csv_row(path, number, cells, names) for number, cells in _records(lines, start + 1, delimiter, names))
    filled = tuple(row for row in rows if row is not None)
    return Sheet(path, frozenset(names).intersection(COLUMNS), tuple(header), filled)


def decoded(path: Path) -> str:
    """A table's text; bytes that are not in UTF-8 stay as surrogates, so that only their rows are refused."""
    data = path.read_bytes()
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):  # Excel's "Unicode text"
        return data.decode("utf-16")
    if b"\0" in data[:2]:  # the same without its mark: names of columns begin with an ASCII letter
        return data.decode("utf-16-le" if data[:1] != b"\0" else "utf-16-be")
    return data.decode("utf-8-sig", "surrogateescape")


def _delimiter(lines: Sequence[str]) -> tuple[int, str]:
    """The line of the column names, and what separates them: as Excel's first line says, or the names themselves."""
    start = next((number for number, line in enumerate(lines) if line.strip(" ,;\t\r\n")), 0)
    if lines and (said := re.fullmatch(r'"?sep=(.)"?\s*', lines[start])):
        return start + 1, said[1]
    for delimiter in DELIMITERS:
        header = next(csv.reader(lines[start : start + 1], delimiter=delimiter), [])
        if "file_name" in map(column, header):
            return start, delimiter
    return start, DELIMITERS[0]


def _records(
    lines: Sequence[str], start: int, delimiter: str, names: Sequence[str]
) -> Iterator[tuple[int, list[str] | str]]:
    """Cells, or what is wrong with them, and the line on which they begin.

    A quote that has no end, or finds it in a later row's stray quote, would take the rows between into one cell: its
    line alone is refused.
    """
    strays = 0
    while start < len(lines):
        reader = csv.reader(lines[start:], delimiter=delimiter, strict=True)
        first, problem = start, _quotes("it takes in the rows below")
        try:
            for cells in reader:
                end = start + reader.line_num
                if any(_is_row(below, delimiter, names) for below in lines[first + 1 : end]):
                    break
                yield first + 1, cells
                first = end
            else:
                return
        except csv.Error as error:
            problem = _quotes(error)
        strays += 1
        if strays > _STRAYS:
            raise csv.Error(f"more than {_STRAYS} lines with a quote too many or too few")
        yield first + 1, problem
        start = first + 1


def _quotes(reason: csv.Error | str) -> str:
    """Words on a line that csv cannot read: what is wrong, and what to do."""
    if "field limit" in str(reason):
        longest = f"{csv.field_size_limit():,} characters"
        return f"a cell of more than {longest}, or a quote without an end; shorten or end it"
    return f"a quote too many or too few ({reason}); write a quote inside quotes twice"


def _is_row(line: str, delimiter: str, names: Sequence[str]) -> bool:
    """Whether a line is a row by itself: it has all cells, and the name of a photo where that belongs."""
    cells = line.rstrip("\r\n").split(delimiter)
    file_name = cells[names.index("file_name")].strip('" ') if len(cells) >= len(names) else ""
    return os.path.splitext(file_name)[1].lower() in SUFFIXES


def _csv_row(path: Path, line: int, cells: list[str] | str, names: Sequence[str]) -> TableRow | None:
    """A row of CSV; nothing for one without any text, as Excel leaves them."""
    where = f"line {line}"
    if isinstance(cells, str):
        return TableRow(where, {}, cells)
    if not any(cell.strip() for cell in cells):
        return None
    row = dict(zip(names, cells, strict=False))
    if any(cell.strip() for cell in cells[len(names) :]):
        return TableRow(where, row, "more cells than the header has names; put what holds a comma into quotes")
    if any(not cell.isascii() and _is_undecoded(cell) for cell in cells):
        return TableRow(where, row, "letters that are not in UTF-8; save the table as CSV in UTF-8")
    return TableRow(where, row)


def _jsonl(path: Path) -> Sheet:
    rows, header = [], dict[str, None]()
    for number, line in enumerate(io.StringIO(decoded(path)), 1):
        if not line.strip():
            continue
        row = _jsonl_row(f"line {number}", line)
        header.update(dict.fromkeys(row.cells))
        cells = {column(name): value for name, value in row.cells.items()}
        twice = _repeated(map(column, row.cells))
        rows.append(TableRow(row.where, cells, f"has two columns {twice}; take one out" if twice else row.problem))
    if not header:
        found = f"{rows[0].where} {rows[0].problem or 'says nothing'}" if rows else "it is empty"
        raise DatasetError(f"{str(path)!r} has no row, for {found}: wanted a JSON object a line, with file_name")
    return Sheet(path, frozenset(map(column, header)).intersection(COLUMNS), tuple(header), tuple(rows))


def _jsonl_row(where: str, line: str) -> TableRow:
    try:
        found = json.loads(line)
    except (ValueError, RecursionError) as error:
        return TableRow(where, {}, f"is no JSON ({error})")
    if not isinstance(found, dict):
        return TableRow(where, {}, "is no JSON object")
    return TableRow(where, found)


def _require_once(path: Path, names: Iterable[str]) -> None:
    """Raise DatasetError for a column that is read and stands there twice."""
    if name := _repeated(names):
        raise DatasetError(f"{str(path)!r} has two columns {name}: wanted one; rename the other or take it out")


def _repeated(names: Iterable[str]) -> str | None:
    """A column that is read, and is named more than once."""
    found = list(names)
    return next((name for name in COLUMNS if found.count(name) > 1), None)


def _is_undecoded(text: str) -> bool:
    return any("\udc80" <= char <= "\udcff" for char in text)


def _meant(name: str, header: Sequence[str]) -> str:
    """``"; did you mean 'path'?"`` for a column that others call so, or that is nearly called so."""
    for other in header:
        if column(other) in _OTHERS.get(name, ()):
            return f"; did you mean {other!r}?"
    return suggestion(name, header)


def _remedy(header: Sequence[str]) -> str:
    """Advice on a table without file_name: call so the column that was meant, if there is one."""
    return "call that column file_name" if _meant("file_name", header) else "add it"


def _listed(names: Sequence[str]) -> str:
    return ", ".join(map(repr, names[:20])) + (" and more" if len(names) > 20 else "")
