"""Descriptors of several scales: their whitening, their sums, and what is refused."""

from __future__ import annotations

import numpy as np
import pytest

from resight.errors import ShapeError
from resight.features import whitening
from resight.features.head import SHRINKAGE, head
from resight.features.multiscale import scale_heads, subsets, summed, through_heads
from resight.features.normalisation import unit
from resight.types import Array, Head


def _rows(rng: np.random.Generator, n: int, d: int = 6, scales: int = 3) -> Array:
    """Descriptors of which each scale is a noisy copy of one and the same."""
    shared = rng.normal(size=(n, 1, d)) * np.linspace(1, 3, d) + 0.5
    return np.asarray(unit(shared + 0.1 * rng.normal(size=(n, scales, d))), np.float32)


def test_within_a_scale_it_is_that_whitening(rng: np.random.Generator) -> None:
    rows = _rows(rng, 40)
    seen = through_heads(rows, scale_heads(rows))
    for scale in range(3):
        plain = head(rows[:, scale], Head(whitening.fit(rows[:, scale], shrinkage=SHRINKAGE)))
        np.testing.assert_allclose(seen[:, scale] @ seen[:, scale].T, plain @ plain.T, atol=1e-4)


@pytest.mark.parametrize("n", [200, 5])
def test_scales_are_comparable_after_it(n: int, rng: np.random.Generator) -> None:
    """Principal axes of two scales are not: a photo would meet itself at another scale by chance alone."""
    rows = _rows(rng, n, d=8)
    seen = through_heads(rows, scale_heads(rows))
    across = np.einsum("nd,nd->n", seen[:, 0], seen[:, 2])
    assert across.mean() > 0.8
    assert across.mean() > np.mean(seen[:, 0] @ seen[:, 2].T) + 0.5


def test_a_background_joins_each_scale(rng: np.random.Generator) -> None:
    rows, background = _rows(rng, 5), _rows(rng, 60)[:, 0]
    seen = through_heads(rows, scale_heads(rows, background=background))
    for scale in range(3):
        fitted = whitening.fit(np.concatenate([background, rows[:, scale]]), shrinkage=SHRINKAGE)
        plain = head(rows[:, scale], Head(fitted))
        np.testing.assert_allclose(seen[:, scale] @ seen[:, scale].T, plain @ plain.T, atol=1e-4)


def test_sums_by_hand() -> None:
    rows = np.array([[[1.0, 0.0], [0.0, 1.0], [-1.0, 0.0]]], np.float32)
    np.testing.assert_allclose(summed(rows, np.array([3.0, 4.0, 0.0])), [[0.6, 0.8]], atol=1e-7)
    np.testing.assert_allclose(summed(rows, np.array([1, 0, 0])), [[1, 0]])
    np.testing.assert_allclose(summed(rows, np.array([1, 0, 1])), [[0, 0]])  # nothing is left of opposites


def test_all_subsets_but_the_empty_one() -> None:
    np.testing.assert_array_equal(subsets(2), [[1, 0], [0, 1], [1, 1]])
    found = subsets(5)
    assert len({tuple(row) for row in found.tolist()}) == 31
    assert found.any(axis=1).all()


def test_faults_are_refused(rng: np.random.Generator) -> None:
    rows = _rows(rng, 10)
    with pytest.raises(ShapeError, match=r"descriptors have shape \(10, 6\); wanted \(n, s, d\)"):
        summed(rows[:, 0], np.ones(3))
    with pytest.raises(ShapeError, match=r"3 scales, weights the shape \(2,\)"):
        summed(rows, np.ones(2))
    with pytest.raises(ShapeError, match="3 scales, and there are 2 heads"):
        through_heads(rows, scale_heads(rows)[:2])
