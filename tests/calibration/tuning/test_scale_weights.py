"""Learned weights of scales: their gradient, and that they find the scale that tells things apart."""

from __future__ import annotations

import numpy as np
import pytest

from resight.calibration.tuning import scale_weights as module
from resight.calibration.tuning.pairs import HeldOutPairs, held_out_pairs
from resight.calibration.tuning.scale_weights import cosines, fit_scale_weights
from resight.features.multiscale import summed
from resight.types import Array


def _pairs(rng: np.random.Generator, noise: Array, n: int = 80) -> tuple[HeldOutPairs, Array, Array]:
    """Photos whose scales are as far from what they show as ``noise (s,)`` says."""
    labels = rng.integers(0, 20, size=n)
    centres = rng.normal(size=(20, 1, 12))
    rows = centres[labels] + noise[:, None] * rng.normal(size=(n, len(noise), 12))
    rows = (rows / np.linalg.norm(rows, axis=2, keepdims=True)).astype(np.float32)
    return held_out_pairs(rows, labels, rows, labels, left_out=np.arange(n)), rows, labels


def test_cosines_are_those_of_sums(rng: np.random.Generator) -> None:
    labels = np.array([0, 0])
    rows = rng.normal(size=(2, 3, 5)).astype(np.float32)
    pairs = held_out_pairs(rows, labels, rows, labels, left_out=np.arange(2))
    weights = np.array([0.2, 0.5, 0.3])
    one, other = summed(rows, weights)
    np.testing.assert_allclose(cosines(pairs, weights), [[one @ other]] * 2, atol=1e-6)


def test_the_gradient_is_that_of_the_loss(rng: np.random.Generator) -> None:
    pairs, _, _ = _pairs(rng, np.array([0.5, 1.0, 2.0]))
    weights = np.array([0.2, 0.7, 0.4])
    _, gradient = module._loss(weights, pairs, 0.1, 0.3)
    for place in range(3):
        step = np.zeros(3)
        step[place] = 1e-6
        rise = module._loss(weights + step, pairs, 0.1, 0.3)[0] - module._loss(weights - step, pairs, 0.1, 0.3)[0]
        assert gradient[place] == pytest.approx(rise / 2e-6, rel=1e-4)


def test_the_scale_that_tells_things_apart_weighs_most(rng: np.random.Generator) -> None:
    pairs, _, _ = _pairs(rng, np.array([3.0, 0.4, 3.0]))
    weights = fit_scale_weights(pairs)
    assert weights.sum() == pytest.approx(1)
    assert (weights >= 0).all()
    assert weights[1] > 0.6


def test_equal_scales_weigh_alike(rng: np.random.Generator) -> None:
    pairs, _, _ = _pairs(rng, np.array([0.8, 0.8, 0.8]), n=400)
    np.testing.assert_allclose(fit_scale_weights(pairs), 1 / 3, atol=0.12)
    none = held_out_pairs(np.ones((2, 3, 4), np.float32), np.arange(2), np.ones((2, 3, 4), np.float32), np.arange(2, 4))
    np.testing.assert_array_equal(fit_scale_weights(none), np.full(3, 1 / 3))
