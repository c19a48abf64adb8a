"""Pairs by class: the counts of the paper at their full size, by index arithmetic alone, and what no draw may break."""

from __future__ import annotations

import tracemalloc
from collections import Counter

import numpy as np
import pytest

from resight.nn.mining.class_pairs import ClassRows, Pairs
from resight.types import Array

LABELS = np.repeat(np.arange(200), 500)
"""Tiny ImageNet's training photos."""


def classes(*sizes: int) -> tuple[ClassRows, Array]:
    labels = np.random.default_rng(0).permutation(np.repeat(np.arange(len(sizes)), sizes))
    return ClassRows.of(labels, np.arange(len(labels))), labels


def mixture(pairs: Pairs, labels: Array) -> Counter[tuple[int, int]]:
    return Counter(map(tuple, labels[pairs.rows].tolist()))


def test_an_epoch_has_as_many_pairs_as_the_paper_says() -> None:
    """644,400: 10 of each of 180 · 179 ordered pairs of classes, and 1,790 of each class; validation 386,640."""
    seen = ClassRows.of(LABELS, np.flatnonzero(LABELS < 180))
    assert (seen.count(10), seen.count(6)) == (644_400, 386_640)
    validated = seen.sampled(6, rng=np.random.default_rng(0))
    excluded = np.unique(validated.keys)
    tracemalloc.start()
    drawn = seen.sampled(10, rng=np.random.default_rng(1), excluded=excluded)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert len(drawn) == 644_400
    assert drawn.same.sum() == 322_200
    assert peak < 200e6
    found = mixture(drawn, LABELS)
    assert {found[i, j] for i in range(180) for j in range(180)} == {10, 1_790}
    assert {found[i, i] for i in range(180)} == {1_790}
    assert not np.isin(drawn.keys, excluded).any()
    assert (drawn.rows[:, 0] != drawn.rows[:, 1]).all()


def test_the_test_set_has_as_many_pairs_as_the_paper_says() -> None:
    """3,980,000 over 200 classes of 50 photos, of which each class has 1,225 pairs to repeat; so not all are distinct.

    The cases are 1,791,000, 1,611,000, 360,000, 199,000 and 19,000 (Table 2) where the last 20 classes are unseen.
    """
    tested = ClassRows.of(LABELS[::10], np.arange(10_000))
    assert tested.count(50) == 3_980_000
    found = tested.distinct(50, rng=np.random.default_rng(0))
    assert len(found) == 3_980_000
    assert found.unique == 50 * 200 * 199 + 200 * 1_225
    unseen = (LABELS[::10] >= 180)[found.rows].sum(axis=1)
    asked = ((True, 0), (False, 0), (False, 1), (True, 2), (False, 2))
    cases = [int(((found.same == same) & (unseen == count)).sum()) for same, count in asked]
    assert cases == [1_791_000, 1_611_000, 360_000, 199_000, 19_000]


def test_a_draw_without_replacement_repeats_nothing_while_there_is_anything_left() -> None:
    found, labels = classes(5, 6, 7)
    pairs = found.distinct(4, rng=np.random.default_rng(0))
    assert len(pairs) == found.count(4) == 48
    assert pairs.unique == 48
    assert mixture(pairs, labels) == Counter({(i, j): 8 if i == j else 4 for i in range(3) for j in range(3)})
    many = found.distinct(8, rng=np.random.default_rng(0))  # 16 of each class, which have 10, 15 and 21
    times = Counter(many.keys[many.same].tolist())
    assert sorted(Counter(times.values()).items()) == [(1, 4 + 14 + 16), (2, 6 + 1)]


@pytest.mark.parametrize("way", ["sampled", "distinct"])
def test_draws_follow_their_seed_and_pair_no_photo_with_itself(way: str) -> None:
    found, labels = classes(2, 3, 4)
    one, again, other = (getattr(found, way)(3, rng=np.random.default_rng(seed)) for seed in (0, 0, 1))
    np.testing.assert_array_equal(one.rows, again.rows)
    assert not np.array_equal(one.rows, other.rows)
    assert (one.rows[:, 0] != one.rows[:, 1]).all()
    np.testing.assert_array_equal(one.same, labels[one.rows[:, 0]] == labels[one.rows[:, 1]])


def test_every_pair_is_as_likely_as_any_other_of_its_classes() -> None:
    found, _ = classes(3, 3)
    drawn = found.sampled(3_000, rng=np.random.default_rng(0))
    times = Counter(map(tuple, drawn.rows.tolist()))
    assert len(times) == 6 * 5
    across = [times[pair] for pair in times if drawn.same[(drawn.rows == pair).all(axis=1)][0] is np.False_]
    assert len(across) == 18
    assert max(abs(count - 6_000 / 18) for count in across) < 6 * np.sqrt(6_000 / 18)


def test_what_is_excluded_is_drawn_in_neither_order() -> None:
    found, _ = classes(3, 3)
    left_out = Pairs(np.array([[1, 0], [2, 5]], np.int32), np.zeros(2, bool)).keys
    drawn = found.sampled(50, rng=np.random.default_rng(0), excluded=np.sort(left_out))
    assert not np.isin(drawn.keys, left_out).any()
    assert drawn.unique == 15 - 2
    everything = np.unique(found.distinct(9, rng=np.random.default_rng(0)).keys)
    with pytest.raises(ValueError, match="pairs are excluded however often they are drawn"):
        found.sampled(1, rng=np.random.default_rng(0), excluded=everything)


def test_a_class_of_one_photo_has_no_pairs() -> None:
    with pytest.raises(ValueError, match="2 classes of 1 photos or more; wanted two classes at least, of two photos"):
        ClassRows.of(np.array([0, 0, 1]), np.arange(3))
    with pytest.raises(ValueError, match="1 classes of 2 photos"):
        ClassRows.of(np.array([0, 0]), np.arange(2))
