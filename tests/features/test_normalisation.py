"""unit and power_law against loops, at zero, and by both array libraries."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from resight.features.normalisation import alike, power_law, unit


def test_unit_is_the_loop(rng: np.random.Generator, tolerances: Any) -> None:
    rows = rng.normal(size=(5, 7)).astype(np.float32)
    slow = [[float(x) / math.sqrt(sum(float(y) ** 2 for y in row)) for x in row] for row in rows]
    np.testing.assert_allclose(unit(rows), slow, **tolerances["numpy", "float32"])


def test_unit_by_hand() -> None:
    np.testing.assert_array_equal(unit(np.array([[3.0, 4.0], [0.0, -2.0]])), [[0.6, 0.8], [0.0, -1.0]])


def test_unit_along_another_axis(rng: np.random.Generator) -> None:
    rows = rng.normal(size=(2, 3, 4))
    np.testing.assert_allclose(np.linalg.norm(unit(rows, axis=1), axis=1), 1.0)
    np.testing.assert_allclose(unit(rows, axis=-1), unit(rows))


def test_unit_does_not_see_length(rng: np.random.Generator) -> None:
    rows = rng.normal(size=(4, 6))
    np.testing.assert_allclose(unit(unit(rows)), unit(rows))
    np.testing.assert_allclose(unit(1e9 * rows), unit(rows))


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_unit_of_zero_is_zero_with_a_finite_gradient(dtype: str, gradient: Any) -> None:
    rows = np.array([[0.0, 0.0], [3.0, 4.0]], dtype)
    np.testing.assert_array_equal(unit(rows)[0], 0.0)
    assert np.isfinite(gradient(unit, rows)).all()


def test_power_law_is_the_loop(rng: np.random.Generator, tolerances: Any) -> None:
    rows = rng.normal(size=(5, 7)).astype(np.float32)
    for power in (0.3, 0.5, 1.0, 2.0):
        slow = [[math.copysign(abs(float(x)) ** power, float(x)) for x in row] for row in rows]
        np.testing.assert_allclose(power_law(rows, power=power), slow, **tolerances["numpy", "float32"])


def test_power_law_by_hand() -> None:
    np.testing.assert_allclose(power_law(np.array([-9.0, 0.0, 16.0])), [-3.0, 0.0, 4.0])


def test_power_one_changes_nothing(rng: np.random.Generator) -> None:
    rows = rng.normal(size=(3, 4)) * 1e-6
    np.testing.assert_array_equal(power_law(rows, power=1.0), rows)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("power", [0.2, 0.5, 1.0, 2.0])
def test_power_law_at_zero_has_a_finite_gradient(dtype: str, power: float, gradient: Any) -> None:
    assert np.isfinite(gradient(lambda x: power_law(x, power=power), np.array([0.0, -1e-30, 1.0], dtype))).all()


@pytest.mark.parametrize("formula", [unit, power_law], ids=["unit", "power_law"])
def test_numpy_is_torch(formula: Any, rng: np.random.Generator, assert_parity: Any, assert_gradient: Any) -> None:
    rows = rng.normal(size=(3, 5))
    assert_parity(formula, np.concatenate([rows, np.zeros((1, 5))]))
    assert_gradient(formula, rows)


@pytest.mark.parametrize("formula", [unit, power_law], ids=["unit", "power_law"])
def test_inputs_stay(formula: Any, rng: np.random.Generator) -> None:
    rows = rng.normal(size=(3, 5))
    before = rows.copy()
    formula(rows)
    np.testing.assert_array_equal(rows, before)


@pytest.mark.parametrize("formula", [unit, power_law], ids=["unit", "power_law"])
def test_codes_are_refused(formula: Any) -> None:
    with pytest.raises(TypeError, match="an array of uint8 came; wanted floating point"):
        formula(np.ones((2, 3), np.uint8))


def test_alike_takes_read_only_arrays(torch: Any) -> None:
    """What was read from a file may be read-only, which torch would warn about."""
    stored = np.arange(3, dtype=np.float32)
    stored.setflags(write=False)
    tensor = alike(stored, torch.zeros(2, dtype=torch.float64))
    assert tensor.dtype == torch.float64
    np.testing.assert_array_equal(tensor.numpy(), stored)
    assert alike(stored, torch.zeros(2)).tolist() == [0.0, 1.0, 2.0]
    assert alike(stored, stored) is stored
