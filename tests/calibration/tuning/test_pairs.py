"""Held-out pairs: who is asked, and about whom."""

from __future__ import annotations

import numpy as np

from resight.calibration.tuning.pairs import held_out_pairs
from resight.features.multiscale import summed
from resight.types import Array


def _gallery(rng: np.random.Generator, n: int = 60, s: int = 3, d: int = 8) -> tuple[Array, Array]:
    labels = np.append(rng.integers(0, 12, size=n - 4), 100 + np.arange(4))
    centres = rng.normal(size=(200, 1, d))
    rows = centres[labels] + 0.7 * rng.normal(size=(n, s, d))
    return (rows / np.linalg.norm(rows, axis=2, keepdims=True)).astype(np.float32), labels


def test_a_photo_is_asked_without_itself(rng: np.random.Generator) -> None:
    rows, labels = _gallery(rng)
    pairs = held_out_pairs(rows, labels, rows, labels, left_out=np.arange(60), candidates=7)
    asked = [row for row in range(60) if (labels == labels[row]).sum() > 1]
    assert len(pairs) == len(asked) < 60
    assert pairs.matrices.shape == (len(asked), 7, 3, 3)
    assert pairs.right.any(axis=1).all()
    assert not np.isclose(pairs.matrices.max(axis=(2, 3)), 1, atol=1e-6).any()
    sums = summed(rows, np.ones(3))
    for row, matrices, right in zip(asked, pairs.matrices, pairs.right, strict=True):
        order = [other for other in np.argsort(-(sums @ sums[row]), kind="stable") if other != row]
        chosen = order[:7]
        if not (labels[chosen] == labels[row]).any():
            chosen = [*order[:6], next(other for other in order if labels[other] == labels[row])]
        np.testing.assert_array_equal(right, labels[chosen] == labels[row])
        np.testing.assert_allclose(matrices[0], rows[row] @ rows[chosen[0]].T, atol=1e-6)


def test_views_are_asked_beside_the_photo_itself(rng: np.random.Generator) -> None:
    rows, labels = _gallery(rng)
    pairs = held_out_pairs(rows[-2:] + 0, labels[-2:], rows, labels)
    assert len(pairs) == 2
    np.testing.assert_allclose(pairs.matrices[:, 0, 0, 0], 1, atol=1e-6)
    np.testing.assert_array_equal(pairs.right[:, 0], [True, True])


def test_nobody_is_asked_where_nobody_has_an_answer(rng: np.random.Generator) -> None:
    rows, _ = _gallery(rng)
    for n in (1, 9):
        assert len(held_out_pairs(rows[:n], np.arange(n), rows[:n], np.arange(n), left_out=np.arange(n))) == 0
