"""A split for data sets without one: which photos are asked depends on their names alone, and it is told."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from resight.evaluation.held_out_split import held_out_split
from resight.io.datasets.dataset import Dataset, Entry


def photos(*labels: str, split: str = "reference", folder: str = "set") -> list[Entry]:
    """Photos of these things, numbered."""
    return [Entry(f"{folder}/{label}/{number}.jpg", Path(), (label,), split) for number, label in enumerate(labels)]


def splits(entries: Sequence[Entry]) -> dict[str, list[str | None]]:
    found: dict[str, list[str | None]] = {}
    for entry in held_out_split(Dataset(tuple(entries))).entries:
        found.setdefault(entry.split, []).append(entry.label)
    return found


def test_of_several_photos_one_is_asked_and_of_single_ones_each_fifth_is_unknown() -> None:
    found = splits(photos(*"aabbbcdefghijklm"))
    assert sorted(map(str, found["query"])) == ["a", "b"]
    assert found["distractor"] == [None, None]
    assert len(found["reference"]) == 12


def test_it_is_told() -> None:
    told = held_out_split(Dataset(tuple(photos(*"aabbcdefgh")))).survey.noted
    assert [(group.count, group.kind.split(",")[0]) for group in told] == [
        (2, "photo held out of what is known"),
        (1, "thing with one photo left out of what is known"),
    ]


def test_names_alone_choose() -> None:
    entries = photos(*"aaabbbcdefghijkl")
    elsewhere = photos(*"aaabbbcdefghijkl", folder="other/place")
    rows = np.random.default_rng(0).permutation(len(entries))
    chosen = [
        sorted((entry.name.rpartition("/")[2], entry.split) for entry in held_out_split(Dataset(tuple(those))).entries)
        for those in (entries, [entries[row] for row in rows], elsewhere)
    ]
    assert chosen[0] == chosen[1] == chosen[2]


def test_what_has_queries_or_nothing_to_spare_stays_as_it_is() -> None:
    for entries in (photos(*"aab") + photos("a", split="query"), photos(*"abc"), photos(*"aab", split="val")):
        dataset = Dataset(tuple(entries))
        assert held_out_split(dataset) is dataset


def test_photos_to_train_on_are_held_out_for_want_of_references() -> None:
    assert len(splits(photos(*"aabb", split="train"))["query"]) == 2
