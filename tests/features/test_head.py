"""The head: unit → whiten → unit."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from resight.features import whitening
from resight.features.head import FEW, SHRINKAGE, gallery_head, head
from resight.types import Head


@pytest.fixture
def rows(rng: np.random.Generator) -> Any:
    return rng.normal(size=(30, 8)) * np.arange(1, 9) + 5.0


@pytest.fixture
def whitened(rows: Any) -> Head:
    return Head(whitening.fit(rows / np.linalg.norm(rows, axis=1, keepdims=True), dims=5))


def test_without_whitening_it_is_unit() -> None:
    np.testing.assert_allclose(head(np.array([[3.0, 4.0]]), Head()), [[0.6, 0.8]])


def test_it_is_the_loop(rows: Any, whitened: Head, tolerances: Any) -> None:
    white = whitened.whitening
    assert white is not None
    for row, found in zip(rows, head(rows, whitened), strict=True):
        centred = row / sum(x * x for x in row) ** 0.5 - white.mean
        slow = [sum(centred[i] * white.projection[i, j] for i in range(8)) for j in range(5)]
        length = sum(x * x for x in slow) ** 0.5
        np.testing.assert_allclose(found, [x / length for x in slow], **tolerances["numpy", "float64"])


def test_rows_have_length_one_and_do_not_see_length(rows: Any, whitened: Head) -> None:
    np.testing.assert_allclose(np.linalg.norm(head(rows, whitened), axis=1), 1.0)
    np.testing.assert_allclose(head(7.0 * rows, whitened), head(rows, whitened))


def test_one_row_is_as_many(rows: Any, whitened: Head) -> None:
    np.testing.assert_allclose(head(rows[3], whitened), head(rows, whitened)[3])


@pytest.mark.parametrize("whiten", [False, True])
def test_a_photo_without_features_is_near_to_nothing(whiten: bool, rows: Any, whitened: Head) -> None:
    rows[4] = 0.0
    described = head(rows, whitened if whiten else Head())
    np.testing.assert_array_equal(described[4], 0.0)
    assert np.isfinite(described).all()


@pytest.mark.parametrize("whiten", [False, True])
def test_numpy_is_torch(whiten: bool, rows: Any, whitened: Head, assert_parity: Any, assert_gradient: Any) -> None:
    settings = whitened if whiten else Head()
    assert_parity(lambda x: head(x, settings), np.concatenate([rows, np.zeros((1, 8))]))
    assert_gradient(lambda x: head(x, settings), rows[:3])


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_the_gradient_at_zero_is_finite(dtype: str, whitened: Head, gradient: Any) -> None:
    assert np.isfinite(gradient(lambda x: head(x, whitened), np.zeros((2, 8), dtype))).all()


def test_rows_stay_on_their_device(whitened: Head, torch: Any) -> None:
    """The meta device computes nothing, but refuses to mix with another, as an accelerator does."""
    assert head(torch.empty((2, 8), device="meta"), whitened).device.type == "meta"


def test_inputs_stay(rows: Any, whitened: Head) -> None:
    before = rows.copy()
    head(rows, whitened)
    np.testing.assert_array_equal(rows, before)


def _loud(rng: np.random.Generator, n: int) -> Any:
    """Unit rows ``(n, 8)`` whose first direction drowns the others."""
    rows = rng.normal(0, [9, 1, 1, 1, 1, 1, 1, 1], (n, 8)).astype(np.float32)
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def test_a_gallery_whitens_where_it_has_learned_enough(rng: np.random.Generator) -> None:
    assert gallery_head(_loud(rng, FEW - 1)).whitening is None
    rows = _loud(rng, FEW)
    found = gallery_head(rows).whitening
    assert found is not None
    np.testing.assert_array_equal(found.projection, whitening.fit(rows, shrinkage=SHRINKAGE).projection)
    assert gallery_head(np.repeat(rows[:1], FEW, axis=0)).whitening is None


@pytest.mark.parametrize("known", [1, 500])
def test_a_background_decides_a_small_gallery_and_is_outnumbered_by_a_large_one(
    known: int, rng: np.random.Generator
) -> None:
    """Everyday photos are loud along the first direction, the gallery's own along the last."""
    background, own = _loud(rng, 50), _loud(rng, known)[:, ::-1]
    found = gallery_head(np.ascontiguousarray(own), background).whitening
    assert found is not None
    loudest = int(np.abs(found.projection[:, 0]).argmax())
    assert loudest == (0 if known == 1 else 7)
