"""Symbols: what a place has more of than others, surely known, and no two alike."""

from __future__ import annotations

import numpy as np

from resight.interpretation.ade20k import number_of
from resight.interpretation.symbols import nearest_centres, place_symbols

SKY, BUILDING, SIGN = (number_of(name, "annotations") for name in ("sky", "building", "signboard"))


def test_what_a_place_has_alone_comes_first() -> None:
    labels = np.array([0, 0, 0, 1, 1, 1])
    tops = np.array([SKY, SIGN, SKY, SKY, BUILDING, -1])
    sure = np.array([0.9, 0.8, 0.5, 0.9, 0.9, 0.9])
    probabilities = np.stack([np.where(labels == 0, sure, 1 - sure), np.where(labels == 1, sure, 1 - sure)], axis=1)
    first, second = place_symbols(["Tokyo", "Delft"], labels, probabilities, tops, np.eye(6), count=2)
    assert first.rows[0] == 1  # sky is everywhere
    assert len(first.rows) == 2
    assert (first.built, second.built) == ((), (4,))
    assert first.counts == {SKY: 2, SIGN: 1}
    assert second.counts == {SKY: 1, BUILDING: 1}


def test_clusters_are_heaps_and_none_is_empty(rng: np.random.Generator) -> None:
    rows = np.concatenate([rng.normal(size=(7, 3)) + 30 * heap for heap in range(3)])
    found = nearest_centres(rows, 3)
    assert [len({*found[7 * heap : 7 * heap + 7].tolist()}) for heap in range(3)] == [1, 1, 1]
    assert {*found.tolist()} == {0, 1, 2}
    assert {*nearest_centres(np.zeros((5, 2)), 3).tolist()} == {0, 1, 2}
