"""Parquet shards as the Hugging Face hub keeps a data set: each file is a part of a split, named so.

FOLDER/data/train-00000-of-00002.parquet       or directly in FOLDER, or FOLDER/CONFIG/
FOLDER/data/test-00000-of-00001.parquet
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Final

from resight.errors import DatasetError
from resight.io.datasets.dataset import Dataset, packed
from resight.io.datasets.entries import REFERENCE
from resight.io.datasets.folders import shown
from resight.io.datasets.splits import split_of
from resight.io.datasets.survey import Survey, groups, merge_surveys

NAMED: Final = re.compile(r"(?P<split>\w[\w.]*)-(?P<part>\d{5})-of-(?P<parts>\d{5})\.parquet")


def is_shards(root: Path) -> bool:
    """Whether a folder holds such files, and no table that says more."""
    return root.is_dir() and bool(_shards(root)) and not any(root.glob("metadata.*"))


def shards(root: Path) -> Dataset:
    """The photos of all shards, each in the split that its file is named after unless a column says another.

    Raises DatasetError where there are none, or several data sets side by side, and as reading a Parquet file does.
    """
    files = _shards(root)
    folders = sorted({path.parent for path in files})
    if len(folders) != 1:
        told = ", ".join(shown(folder) for folder in folders) or "none"
        raise DatasetError(f"{str(root)!r} holds Parquet shards in several folders or none ({told}): name one of them")
    found = [_split(packed(path), path) for path in files]
    entries = tuple(entry for dataset in found for entry in dataset.entries)
    gone = [f"{split} ({have} of {parts})" for (split, parts), have in _parts(files).items() if have < parts]
    partial = Survey(noted=groups({"split whose shards are not all here": gone}))
    return Dataset(entries, merge_surveys((*(dataset.survey for dataset in found), partial)))


def _split(dataset: Dataset, path: Path) -> Dataset:
    """A shard's photos in the split of its name, where no column says another."""
    match = NAMED.fullmatch(path.name)
    split = split_of(match["split"]) if match is not None else REFERENCE
    entries = (entry if entry.split != REFERENCE else replace(entry, split=split) for entry in dataset.entries)
    return replace(dataset, entries=tuple(entries))


def _parts(files: list[Path]) -> Counter[tuple[str, int]]:
    """Count the shards of each split, by the split and how many there should be."""
    matches = (NAMED.fullmatch(path.name) for path in files)
    return Counter((match["split"], int(match["parts"])) for match in matches if match is not None)


def _shards(root: Path) -> list[Path]:
    found = sorted(path for folder in ("", "*/") for path in root.glob(f"{folder}*.parquet"))
    return [path for path in found if NAMED.fullmatch(path.name)]
