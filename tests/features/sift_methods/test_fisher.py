"""Fisher vectors against the sums of their paper, in both libraries, and their mixture."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from resight.errors import ShapeError
from resight.features.sift_methods.fisher import Mixture, fisher, fit_mixture

WORDS = Mixture(
    weights=np.array([0.5, 0.2, 0.3]),
    means=np.array([[0.0, 0.0], [1.0, -1.0], [2.0, 2.0]]),
    variances=np.array([[1.0, 0.5], [0.3, 2.0], [1.0, 1.0]]),
)


def _density(x: Any, word: int) -> float:
    value = float(WORDS.weights[word])
    for c in range(2):
        variance = float(WORDS.variances[word, c])
        value *= math.exp(-((x[c] - WORDS.means[word, c]) ** 2) / 2 / variance) / math.sqrt(2 * math.pi * variance)
    return value


def _slow(photo: Any) -> list[float]:
    """Equations 17 and 18 of Sánchez et al. 2013, value by value."""
    means, deviations = np.zeros((3, 2)), np.zeros((3, 2))
    for x in photo:
        densities = [_density(x, word) for word in range(3)]
        for word in range(3):
            chance = densities[word] / sum(densities)
            for c in range(2):
                off = (x[c] - WORDS.means[word, c]) / math.sqrt(WORDS.variances[word, c])
                means[word, c] += chance * off / math.sqrt(WORDS.weights[word])
                deviations[word, c] += chance * (off**2 - 1) / math.sqrt(2 * WORDS.weights[word])
    return [*(means.ravel() / len(photo)), *(deviations.ravel() / len(photo))]


def test_it_is_the_loop(rng: np.random.Generator) -> None:
    photos = 1.5 * rng.normal(size=(2, 9, 2))
    found = fisher(photos, WORDS, power=1.0)
    np.testing.assert_allclose(found, [_slow(photo) for photo in photos], atol=1e-12)
    rooted = fisher(photos, WORDS)
    np.testing.assert_allclose(rooted, np.sign(found) * np.sqrt(np.abs(found)), atol=1e-6)


def test_torch_agrees(rng: np.random.Generator) -> None:
    torch = pytest.importorskip("torch", reason='needs torch: pip install "resight[train]"')
    photos = rng.normal(size=(2, 9, 2))
    found = fisher(torch.tensor(photos, requires_grad=True), WORDS)
    np.testing.assert_allclose(found.detach().numpy(), fisher(photos, WORDS), atol=1e-12)
    found.sum().backward()


def test_points_of_the_mixture_itself_move_nothing(rng: np.random.Generator) -> None:
    words = rng.choice(3, 200_000, p=WORDS.weights)
    values = WORDS.means[words] + np.sqrt(WORDS.variances[words]) * rng.normal(size=(200_000, 2))
    assert np.abs(fisher(values, WORDS, power=1.0)).max() < 0.01
    assert np.abs(fisher(values + np.array([0.5, 0]), WORDS, power=1.0)).max() > 0.1


def test_order_and_copies_do_not_matter(rng: np.random.Generator) -> None:
    values = rng.normal(size=(8, 2))
    np.testing.assert_allclose(fisher(values[::-1], WORDS), fisher(values, WORDS), atol=1e-9)
    np.testing.assert_allclose(fisher(np.concatenate([values] * 3), WORDS), fisher(values, WORDS), atol=1e-9)


def test_no_points_give_zeros() -> None:
    assert fisher(np.zeros((0, 2)), WORDS).tolist() == [0.0] * 12


def test_the_mixture_finds_what_the_values_are_of(rng: np.random.Generator) -> None:
    pytest.importorskip("sklearn", reason='needs scikit-learn: pip install "resight[report]"')
    centres = np.array([[0.0, 0.0], [6.0, 0.0]])
    photos = [centres[rng.choice(2, 200, p=[0.25, 0.75])] + 0.5 * rng.normal(size=(200, 2)) for _ in range(4)]
    found = fit_mixture(photos, 2)
    order = np.argsort(found.means[:, 0])
    np.testing.assert_allclose(found.means[order], centres, atol=0.1)
    np.testing.assert_allclose(found.weights[order], [0.25, 0.75], atol=0.05)
    np.testing.assert_allclose(found.variances, 0.25, atol=0.05)
    np.testing.assert_array_equal(fit_mixture(photos, 2).means, found.means)


def test_faults_are_refused() -> None:
    with pytest.raises(ShapeError, match=r"values have shape \(4, 3\), and words 2 channels"):
        fisher(np.zeros((4, 3)), WORDS)
    with pytest.raises(TypeError, match="wanted floating point"):
        fisher(np.zeros((4, 2), np.uint8), WORDS)
    pytest.importorskip("sklearn", reason='needs scikit-learn: pip install "resight[report]"')
    with pytest.raises(ValueError, match="5 words are wanted of 3 values"):
        fit_mixture([np.zeros((3, 2))], 5)
