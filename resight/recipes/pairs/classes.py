"""The classes of a data set, of which some are learned and others stay unseen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np

from resight.errors import DatasetError
from resight.io.datasets.dataset import Entry
from resight.training.decoded_photos import DecodedPhotos
from resight.types import UNKNOWN, Array


@dataclass(frozen=True, slots=True, eq=False)
class Classes:
    """Classes that are seen and unseen, and which photos are for what.

    Attributes
    ----------
    unseen : labels of the classes that nothing is learned of.
    labels : (n,) of all photos, seen classes from 0, UNKNOWN for unseen ones.
    learned, validated, tested : rows of the album.
    """

    unseen: tuple[str, ...]
    labels: Array
    learned: Array
    validated: Array
    tested: Array

    @classmethod
    def drawn(cls, entries: Sequence[Entry], album: DecodedPhotos, *, count: int, share: float, seed: int) -> Self:
        """Arbitrary classes, ``count`` of them seen, and a random split with that ``share`` to validate on.

        Raises DatasetError for too few classes or photos.
        """
        known = {entry.name: entry for entry in entries}
        labels = np.array([known[name].label or "" for name in album.names])
        testing = np.array([known[name].split == "val" for name in album.names])
        names = sorted(set(labels[labels != ""].tolist()))
        if len(names) < count or count < 2:
            raise DatasetError(
                f"there are {len(names)} classes; wanted {count} to see, 2 at least: set seen to what is there"
            )
        rng = np.random.default_rng(seed)
        seen = sorted(rng.permutation(names)[:count].tolist())
        numbers = {name: number for number, name in enumerate(seen)}
        classes = np.array([numbers.get(label, UNKNOWN) for label in labels.tolist()])
        rows = rng.permutation(np.flatnonzero((classes != UNKNOWN) & ~testing))
        held_out, tested = round(share * len(rows)), np.flatnonzero((classes != UNKNOWN) & testing)
        if not held_out or held_out == len(rows) or not len(tested):
            raise DatasetError(
                f"{len(rows)} photos to learn from, {held_out} of them held out, and {len(tested)} to test on; wanted "
                "some of each: the data set wants the splits train and val"
            )
        unseen = tuple(name for name in names if name not in numbers)
        return cls(unseen, classes, np.sort(rows[held_out:]), np.sort(rows[:held_out]), tested)
