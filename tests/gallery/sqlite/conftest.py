"""A small gallery's makings: encoders, photos, and the rows of a file as plain SQLite reads them."""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from resight.gallery.records import NewItem
from resight.gallery.sqlite.gallery import SqliteGallery
from resight.types import EncoderCard

LOCAL, GLOBAL = "sift:1", "gem:1"
Make = Callable[..., NewItem]
Dump = Callable[[Path], dict[str, list[tuple[Any, ...]]]]


@pytest.fixture
def cards() -> tuple[EncoderCard, ...]:
    """A local encoder, whose arrays are stored as features, and a global one, stored as descriptors."""
    return (
        EncoderCard(LOCAL, "rootsift", "local", {"long_side": 640}),
        EncoderCard(GLOBAL, "resnet50", "global", {"layers": [3, 4]}),
    )


@pytest.fixture
def make() -> Make:
    """``make(number, **fields)``: the photo of a number, three of each instance, always the same."""

    def new_item(number: int, **fields: Any) -> NewItem:
        rng = np.random.default_rng(number)
        values: dict[str, Any] = {
            "photo": f"photos/{number}.jpg",
            "instance": f"thing {number // 3}",
            "digest": hashlib.sha256(str(number).encode()).digest(),
            "file_bytes": 1000 + number,
            "width": 640,
            "height": 480,
            "features": {LOCAL: {"points": rng.random((5, 2), np.float32), "values": rng.bytes(5 * 8)}},
            "descriptors": {GLOBAL: rng.random(16, np.float32)},
            "thumbnail": f"thumbnail {number}".encode(),
            "about": {"year": 1900 + number},
        }
        values["features"][LOCAL]["values"] = np.frombuffer(values["features"][LOCAL]["values"], np.uint8).reshape(5, 8)
        return NewItem(**{**values, **fields})

    return new_item


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
