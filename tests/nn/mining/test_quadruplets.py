"""Quadruplets: a second negative of a third instance."""

from __future__ import annotations

import numpy as np

from resight.nn.mining.quadruplets import extended

LABELS = np.array([0, 0, 1, 2, -1, -1, 2])


def test_every_row_of_a_third_instance_is_drawn(rng: np.random.Generator) -> None:
    """Beside a known negative an unknown may come; beside an unknown one, which might be the same, none."""
    triplets = np.array([[0, 1, 2], [0, 1, 4]])
    found = np.concatenate([extended(triplets, LABELS, rng=rng) for _ in range(50)])
    assert found.shape == (100, 4)
    np.testing.assert_array_equal(found[:2, :3], triplets)
    assert set(found[0::2, 3]) == {3, 4, 5, 6}
    assert set(found[1::2, 3]) == {2, 3, 6}


def test_without_a_third_instance_there_is_none(rng: np.random.Generator) -> None:
    assert extended(np.array([[0, 1, 2]]), LABELS[:3], rng=rng).shape == (0, 4)
    assert extended(np.empty((0, 3), np.int64), LABELS, rng=rng).shape == (0, 4)
