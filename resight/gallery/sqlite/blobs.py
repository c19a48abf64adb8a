"""The large part of a gallery: features, descriptors and thumbnails, read inside a transaction of the caller."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from sqlite3 import Connection
from typing import Final

import numpy as np

from resight.errors import GalleryError
from resight.gallery.remedies import damaged
from resight.types import Array

from .packing import unpack, unpack_rows
from .read import IDS, encoder_id, path_of, unpacking
from .rows import id_list

VECTOR: Final = "vector"
"""The name of a descriptor among packed arrays."""

TOGETHER: Final = 1024
"""Descriptors that are unpacked at once."""


def stream(
    connection: Connection, table: str, encoder: str, *, ids: Iterable[int] | None
) -> Iterator[tuple[int, dict[str, Array]]]:
    """Ids and arrays of ``features`` or ``descriptors``, by ascending id.

    Raises GalleryError, naming the photo, where its blob is damaged.
    """
    for id, blob in _blobs(connection, table, encoder, ids=ids):
        yield id, _unpacked(connection, table, id, blob)


def descriptors(connection: Connection, encoder: str, *, ids: Iterable[int] | None) -> tuple[Array, Array]:
    """Ids (n,) int64, ascending, and vectors (n, d) float32; (0, 0) where there are none.

    Raises GalleryError unless they are finite and of one length.
    """
    numbers, parts = list[int](), list[Array]()
    blobs = _blobs(connection, "descriptors", encoder, ids=ids)
    while some := list(islice(blobs, TOGETHER)):
        numbers += [id for id, _ in some]
        parts.append(_rows(connection, some, length=parts[0].shape[1] if parts else None))
    rows = np.concatenate(parts) if parts else np.empty((0, 0), np.float32)
    wrong = np.flatnonzero(~np.isfinite(rows).all(axis=1))
    if len(wrong):
        raise damaged(path_of(connection), f"descriptors of photo {numbers[wrong[0]]} are not finite")
    return np.array(numbers, np.int64), rows


def _rows(connection: Connection, some: Sequence[tuple[int, bytes]], *, length: int | None) -> Array:
    """Vectors (n, d) float32 of ids and blobs, of this ``length``, or of the first one's."""
    rows = unpack_rows([blob for _, blob in some], VECTOR)
    if rows is not None and vector({VECTOR: rows[0]}) is not None and length in (None, rows.shape[1]):
        return rows.astype(np.float32, copy=False)
    each = list[Array]()
    for id, blob in some:  # of either precision, or one of them is wrong and is to be named
        arrays = _unpacked(connection, "descriptors", id, blob)
        found = vector(arrays)
        length = length or (0 if found is None else len(found))
        if found is None or len(found) != length:
            shapes = {name: f"{array.shape} {array.dtype}" for name, array in arrays.items()}
            raise damaged(path_of(connection), f"descriptors of photo {id} are {shapes}; wanted one of {length}")
        each.append(found.astype(np.float32))
    return np.stack(each)


def vector(arrays: Mapping[str, Array]) -> Array | None:
    """The descriptor (d,) among the arrays that were packed of one, None where they hold anything else."""
    found = arrays.get(VECTOR)
    good = found is not None and found.ndim == 1 and len(found) > 0 and found.dtype in (np.float16, np.float32)
    return found if good and len(arrays) == 1 else None


def thumbnail(connection: Connection, id: int) -> bytes:
    """The encoded image, b"" where none was given.

    Raises GalleryError for an unknown id.
    """
    query = f"SELECT CAST(encoded AS BLOB) FROM items LEFT JOIN thumbnails ON item = id WHERE id {IDS}"
    row = connection.execute(query, (id_list([id]),)).fetchone()
    if row is None:
        raise GalleryError(f"{path_of(connection)} has no photo {id}: it was removed, or never enrolled")
    return row[0] or b""


def check(connection: Connection) -> None:
    """Raise GalleryError unless every page, index, reference, row and blob is sound; reads the whole file."""
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
            with unpacking(connection, f"{table} of {'photo' if key == 'item' else key} {id}"):
                _require_finite(unpack(blob))
    lacking = connection.execute(_LACKING).fetchone()
    if lacking is not None:
        raise damaged(path, f"photo {lacking[0]} has nothing of encoder {lacking[1]}")
    wrong = connection.execute(_UNTIMELY).fetchone()
    if wrong is not None:
        raise damaged(path, f"photo {wrong[0]} was enrolled at revision {wrong[1]!r:.20}, changed at {wrong[2]!r:.20}")


_LACKING: Final = (
    "SELECT items.id, encoders.id FROM items, encoders WHERE "
    "NOT EXISTS (SELECT 1 FROM features WHERE item = items.id AND encoder = encoders.id) AND "
    "NOT EXISTS (SELECT 1 FROM descriptors WHERE item = items.id AND encoder = encoders.id)"
)
_UNTIMELY: Final = (
    "SELECT id, added, changed FROM items WHERE typeof(added) <> 'integer' OR typeof(changed) <> 'integer' OR "
    "added < 1 OR changed < added OR changed > (SELECT value FROM meta WHERE key = 'revision')"
)


def _require_finite(arrays: Mapping[str, Array]) -> None:
    for name, array in arrays.items():
        if array.dtype.kind == "f" and not np.isfinite(array).all():
            raise GalleryError(f"its {name} are not finite")


def _blobs(
    connection: Connection, table: str, encoder: str, *, ids: Iterable[int] | None
) -> Iterator[tuple[int, bytes]]:
    where, values = _where(connection, encoder, ids)
    for id, blob in connection.execute(f"SELECT item, packed FROM {table} WHERE {where} ORDER BY item", values):
        if type(id) is not int:
            raise damaged(path_of(connection), f"{table} of photo {id!r:.20}, which is no number")
        yield id, blob


def _unpacked(connection: Connection, table: str, id: int, blob: bytes) -> dict[str, Array]:
    with unpacking(connection, f"{table} of photo {id}"):
        return unpack(blob)


def _where(connection: Connection, encoder: str, ids: Iterable[int] | None) -> tuple[str, tuple[int | str, ...]]:
    number = encoder_id(connection, encoder)
    return ("encoder = ?", (number,)) if ids is None else (f"encoder = ? AND item {IDS}", (number, id_list(ids)))
