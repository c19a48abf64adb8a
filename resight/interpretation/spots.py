"""Spots: what is photographed several times, a clip, a panorama or a stretch of time, lies in one split alone.

Photos of one spot show much the same. Were some of them learned and others asked, a network could answer by heart.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np

from resight.errors import DatasetError
from resight.types import Array

SHARES: Final = (0.6, 0.2, 0.2)
"""Shares of the photos that are learned, validated and tested: Shi 2018, section 4.1."""

LEARNED, VALIDATED, TESTED = 0, 1, 2
"""Splits, as numbers."""


def split_spots(
    labels: Array, spots: Sequence[str], *, rng: np.random.Generator, shares: Sequence[float] = SHARES
) -> Array:
    """The split of each photo, ``(n,)`` of LEARNED, VALIDATED or TESTED; all photos of a spot are in the same one.

    Each class ``labels (n,)`` is divided by the ``shares`` as well as its spots allow; each has some in each split.
    Larger spots are dealt first, equal ones as the generator draws them. Raises DatasetError for a class with fewer
    spots than there are splits.
    """
    if few := [label for label, count in _counts(labels, spots).items() if count < len(shares)]:
        raise DatasetError(
            f"class {few[0]} has fewer than {len(shares)} spots; wanted one for each split: leave it out, or tell more "
            "of its photos apart"
        )
    members: dict[str, list[int]] = {}
    for row, spot in enumerate(spots):
        members.setdefault(spot, []).append(row)
    classes = int(labels.max()) + 1
    goal = np.outer(np.bincount(labels, minlength=classes), shares)
    held, left = np.zeros_like(goal), _counts(labels, spots)
    order = [list(members)[place] for place in rng.permutation(len(members))]
    found = np.empty(len(labels), np.int64)
    for spot in sorted(order, key=lambda spot: -len(members[spot])):
        counts = np.bincount(labels[members[spot]], minlength=classes)
        split = _neediest(goal - held, held, counts, left)
        held[:, split] += counts
        found[members[spot]] = split
        for label in np.flatnonzero(counts):
            left[int(label)] -= 1
    return found


def _counts(labels: Array, spots: Sequence[str]) -> dict[int, int]:
    """Number of spots of each class."""
    met: dict[int, set[str]] = {}
    for label, spot in zip(labels.tolist(), spots, strict=True):
        met.setdefault(label, set()).add(spot)
    return {label: len(found) for label, found in met.items()}


def _neediest(lacking: Array, held: Array, counts: Array, left: Mapping[int, int]) -> int:
    """The split that lacks most of what a spot has; where a class has no spot to lose, one that has none of it yet."""
    need = counts @ lacking
    for label in np.flatnonzero(counts):
        empty = held[label] == 0
        if empty.any() and left[int(label)] <= empty.sum():
            need = np.where(empty, need, -np.inf)
            break
    return int(np.argmax(need))
