"""Symbols of places: the explanations that tell one apart best, no two alike (Shi 2018, sections 4.4.1 and 4.4.2)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from resight.types import Array

from .ade20k import number_of

SHOWN: Final = 4
"""Explanations that are shown of a place."""

BUILT: Final = ("building", "house", "skyscraper", "tower", "hovel", "bridge", "column", "stairs", "stairway", "door")
"""Objects by which the style of a place's architecture is shown."""


@dataclass(frozen=True, slots=True, eq=False)
class PlaceSymbols:
    """Explanations that tell a place apart.

    Attributes
    ----------
    place : its name.
    rows : of the tested photos, best first; those of `BUILT` objects alone in ``built``.
    counts : how many of the place's explanations have which object most, by object, most first.
    """

    place: str
    rows: tuple[int, ...]
    built: tuple[int, ...]
    counts: Mapping[int, int]


def place_symbols(
    places: Sequence[str], labels: Array, probabilities: Array, tops: Array, rows: Array, *, count: int = SHOWN
) -> list[PlaceSymbols]:
    """The symbols of each place among tested photos with ``labels (t,)`` and ``probabilities (t, k)`` of places.

    An explanation is the better, the surer the network is of the true place, and the more often its top object
    (``tops (t,)``, -1 for none) is a top object at this place rather than anywhere. To be diverse, photos are parted
    by their descriptors ``rows (t, d)`` into as many clusters as are shown, and each gives its best.
    """
    built = np.isin(tops, [number_of(name, "annotations") for name in BUILT])
    found = []
    for number, place in enumerate(places):
        own = np.flatnonzero(labels == number)
        worth = probabilities[own, number] * _over_represented(tops, own)
        some = np.flatnonzero(built[own])
        kinds, each = np.unique(tops[own][tops[own] >= 0], return_counts=True)
        order = np.argsort(-each, kind="stable")
        found.append(
            PlaceSymbols(
                place,
                _diverse(own, worth, rows[own], count),
                _diverse(own[some], worth[some], rows[own[some]], count),
                {int(kinds[one]): int(each[one]) for one in order},
            )
        )
    return found


def _over_represented(tops: Array, own: Array) -> Array:
    """Ratio of how frequent the top object of each own photo is here to how frequent it is anywhere, ``(o,)``."""
    here = np.array([(tops[own] == tops[row]).mean() for row in own])
    anywhere = np.array([(tops == tops[row]).mean() for row in own])
    return here / np.maximum(anywhere, 1e-12)


def _diverse(numbers: Array, worth: Array, rows: Array, count: int) -> tuple[int, ...]:
    """The best of each of ``count`` clusters, or all where there are no more, best first."""
    if len(numbers) <= count:
        chosen = np.arange(len(numbers))
    else:
        clusters = nearest_centres(rows, count)
        chosen = np.array([max(np.flatnonzero(clusters == one), key=lambda row: worth[row]) for one in range(count)])
    return tuple(int(numbers[row]) for row in sorted(chosen, key=lambda row: -worth[row]))


def nearest_centres(rows: Array, count: int) -> Array:
    """A cluster of each of ``rows (n, d)``, ``(n,)``: that of the nearest of ``count`` rows far from each other.

    Each of these is the row farthest from those before (Gonzalez 1985), the first that farthest from the mean; so none
    is empty, unless rows are equal.
    """
    apart = ((rows[:, None] - rows) ** 2).sum(axis=2)
    centres = [int(((rows - rows.mean(axis=0)) ** 2).sum(axis=1).argmax())]
    while len(centres) < count:
        nearest = apart[:, centres].min(axis=1)
        nearest[centres] = -1
        centres.append(int(nearest.argmax()))
    found = apart[:, centres].argmin(axis=1)
    found[centres] = np.arange(count)
    return np.asarray(found)
