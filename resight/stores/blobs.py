"""The large part of a gallery: features, descriptors and thumbnails, read inside a transaction of the caller."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from sqlite3 import Connection
from typing import Final

import numpy as np

from resight.errors import GalleryError
from resight.types import Array

from .contents import IDS, encoder_id, path_of
from .packing import unpack
from .rows import id_list
from .schema import damaged

VECTOR: Final = "vector"
"""The name of a descriptor among packed arrays."""


def stream(
    connection: Connection, table: str, encoder: str, *, ids: Iterable[int] | None
) -> Iterator[tuple[int, dict[str, Array]]]:
    """Ids and arrays of ``features`` or ``descriptors``, by ascending id.

    Raises GalleryError, naming the photo, where its blob is damaged.
    """
    where, values = _where(connection, encoder, ids)
    for id, blob in connection.execute(f"SELECT item, packed FROM {table} WHERE {where} ORDER BY item", values):
        try:
            arrays = unpack(blob)
        except GalleryError as error:
            raise damaged(path_of(connection), f"{table} of photo {id}: {error}") from error
        yield id, arrays


def descriptors(connection: Connection, encoder: str, *, ids: Iterable[int] | None) -> tuple[Array, Array]:
    """Ids (n,) int64, ascending, and vectors (n, d) float32; (0, 0) where there are none."""
    ids = None if ids is None else list(ids)
    where, values = _where(connection, encoder, ids)
    (n,) = connection.execute(f"SELECT count(*) FROM descriptors WHERE {where}", values).fetchone()
    numbers, rows = np.empty(n, np.int64), np.empty((n, 0), np.float32)
    for row, (id, arrays) in enumerate(stream(connection, "descriptors", encoder, ids=ids)):
        if row == 0:
            rows = np.empty((n, len(arrays[VECTOR])), np.float32)
        numbers[row], rows[row] = id, arrays[VECTOR]
    return numbers, rows


def thumbnail(connection: Connection, id: int) -> bytes:
    """The encoded image, b"" where none was given.

    Raises GalleryError for an unknown id.
    """
    query = "SELECT CAST(encoded AS BLOB) FROM items LEFT JOIN thumbnails ON item = id WHERE id = ?"
    row = connection.execute(query, (int(id),)).fetchone()
    if row is None:
        raise GalleryError(f"{path_of(connection)} has no photo {id}: it was removed, or never enrolled")
    return row[0] or b""


def check(connection: Connection) -> None:
    """Raise GalleryError unless every page, index, reference and blob is sound; reads the whole file."""
    path = path_of(connection)
    for pragma in ("integrity_check", "foreign_key_check"):
        report = [row for row in connection.execute(f"PRAGMA {pragma}") if row != ("ok",)]
        if report:
            lines = [" ".join(str(value) for value in row).split("\n")[-1] for row in report[:3]]
            raise damaged(path, "; ".join(lines))
    for table, key in (
        ("features", "item"),
        ("descriptors", "item"),
        ("whitening", "version"),
        ("calibration", "version"),
    ):
        for id, blob in connection.execute(f"SELECT {key}, packed FROM {table}"):
            try:
                unpack(blob)
            except GalleryError as error:
                raise damaged(path, f"{table} {id}: {error}") from error


def _where(connection: Connection, encoder: str, ids: Iterable[int] | None) -> tuple[str, tuple[int | str, ...]]:
    number = encoder_id(connection, encoder)
    return ("encoder = ?", (number,)) if ids is None else (f"encoder = ? AND item {IDS}", (number, id_list(ids)))
