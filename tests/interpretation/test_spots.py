"""No spot in two splits, and every class in each."""

from __future__ import annotations

import numpy as np
import pytest

from resight.errors import DatasetError
from resight.interpretation.spots import TESTED, split_spots


@pytest.mark.parametrize("seed", range(20))
def test_no_spot_is_in_two_splits_and_each_class_is_in_all(seed: int) -> None:
    rng = np.random.default_rng(seed)
    spots, labels = [], []
    for label in range(4):
        for spot in range(rng.integers(3, 9)):
            count = int(rng.integers(1, 12))
            spots += [f"{label}/{spot}"] * count
            labels += [label] * count
    found = split_spots(np.array(labels), spots, rng=rng)
    for spot in set(spots):
        assert len({split for split, one in zip(found, spots, strict=True) if one == spot}) == 1
    for label in range(4):
        assert {*found[np.array(labels) == label].tolist()} == {0, 1, 2}


def test_equal_spots_are_divided_as_asked() -> None:
    labels = np.repeat([0, 1], 100)
    found = split_spots(labels, [f"{label}-{number // 5}" for number, label in enumerate(labels)], rng=_rng())
    for label in (0, 1):
        assert np.bincount(found[labels == label]).tolist() == [60, 20, 20]


def test_a_spot_that_two_places_share_stays_whole() -> None:
    """As the same street at two times, which are two places."""
    labels = np.repeat([0, 1], 30)
    spots = [f"street {number % 30 // 3}" for number in range(60)]
    found = split_spots(labels, spots, rng=_rng())
    assert (found[:30] == found[30:]).all()
    assert (found == TESTED).any()


def test_a_class_with_too_few_spots_is_refused() -> None:
    with pytest.raises(DatasetError, match="class 1 has fewer than 3 spots"):
        split_spots(np.array([0, 0, 0, 1, 1]), ["a", "b", "c", "d", "e"], rng=_rng())


def _rng() -> np.random.Generator:
    return np.random.default_rng(0)
