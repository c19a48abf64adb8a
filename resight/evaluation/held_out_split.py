"""A split of a data set that has none: some of what is known is asked instead, chosen by the photos' names alone."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from resight.io.datasets.dataset import Dataset, Entry
from resight.io.datasets.entries import REFERENCE
from resight.io.datasets.preflight import ASKED
from resight.io.datasets.survey import Survey, groups, merge_surveys

UNKNOWN: Final = 5
"""Number of things with one photo of which one is left out and asked as unknown."""


def held_out_split(dataset: Dataset) -> Dataset:
    """The data set with queries; where it has none, some of its own photos are asked and not known, which is told.

    Of each thing with two photos or more one is asked. Of things with one photo each fifth is asked as unknown, so that
    it is seen what is said of strangers. Which they are depends on the names of the photos alone, not on their order. A
    data set in which nothing can be spared is left as it is.
    """
    known = dataset.of(REFERENCE) or dataset.of("train")
    if dataset.of(*ASKED) or not known:
        return dataset
    photos: dict[str, list[Entry]] = {}
    for entry in known:
        if entry.label is not None:
            photos.setdefault(entry.label, []).append(entry)
    queries = {min(those, key=_order).name for those in photos.values() if len(those) > 1}
    alone = sorted((those[0] for those in photos.values() if len(those) == 1), key=_order)
    unknown = {entry.name for entry in alone[: len(alone) // UNKNOWN]}
    if not queries | unknown:
        return dataset
    entries = tuple(_asked(entry, queries, unknown) for entry in dataset.entries)
    told = {
        "photo held out of what is known, and asked, for the data set has no queries": sorted(queries),
        "thing with one photo left out of what is known, and asked as unknown": sorted(unknown),
    }
    return Dataset(entries, merge_surveys((dataset.survey, Survey(noted=groups(told)))))


def _asked(entry: Entry, queries: set[str], unknown: set[str]) -> Entry:
    if entry.name in queries:
        return replace(entry, split="query")
    return replace(entry, split="distractor", labels=()) if entry.name in unknown else entry


def _order(entry: Entry) -> str:
    """A photo's place in an order that nobody chose: by its own name and what it shows, wherever the folder lies."""
    return hashlib.sha256(f"{_labels(entry.labels)}/{entry.name.rpartition('/')[2]}".encode()).hexdigest()


def _labels(labels: Sequence[str]) -> str:
    return "|".join(labels)
