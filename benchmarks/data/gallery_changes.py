"""What can be wrong with a gallery: bytes of its file, or absurd contents under sound checksums, drawn by a seed."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any, Final

import numpy as np

from resight.gallery.sqlite.packing import pack, unpack
from resight.types import Array

Change = Callable[[Path, np.random.Generator], str]
"""Changes something in a gallery file, and says what."""

TABLES: Final = {
    "meta": ("key", "value"),
    "encoders": ("id", "fingerprint", "name", "kind", "description"),
    "items": ("id", "digest", "file_bytes", "width", "height", "about", "added", "changed"),
    "thumbnails": ("item", "encoded"),
    "features": ("item", "encoder", "packed"),
    "descriptors": ("item", "encoder", "packed"),
    "whitening": ("encoder", "version", "revision", "n", "packed"),
    "calibration": ("version", "revision", "parameters", "packed"),
    "places": ("item", "root", "below"),
    "forgotten": ("digest", "photo", "instance"),
}
"""Columns by table, but for names: one that is another text is another name, and nobody can tell."""

ABSURD: Final[tuple[Any, ...]] = (
    *(None, 0, 1, -1, 7, 2**31, 2**53, 2**63 - 1, -(2**63), 0.5, -0.0, 1e300, float("inf")),
    *(
        "",
        "x",
        "\x00",
        5000 * "y",
        "NaN",
        "[]",
        "{}",
        "5",
        "[" * 5000,
        '{"ignore": [5]}',
        b"",
        b"\x00",
        b"\xff\xd8\xff",
    ),
)
"""Values in the place of any other."""

NUMBERS: Final = (1e30, -1e30, float("nan"), float("inf"), float("-inf"))


def flipped(path: Path, rng: np.random.Generator) -> str:
    """Bytes of the file are others, or zero from somewhere on, or it ends early."""
    content = bytearray(path.read_bytes())
    start, how = int(rng.integers(len(content))), int(rng.integers(8))
    if how == 0:
        del content[start:]
    elif how == 1:
        content[start:] = bytes(len(content) - start)
    elif how == 2:
        content[start : start + 4096] = rng.bytes(len(content[start : start + 4096]))
    else:
        for place in rng.integers(len(content), size=rng.choice([1, 4, 64])):
            content[place] ^= 1 << int(rng.integers(8))
    path.write_bytes(content)
    return "the end" if how < 2 else "some"


def numbers(path: Path, rng: np.random.Generator) -> str:
    """Numbers of one array are none, or far too large."""

    def change(arrays: dict[str, Array], name: str) -> None:
        name = "cells" if name in ("points", "values") else name  # whose every number is a possible one
        array = arrays[name].copy().reshape(-1)
        if len(array):
            rows = slice(None) if rng.random() < 0.3 else rng.integers(len(array), size=3)
            number = NUMBERS[rng.integers(len(NUMBERS))] if array.dtype.kind == "f" else -1
            with np.errstate(all="ignore"):
                array[rows] = np.array(number).astype(array.dtype)
        arrays[name] = array.reshape(arrays[name].shape)

    return _repacked(path, rng, change)


def shapes(path: Path, rng: np.random.Generator) -> str:
    """One array has another shape, type or name, is gone, or stands in the place of another."""

    def change(arrays: dict[str, Array], name: str) -> None:
        array = arrays.pop(name)
        match rng.integers(7):
            case 0:
                arrays[f"{name}s"] = array
            case 1:
                arrays[name] = array[: len(array) // 2] if array.ndim else array.reshape(1)
            case 2:
                arrays[name] = array[None]
            case 3:
                arrays[name] = array.reshape(-1)[:0]
            case 4:
                arrays[name] = array.astype(np.float64)
            case 5:
                arrays[name] = array.astype(np.int8)
            case _:
                pass

    with np.errstate(all="ignore"):
        return _repacked(path, rng, change)


def _repacked(path: Path, rng: np.random.Generator, change: Callable[[dict[str, Array], str], None]) -> str:
    """Change an array of one row, or of all rows of a table, and write the checksum that is right for it."""
    table = str(rng.choice(["features", "descriptors", "whitening", "calibration"]))
    with closing(sqlite3.connect(path)) as connection, connection:
        rows = connection.execute(f"SELECT *, packed FROM {table}").fetchall()
        columns = TABLES[table][:2]
        names = [*unpack(rows[0][-1])]
        name = names[rng.integers(len(names))]
        for row in rows if rng.random() < 0.5 else [rows[rng.integers(len(rows))]]:
            arrays = dict(unpack(row[-1]))
            change(arrays, name)
            where = " AND ".join(f"{column} = ?" for column in columns)
            connection.execute(f"UPDATE {table} SET packed = ? WHERE {where}", (pack(arrays), *row[:2]))
    return f"{table}, {name}"


def values(path: Path, rng: np.random.Generator) -> str:
    """A column of a row, or of all rows, has an absurd value, or that of another row."""
    table = str(rng.choice([*TABLES]))
    column = str(rng.choice(TABLES[table]))
    value = ABSURD[rng.integers(len(ABSURD))]
    with closing(sqlite3.connect(path)) as connection:
        keys = _keys(connection, table)
        key = keys[rng.integers(len(keys))]
        where = f"{TABLES[table][0]} = ?" if rng.random() < 0.7 else "? IS NOT NULL"
        _attempt(connection, f"UPDATE OR REPLACE {table} SET {column} = ? WHERE {where}", (value, key))
    return f"{table}.{column} = {value!r:.40}"


def rows(path: Path, rng: np.random.Generator) -> str:
    """Rows are gone, or have what belongs to others; but for arrays, which could be those of any photo."""
    table = str(rng.choice([*TABLES]))
    key, *_, last = TABLES[table]
    with closing(sqlite3.connect(path)) as connection:
        keys = _keys(connection, table)
        one, other = (keys[rng.integers(len(keys))] for _ in range(2))
        if rng.random() < 0.5 or last == "packed":
            _attempt(connection, f"DELETE FROM {table} WHERE {key} = ?", (one,))
            return f"{table} without {one!r}"
        changed = f"UPDATE {table} SET {last} = (SELECT {last} FROM {table} WHERE {key} = ?) WHERE {key} = ?"
        _attempt(connection, changed, (one, other))
    return f"{table}, {last} of {other!r} is that of {one!r}"


def _keys(connection: sqlite3.Connection, table: str) -> list[Any]:
    return [key for (key,) in connection.execute(f"SELECT DISTINCT {TABLES[table][0]} FROM {table} ORDER BY 1")]


def words(path: Path, rng: np.random.Generator) -> str:
    """A value of a JSON object is another, or gone."""
    table, column = [("encoders", "description"), ("items", "about"), ("calibration", "parameters")][rng.integers(3)]
    with closing(sqlite3.connect(path)) as connection:
        found = json.loads(connection.execute(f"SELECT {column} FROM {table}").fetchone()[0])
        key = [*found, "ignore"][rng.integers(len(found) + 1)]
        value = (None, -1, 10**30, 0.5, "x", [], [None], {}, {"x": -1}, "../x", True)[rng.integers(11)]
        found[key] = value
        _attempt(connection, f"UPDATE {table} SET {column} = ?", (json.dumps(found),))
    return f"{table}.{column}, {key} = {value!r}"


def schema(path: Path, rng: np.random.Generator) -> str:
    """Tables are others, or gone, or something stands beside them."""
    statement = SCHEMES[rng.integers(len(SCHEMES))]
    with closing(sqlite3.connect(path)) as connection:
        for part in statement.split("; "):
            _attempt(connection, part, ())
    return statement


SCHEMES: Final = (
    "DROP TABLE removed; CREATE VIEW removed AS SELECT 1 AS item, 1 AS added, 1 AS revision",
    "DROP TABLE thumbnails; CREATE VIEW thumbnails AS SELECT id AS item, digest AS encoded FROM items",
    "CREATE TRIGGER t AFTER INSERT ON removed BEGIN DELETE FROM items; END",
    "ALTER TABLE items ADD COLUMN area AS (width * height)",
    "ALTER TABLE items RENAME COLUMN width TO breadth",
    "ALTER TABLE features RENAME TO traits",
    "DROP TABLE calibration",
    "DROP TABLE whitening",
    "DROP INDEX items_changed",
    "CREATE TABLE beside (x)",
    "PRAGMA user_version = 0",
    "PRAGMA user_version = 9",
    "PRAGMA application_id = 0",
    "PRAGMA journal_mode = DELETE",
    "UPDATE sqlite_sequence SET seq = 9223372036854775807",
    "UPDATE sqlite_sequence SET seq = 0",
    "DELETE FROM sqlite_sequence",
)


def logs(path: Path, rng: np.random.Generator) -> str:
    """A file of SQLite's lies beside it that is not its own."""
    end = str(rng.choice(["wal", "journal", "shm"]))
    beside = path.with_name(f"{path.name}-{end}")
    beside.write_bytes(rng.bytes(int(rng.choice([0, 1, 100, 9000]))))
    return end


def _attempt(connection: sqlite3.Connection, statement: str, values: tuple[Any, ...]) -> None:
    """What SQLite itself refuses is left as it was."""
    try:
        with connection:
            connection.execute(statement, values)
    except (sqlite3.Error, OverflowError):
        return


CHANGES: Final[dict[str, Change]] = {
    "bytes of the file": flipped,
    "numbers of an array": numbers,
    "an array": shapes,
    "a value of a row": values,
    "rows": rows,
    "a value of JSON": words,
    "the schema": schema,
    "a file beside it": logs,
}
"""What is done, by its name in the table."""
