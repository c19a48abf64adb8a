"""Pixels of objects inside explanations, by hand and against a loop."""

from __future__ import annotations

import numpy as np
import pytest

from resight.errors import ShapeError
from resight.interpretation.objects import counts, object_shares, top_objects


def test_counts_are_those_of_a_loop(rng: np.random.Generator) -> None:
    objects = rng.integers(0, 4, (3, 5, 6)).astype(np.uint8)
    masks = rng.random((3, 5, 6)) < 0.4
    found = counts(objects, masks, 5)
    for row in range(3):
        for kind in range(5):
            assert found[row, kind] == sum(
                bool(masks[row, i, j]) and objects[row, i, j] == kind for i in range(5) for j in range(6)
            )
    assert counts(objects, None, 5).sum() == objects.size
    with pytest.raises(ShapeError):
        counts(objects, masks[:2], 5)


def test_what_is_everywhere_is_not_looked_at_more(rng: np.random.Generator) -> None:
    """Sky is 60 of 100 pixels, and 60 of 100 of what is looked at; a sign is 1 of 100, and 20 of 100 there."""
    whole = np.tile([39, 60, 1], (40, 1)) * 10
    inside = np.tile([2, 6, 2], (40, 1))
    sky, wall, sign = object_shares(inside, whole, np.arange(40) // 4, rng=rng)
    assert (sky.number, sky.pixels, sky.lift) == (1, 6, pytest.approx(1))
    assert (sign.number, sign.lift) == (2, pytest.approx(20))
    assert wall.lift == pytest.approx(0.2 / 0.39)
    assert sign.lift_low == pytest.approx(sign.lift_high)


def test_intervals_hold_the_mean_and_mind_spots(rng: np.random.Generator) -> None:
    inside = rng.integers(0, 50, (60, 3))
    whole = inside + 50
    groups = np.arange(60) // 10
    inside += 20 * (groups % 3)[:, None]
    whole += 20 * (groups % 3)[:, None]
    [clustered, *_] = object_shares(inside, whole, groups, rng=np.random.default_rng(1))
    [alone, *_] = object_shares(inside, whole, np.arange(60), rng=np.random.default_rng(1))
    assert clustered.low < clustered.pixels < clustered.high
    assert clustered.high - clustered.low > alone.high - alone.low


def test_an_empty_explanation_has_no_object() -> None:
    assert top_objects(np.array([[0, 3, 1], [0, 0, 0]])).tolist() == [1, -1]
    none = object_shares(np.zeros((2, 3), int), np.ones((2, 3), int), np.arange(2), rng=np.random.default_rng(0))
    assert none == []
