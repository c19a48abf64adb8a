"""Which classes are seen, and which photos are for what."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from resight.errors import DatasetError
from resight.recipes.pairs.classes import Classes
from resight.types import UNKNOWN


def _photos(each: int = 10, tested: int = 2, classes: int = 5) -> tuple[list[Any], Any]:
    """Entries of some classes, the last ``tested`` of each to test on, and an album of all but each class's first."""
    entries = [
        SimpleNamespace(name=f"{label}/{n}", label=f"c{label}", split="val" if n >= each - tested else "train")
        for label in range(classes)
        for n in range(each)
    ]
    return entries, SimpleNamespace(names=tuple(entry.name for entry in entries if not entry.name.endswith("/0")))


def test_every_photo_of_a_seen_class_is_for_one_thing_and_of_an_unseen_one_for_none() -> None:
    entries, album = _photos()
    found = Classes.drawn(entries, album, count=3, share=0.3, seed=1)
    by_name = {entry.name: entry for entry in entries}
    seen = {f"c{n}" for n in range(5)} - set(found.unseen)
    assert (len(seen), len(found.unseen)) == (3, 2)
    rows = [row for row, name in enumerate(album.names) if by_name[name].label in seen]
    assert sorted(np.concatenate([found.learned, found.validated, found.tested]).tolist()) == rows
    assert {by_name[album.names[row]].split for row in found.tested} == {"val"}
    assert len(found.validated) == round(0.3 * (len(found.validated) + len(found.learned)))
    assert [found.labels[row] == UNKNOWN for row in range(len(album.names))] == [
        by_name[name].label in found.unseen for name in album.names
    ]
    assert sorted(set(found.labels[rows].tolist())) == [0, 1, 2]


def test_the_seed_decides() -> None:
    photos = _photos()
    first, same, other = (Classes.drawn(*photos, count=3, share=0.3, seed=seed) for seed in (1, 1, 2))
    np.testing.assert_array_equal(first.learned, same.learned)
    assert not np.array_equal(first.learned, other.learned)


def test_photos_of_one_split_are_refused() -> None:
    with pytest.raises(DatasetError, match="and 0 to test on; wanted some of each"):
        Classes.drawn(*_photos(tested=0), count=3, share=0.3, seed=0)


def test_too_few_classes_are_refused() -> None:
    with pytest.raises(DatasetError, match="there are 5 classes; wanted 6 to see"):
        Classes.drawn(*_photos(), count=6, share=0.3, seed=0)
