from __future__ import annotations

import numpy as np
import pytest

from resight.explain.parts import parts


def test_four_clouds_are_four_parts(rng: np.random.Generator) -> None:
    centres = np.array([(0, 0), (0, 100), (100, 0), (100, 100)])
    points = np.concatenate([centre + rng.normal(size=(10, 2)) for centre in centres])
    np.testing.assert_array_equal(parts(points, 4), np.repeat(np.arange(4), 10))


@pytest.mark.parametrize("count", [1, 2, 3, 5, 6, 8])
def test_parts_are_about_equal_and_numbered_from_left_to_right(rng: np.random.Generator, count: int) -> None:
    points = rng.uniform(size=(120, 2))
    labels = parts(points, count)
    sizes = np.bincount(labels)
    assert len(sizes) == count
    assert sizes.max() <= 2 * sizes.min() + 1
    means = [points[labels == label, 0].mean() for label in range(count)]
    assert means == sorted(means)


def test_the_order_of_the_points_changes_nothing(rng: np.random.Generator) -> None:
    points, order = rng.uniform(size=(50, 2)), rng.permutation(50)
    np.testing.assert_array_equal(parts(points[order], 6), parts(points, 6)[order])


def test_few_points_are_few_parts() -> None:
    assert parts(np.zeros((0, 2)), 6).shape == (0,)
    np.testing.assert_array_equal(parts(np.array([(5.0, 5.0)]), 6), [0])
    assert sorted(parts(np.zeros((4, 2)), 6)) == [0, 1, 2, 3]
