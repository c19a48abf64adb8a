"""A small gallery in a file, and the rows of one as plain SQLite reads them."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from resight.gallery.sqlite.gallery import SqliteGallery
from resight.types import EncoderCard
from tests.gallery.conftest import Make

Dump = Callable[[Path], dict[str, list[tuple[Any, ...]]]]


@pytest.fixture
def gallery(tmp_path: Path, cards: tuple[EncoderCard, ...], make: Make) -> Iterator[SqliteGallery]:
    """Twelve photos of four things, open for writing."""
    with SqliteGallery.create(tmp_path / "art.gallery", cards) as made:
        made.add(make(number) for number in range(12))
        yield made


@pytest.fixture
def dump() -> Dump:
    """``dump(path)``: all rows of all tables by table, but for who made the file and when."""

    def rows(path: Path) -> dict[str, list[tuple[Any, ...]]]:
        with closing(sqlite3.connect(path)) as connection:
            tables = [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
            content = {name: sorted(connection.execute(f"SELECT * FROM {name}"), key=repr) for name in tables}
        content["meta"] = [row for row in content["meta"] if row[0] not in ("created", "created_by", "identity")]
        return content

    return rows
