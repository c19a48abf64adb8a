"""Closed forms against back-propagation through the same aggregates, and shares against the aggregates themselves."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from resight.features.aggregate import gem, mac, rmac, spoc, vlad
from resight.features.pullback import PULLBACKS, pullback, through_unit
from resight.types import Codebook

GRID = (3, 5)
WORDS = Codebook(
    np.array([[0.0, 0.1, 0.0, 0.2], [1.0, 1.0, 0.0, 0.3], [-1.0, 0.5, 2.0, 0.0], [9, 9, 9, 9]]), np.ones(4)
)
FORMS: dict[str, tuple[Any, str, dict[str, Any]]] = {
    "spoc": (spoc, "spoc", {}),
    "mac": (mac, "mac", {}),
    "gem": (gem, "gem", {}),
    "gem-1": (gem, "gem", {"p": 1.0}),
    "gem-1.7": (gem, "gem", {"p": 1.7}),
    "rmac": (rmac, "rmac", {"grid": GRID}),
    "rmac-1": (rmac, "rmac", {"grid": GRID, "levels": 1}),
    "vlad": (vlad, "vlad", {"codebook": WORDS}),
    "vlad-power": (vlad, "vlad", {"codebook": WORDS, "power": 0.5}),
    "vlad-intra": (vlad, "vlad", {"codebook": WORDS, "intra": True}),
    "vlad-both": (vlad, "vlad", {"codebook": WORDS, "power": 0.5, "intra": True}),
}
every = pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)


@pytest.fixture
def values(rng: np.random.Generator) -> Any:
    """Fifteen values of four channels; some below zero, and two that are each other's equal."""
    values = rng.normal(0.4, 1, size=(15, 4))
    values[7] = values[2]
    values[:, 3] = np.maximum(values[:, 3], 0)  # as behind a ReLU
    return values


@every
def test_the_gradient_is_that_of_back_propagation(
    values: Any, rng: np.random.Generator, torch: Any, form: tuple[Any, str, dict[str, Any]]
) -> None:
    aggregate, name, options = form
    direction = rng.normal(size=aggregate(values, **options).shape)
    x = torch.from_numpy(values.copy()).requires_grad_()
    (aggregate(x, **options) @ torch.from_numpy(direction)).backward()
    found = pullback(name, **options).gradient(values, direction)
    np.testing.assert_allclose(found, x.grad.numpy(), rtol=1e-9, atol=1e-11)


@every
def test_the_shares_add_up_to_the_aggregate_along_the_direction(
    values: Any, rng: np.random.Generator, form: tuple[Any, str, dict[str, Any]]
) -> None:
    aggregate, name, options = form
    found = aggregate(values, **options)
    direction = rng.normal(size=found.shape)
    assert pullback(name, **options).shares(values, direction).sum() == pytest.approx(found @ direction, rel=1e-9)


@pytest.mark.parametrize("form", [form for form in FORMS.values() if "grid" not in form[2]])
def test_the_order_of_the_values_is_that_of_the_shares(
    values: Any, rng: np.random.Generator, form: tuple[Any, str, dict[str, Any]]
) -> None:
    aggregate, name, options = form
    direction, order = rng.normal(size=aggregate(values, **options).shape), rng.permutation(15)
    shares = pullback(name, **options).shares
    np.testing.assert_allclose(shares(values[order], direction), shares(values, direction)[order], atol=1e-12)


@pytest.mark.parametrize("name", ["spoc", "gem", "mac"])
def test_shares_of_an_aggregate_in_proportion_are_eulers(values: Any, rng: np.random.Generator, name: str) -> None:
    """``g = Σ x ∂g/∂x`` where every value counts, that is above the smallest one."""
    above, direction, form = np.abs(values) + 0.1, rng.normal(size=4), pullback(name)
    euler = (above * form.gradient(above, direction)).sum(axis=1)
    np.testing.assert_allclose(form.shares(above, direction), euler)


def test_the_mean_parts_by_the_loop(values: Any, rng: np.random.Generator) -> None:
    direction = rng.normal(size=4)
    slow = [sum(float(x) * float(a) for x, a in zip(value, direction, strict=True)) / 15 for value in values]
    np.testing.assert_allclose(pullback("spoc").shares(values, direction), slow)


def test_the_largest_value_gets_all() -> None:
    values = np.array([[1.0, 5.0], [3.0, 2.0], [0.0, 5.0]])
    np.testing.assert_allclose(pullback("mac").shares(values, np.array([2.0, 1.0])), [2.5, 6.0, 2.5])


@pytest.mark.parametrize("left", [0.0, 1e-14, 1e-7, -1e-3])
@pytest.mark.parametrize("intra", [False, True])
def test_residuals_that_cancel_have_bounded_shares(left: float, intra: bool) -> None:
    """Two opposite ones at a word: either has at most the power of its own, and both together what is left."""
    word = Codebook(np.zeros((1, 2)), np.ones(1))
    values, direction = np.array([[0.3 + left, 0.4], [-0.3, 0.4]]), np.array([1.0, 0.5])
    options = {"codebook": word, "power": 0.5, "intra": intra}
    shares = pullback("vlad", **options).shares(values, direction)
    assert np.abs(shares).max() < 1.5
    assert shares.sum() == pytest.approx(vlad(values, **options) @ direction, abs=1e-12)
    if not intra:
        assert shares[0] - shares[1] == pytest.approx(2 * 0.3**0.5, abs=0.04)  # of what cancelled, each has its own


def test_with_the_power_one_a_share_is_the_residual(values: Any, rng: np.random.Generator) -> None:
    direction = rng.normal(size=16).reshape(4, 4)
    words = [int(((WORDS.centroids - value) ** 2).sum(axis=1).argmin()) for value in values]
    slow = [(value - WORDS.centroids[word]) @ direction[word] for value, word in zip(values, words, strict=True)]
    found = pullback("vlad", codebook=WORDS).shares(values, direction.ravel())
    np.testing.assert_allclose(found, slow, atol=1e-12)


def test_a_power_is_parted_as_the_formula_says(values: Any, rng: np.random.Generator) -> None:
    """By a loop over words, channels and values, with roots of its own."""

    def root(x: float) -> float:
        return math.copysign(math.sqrt(abs(x)), x)

    direction = rng.normal(size=16).reshape(4, 4)
    words = [int(((WORDS.centroids - value) ** 2).sum(axis=1).argmin()) for value in values]
    slow = [0.0] * len(values)
    for word in range(4):
        for channel in range(4):
            rows = [row for row, each in enumerate(words) if each == word]
            parts = {row: float(values[row, channel] - WORDS.centroids[word, channel]) for row in rows}
            above, below = (sum(sign * max(sign * x, 0) for x in parts.values()) for sign in (1, -1))
            for row, x in parts.items():
                own, other = (above, below) if x > 0 else (below, above)
                whole = (root(own) + root(own + other) - root(other)) / 2
                slow[row] += float(direction[word, channel]) * whole * x / own if x else 0.0
    found = pullback("vlad", codebook=WORDS, power=0.5).shares(values, direction.ravel())
    np.testing.assert_allclose(found, slow, atol=1e-12)


@pytest.mark.parametrize("name", ["spoc", "gem", "mac"])
def test_a_photo_without_points_has_no_shares(name: str) -> None:
    form, none = pullback(name), np.zeros((0, 3))
    assert form.gradient(none, np.ones(3)).shape == (0, 3)
    assert form.shares(none, np.ones(3)).shape == (0,)


@pytest.mark.parametrize("name", ["spoc", "gem", "mac"])
def test_values_that_are_all_zero_have_finite_shares(name: str) -> None:
    form, nothing = pullback(name), np.zeros((6, 3))
    assert np.isfinite(form.gradient(nothing, np.ones(3))).all()
    assert np.isfinite(form.shares(nothing.astype(np.float32), np.ones(3, np.float32))).all()


def test_through_a_unit_is_the_limit_of_small_steps(rng: np.random.Generator) -> None:
    x, a = rng.normal(size=(2, 7))
    steps = 1e-6 * np.eye(7)
    slow = [((x + h) / np.linalg.norm(x + h) - (x - h) / np.linalg.norm(x - h)) @ a / 2e-6 for h in steps]
    np.testing.assert_allclose(through_unit(x, a, held=False), slow, atol=1e-8)
    assert through_unit(x, a, held=True) @ x == pytest.approx(x @ a / np.linalg.norm(x))


def test_counts_of_words_have_no_gradient() -> None:
    assert "bow" not in PULLBACKS
    with pytest.raises(KeyError):
        pullback("bow")


def test_nothing_that_comes_in_is_changed(values: Any, rng: np.random.Generator) -> None:
    kept = values.copy()
    for _, name, options in FORMS.values():
        direction = rng.normal(size=16 if name == "vlad" else 4)
        given = direction.copy()
        pullback(name, **options).shares(values, direction)
        pullback(name, **options).gradient(values, direction)
        np.testing.assert_array_equal(direction, given)
    np.testing.assert_array_equal(values, kept)
