"""Errors between a query and a photo: none for a slip or another light, and a photo is as blurred as the query."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
import pytest

from resight.verification.likeness import BLURS, SLIP, WINDOW, blur_of, blurred, errors, in_light, steepness

Array = npt.NDArray[Any]
EVERYWHERE = np.ones((60, 80), bool)


@pytest.fixture
def photo(rng: np.random.Generator) -> Array:
    rough = rng.uniform(20, 80, (60, 80, 3)).astype(np.float32)
    return cv2.GaussianBlur(rough, (0, 0), 1.2)


def test_light_is_taken_off(photo: Array) -> None:
    dim = photo * (0.7, 1.0, 1.0) + (8, 5, -6)
    np.testing.assert_allclose(in_light(dim.astype(np.float32), photo, EVERYWHERE), photo, atol=0.5)


def test_light_is_fitted_to_a_few_pixels_too(photo: Array) -> None:
    few = np.zeros((60, 80), bool)
    few[1, 1] = few[2, 2] = True
    assert np.isfinite(in_light(photo, photo, few)).all()


@pytest.mark.parametrize("sigma", BLURS[:-1])
def test_a_photo_becomes_as_blurred_as_the_query(photo: Array, sigma: float) -> None:
    query = photo if sigma == 0 else cv2.GaussianBlur(photo, (0, 0), sigma)
    assert blur_of(query, photo, EVERYWHERE) == sigma
    np.testing.assert_array_equal(blurred(photo, sigma), query)


def test_what_shows_no_detail_is_compared_with_nothing(photo: Array) -> None:
    assert blur_of(cv2.GaussianBlur(photo, (0, 0), BLURS[-1]), photo, EVERYWHERE) is None


@pytest.mark.parametrize(("y", "x"), [(0, 0), (1, 0), (-1, 1)])
def test_a_slip_is_no_error(photo: Array, y: int, x: int) -> None:
    inner = errors(np.roll(photo, (y, x), (0, 1)), photo)[8:-8, 8:-8]
    assert inner.max() == 0
    assert max(abs(y), abs(x)) <= SLIP


def test_errors_are_means_of_squares_in_a_window(photo: Array) -> None:
    other = photo.copy()
    other[30, 40, 0] += 50
    found = errors(other, photo)
    assert found[30, 40, 0] == pytest.approx(2500 / WINDOW**2, rel=1e-3)
    assert found[20, 20].max() == 0


def test_steepness_is_the_squared_slope() -> None:
    ramp = np.zeros((20, 20, 3), np.float32)
    ramp[..., 1] = 3 * np.arange(20)
    found = steepness(ramp)[6:-6, 6:-6]
    np.testing.assert_allclose(found[..., 1], 9, rtol=1e-5)
    assert found[..., [0, 2]].max() == 0
