"""Parquet shards of the Hugging Face hub: splits by the names of files, unless a column says them."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from resight.errors import DatasetError
from resight.io.formats.shards import is_shards, shards

from .conftest import noted


def shard(path: Path, labels: list[str], **columns: list[str]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    images = [{"bytes": label.encode(), "path": None} for label in labels]
    pq.write_table(pa.table({"image": images, "label": labels, **columns}), path)


def test_splits_are_those_of_the_names(tmp_path: Path) -> None:
    shard(tmp_path / "data" / "train-00000-of-00002.parquet", ["a", "b"])
    shard(tmp_path / "data" / "train-00001-of-00002.parquet", ["c"])
    shard(tmp_path / "data" / "test-00000-of-00003.parquet", ["a"])
    assert is_shards(tmp_path)
    found = shards(tmp_path)
    assert [(entry.split, entry.label, entry.read()) for entry in found.entries] == [
        ("query", "a", b"a"),
        ("train", "a", b"a"),
        ("train", "b", b"b"),
        ("train", "c", b"c"),
    ]
    assert len({entry.name for entry in found.entries}) == 4
    assert [entry.label for entry in found.known] == ["a", "b", "c"]
    assert noted(found) == {"split whose shards are not all here": 1}


def test_a_column_says_more_than_a_name(tmp_path: Path) -> None:
    shard(tmp_path / "train-00000-of-00001.parquet", ["a", "b"], split=["query", ""])
    assert [entry.split for entry in shards(tmp_path).entries] == ["query", "train"]


def test_two_data_sets_side_by_side_are_refused(tmp_path: Path) -> None:
    for config in ("small", "large"):
        shard(tmp_path / config / "train-00000-of-00001.parquet", ["a"])
    with pytest.raises(DatasetError, match="in several folders or none"):
        shards(tmp_path)
