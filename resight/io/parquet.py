"""Encoded images in a Parquet file: described at once, read row by row, never held all together."""

from __future__ import annotations

import threading
from bisect import bisect_right
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import accumulate
from pathlib import Path
from typing import Any, Final

from resight.errors import DatasetError, MissingExtra, PhotoError

BATCH: Final = 32
"""Rows of images that are held at a time."""


class Table:
    """An open Parquet file with a column ``image``: encoded bytes, or Hugging Face's struct of bytes and path.

    Its state is where the reading stands: in the order of the rows every byte is read once, and any other order is
    right too, only slower. Threads may share a table. Raises DatasetError for a file that is no such table.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = threading.Lock()
        with _refusing(path):
            # Read page by page: by default each group of rows, often the whole file, is taken into memory first.
            self._file: Any = _pyarrow_parquet().ParquetFile(path, buffer_size=1 << 16, pre_buffer=False)
        schema = self._file.schema_arrow
        if "image" not in schema.names:
            raise DatasetError(
                f"{str(path)!r} has no column image, only {', '.join(schema.names) or 'none'}: "
                "wanted a Parquet file with encoded images in a column of that name"
            )
        kind = schema.field("image").type
        children = {kind.field(i).name for i in range(kind.num_fields)}
        self._column = "image.bytes" if "bytes" in children else "image"
        self._names = [name for name in schema.names if name != "image"] + ["image.path"] * ("path" in children)
        groups = [self._file.metadata.row_group(i).num_rows for i in range(self._file.num_row_groups)]
        self._starts = list(accumulate(groups, initial=0))
        self._batches: Iterator[Any] = iter(())
        self._batch: Any = ()
        self._start = 0  # the row of the first image in the batch

    def __len__(self) -> int:
        return self._starts[-1]

    def rows(self, names: tuple[str, ...]) -> list[dict[str, Any]]:
        """What the rows say in the columns of these names, in order; a column that the file lacks is left out.

        Where there is no ``file_name``, it is the path inside ``image``, or else the number of the row.
        """
        with _refusing(self.path):
            kept = [name for name in self._names if name in names or name == "image.path"]
            found = self._file.read(columns=kept).to_pylist() if kept else [{} for _ in range(len(self))]
        for number, row in enumerate(found):
            path = (row.pop("image", None) or {}).get("path")
            row.setdefault("file_name", path or f"{number:06d}")
        return found

    def read(self, row: int) -> bytes:
        """The encoded bytes of one row's image; raises PhotoError where it has none, or it cannot be read."""
        try:
            with self._lock, _refusing(self.path):
                if not self._start <= row < self._start + len(self._batch):
                    self._seek(row)
                value = self._batch[row - self._start].as_py()
        except DatasetError as error:  # one damaged part of the file does not end the work on the others
            raise PhotoError(f"row {row}: {error}") from error
        data = value["bytes"] if isinstance(value, dict) else value
        if not isinstance(data, bytes):
            raise PhotoError(f"row {row} of {str(self.path)!r} holds no encoded image: wanted bytes; leave the row out")
        return data

    def _seek(self, row: int) -> None:
        """Read on until the batch holds the row, or from the start of its group if that is behind or another one."""
        group = bisect_right(self._starts, row) - 1
        end = self._start + len(self._batch)
        if row < self._start or end <= self._starts[group]:
            self._batches = self._file.iter_batches(BATCH, row_groups=[group], columns=[self._column])
            end = self._starts[group]
        while row >= end:
            self._start, self._batch = 0, ()  # nothing, until it is read: a failure must not leave the old one here
            batch = next(self._batches).column(0)
            self._start, self._batch, end = end, batch, end + len(batch)


@dataclass(frozen=True, slots=True)
class Cell:
    """One image inside a Parquet file, by its row."""

    path: Path
    row: int
    table: Table = field(repr=False, compare=False)

    def read(self) -> bytes:
        return self.table.read(self.row)


def _pyarrow_parquet() -> Any:
    try:
        import pyarrow.parquet
    except ImportError as error:
        raise MissingExtra("reading Parquet files", "pyarrow", "data") from error
    return pyarrow.parquet


@contextmanager
def _refusing(path: Path) -> Iterator[None]:
    """Turn what pyarrow raises for a broken file into a DatasetError."""
    try:
        yield
    except (OSError, ValueError, TypeError, KeyError, RuntimeError, StopIteration) as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise DatasetError(
            f"{str(path)!r} cannot be read as Parquet ({reason}): copy it again or leave it out"
        ) from error
