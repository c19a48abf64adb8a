"""Encoded images in a Parquet file: described at once, read row by row, never held all together."""

from __future__ import annotations

import json
import threading
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import accumulate
from pathlib import Path
from typing import Any, Final

from resight.errors import DatasetError, MissingExtra, PhotoError

from .rows import inside

BATCH: Final = 32
"""Rows of images that are held at a time."""


class Table:
    """An open Parquet file with a column of photos: encoded bytes, or Hugging Face's struct of bytes and path.

    The column is called ``image``, or is the one of a file that is a Hugging Face image; without ``photos`` none is
    looked for. Its state is where the reading stands: in the order of the rows every byte is read once, and any other
    order is right too, only slower. Threads may share a table. Raises DatasetError for a file that is no such table.
    """

    def __init__(self, path: Path, *, photos: bool = True) -> None:
        self.path = path
        self._lock = threading.Lock()
        with _refusing(path):
            # Read page by page: by default each group of rows, often the whole file, is taken into memory first.
            self._file: Any = _pyarrow_parquet().ParquetFile(path, buffer_size=1 << 16, pre_buffer=False)
            schema = self._file.schema_arrow
            self._features = _features(schema)
            groups = [self._file.metadata.row_group(i).num_rows for i in range(self._file.num_row_groups)]
        self._image = _image_column(path, schema, self._features) if photos else None
        self.names: tuple[str, ...] = tuple(name for name in schema.names if name != self._image)
        self._column, self._path = self._image, None
        if self._image is not None:
            self._column, self._path = _bytes_column(path, schema.field(self._image), self._file.metadata)
        self._starts = list(accumulate(groups, initial=0))
        self._batches: Iterator[Any] = iter(())
        self._batch: Any = ()
        self._start = 0  # the row of the first image in the batch

    def __len__(self) -> int:
        return self._starts[-1]

    def rows(self, names: tuple[str, ...]) -> list[dict[str, Any]]:
        """Values of the columns of these names, row by row; a column that the file lacks is left out.

        Of Hugging Face's ClassLabel that is the name, not the number. Where there is no ``file_name``, it is the path
        inside the photo, or else the number of the row: of a path that several rows have, or that leads elsewhere, too.
        datasets writes a path without its folders, so that photos of several folders may have one.
        """
        kept = [name for name in self.names if name in names]
        with _refusing(self.path):
            wanted = kept + ([self._path] if self._path else [])
            found = self._file.read(columns=wanted).to_pylist() if wanted else [{} for _ in range(len(self))]
        for name in kept:
            if class_names := _class_names(self._features.get(name)):
                for row in found:
                    row[name] = _named(row[name], class_names)
        if self._image is not None:
            paths = [(row.pop(self._image, None) or {}).get("path") for row in found]
            for row, name in zip(found, _photo_names(self.path, paths), strict=True):
                row.setdefault("file_name", name)
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
    """An image inside a Parquet file, by its row."""

    path: Path
    row: int
    table: Table = field(repr=False, compare=False)

    def read(self) -> bytes:
        """The bytes of the image; raises PhotoError where there are none."""
        return self.table.read(self.row)


def _features(schema: Any) -> Mapping[str, Any]:
    """Types that Hugging Face's datasets gives the columns, by name; nothing where it has not written the file."""
    try:
        features = json.loads((schema.metadata or {}).get(b"huggingface", b"{}"))["info"]["features"]
    except (ValueError, KeyError, TypeError, RecursionError):
        return {}
    return features if isinstance(features, dict) else {}


def _class_names(feature: Any) -> tuple[str, ...]:
    """The names of a ClassLabel, also of one within a list; nothing for any other feature."""
    if isinstance(feature, list) and len(feature) == 1:
        return _class_names(feature[0])
    if not isinstance(feature, dict):
        return ()
    if feature.get("_type") != "ClassLabel":
        return _class_names(feature.get("feature"))
    names = feature.get("names")
    return tuple(names) if isinstance(names, list) and all(isinstance(name, str) for name in names) else ()


def _named(value: Any, names: tuple[str, ...]) -> Any:
    """The names of a cell's numbers; nothing for -1, by which datasets means that nobody said."""
    if isinstance(value, list):
        return [_named(item, names) for item in value]
    if value == -1:
        return None
    return names[value] if isinstance(value, int) and 0 <= value < len(names) else value


def _photo_names(path: Path, found: Sequence[Any]) -> Iterator[str]:
    """Names of photos that have these paths inside, each of them once."""
    below = [_below(path, name) for name in found]
    counts = Counter(below)
    for number, name in enumerate(below):
        yield name if name and counts[name] == 1 else f"{number:06d}"


def _below(path: Path, name: Any) -> str:
    """A path as a table may have it, or nothing for one that leads elsewhere."""
    try:
        return inside(name, path).as_posix()
    except ValueError:
        return ""


def _image_column(path: Path, schema: Any, features: Mapping[str, Any]) -> str:
    """The name of the column of photos; raises DatasetError where there is none, or more than one."""
    images = [name for name in schema.names if name == "image"] or [
        name for name in schema.names if _is_image(features.get(name))
    ]
    if len(images) == 1:
        return images[0]
    found = (
        f"{len(images)} columns of photos" if images else f"no column image, only {', '.join(schema.names) or 'none'}"
    )
    raise DatasetError(
        f"{str(path)!r} has {found}: wanted a Parquet file with encoded images in one column of that name"
    )


def _is_image(feature: Any) -> bool:
    """Whether Hugging Face's datasets says of a column that it holds images."""
    return isinstance(feature, dict) and feature.get("_type") == "Image"


def _bytes_column(path: Path, field: Any, metadata: Any) -> tuple[str, str | None]:
    """The columns of the photos' bytes, and of their paths if it has any; raises DatasetError where there are none."""
    children = {field.type.field(i).name for i in range(field.type.num_fields)}
    column = f"{field.name}.bytes" if children else field.name
    has_paths = "path" in children if children else "string" in str(field.type)
    if (not children and has_paths) or (children and "bytes" not in children) or _is_empty(metadata, column):
        found = "only paths of photos" if has_paths else "no photos"
        raise DatasetError(
            f"{str(path)!r} holds {found} in the column {field.name}: wanted their bytes; name the folder of the photos"
            " instead, with a metadata.csv of the columns file_name and label"
        )
    return column, f"{field.name}.path" if has_paths else None


def _is_empty(metadata: Any, column: str) -> bool:
    """Whether the file says of a column that no row has a value in it, and there are rows."""
    groups = [metadata.row_group(i) for i in range(metadata.num_row_groups)]
    chunks: list[Any] = [group.column(j) for group in groups for j in range(group.num_columns)]
    found = [chunk for chunk in chunks if chunk.path_in_schema == column]
    return bool(metadata.num_rows) and all(
        chunk.is_stats_set and chunk.statistics.has_null_count and chunk.statistics.null_count == chunk.num_values
        for chunk in found
    )


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
