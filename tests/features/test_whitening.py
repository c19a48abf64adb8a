"""PCA-whitening against loops, by both of its routes, and where it cannot be."""

from __future__ import annotations

import tracemalloc
from typing import Any

import numpy as np
import pytest

from resight.errors import ShapeError
from resight.features import whitening


def _rows(rng: np.random.Generator, m: int, d: int) -> Any:
    """Descriptors of falling variance and a mean that is not 0."""
    return rng.normal(size=(m, d)) * np.geomspace(3.0, 0.1, d) @ np.linalg.qr(rng.normal(size=(d, d)))[0] + 2.0


def _covariance(rows: Any) -> Any:
    """Σ = 1/m Σ_i (x_i − µ)(x_i − µ)ᵀ, term by term."""
    m, d = rows.shape
    mean = [sum(rows[i, a] for i in range(m)) / m for a in range(d)]
    return np.array([[sum((x[a] - mean[a]) * (x[b] - mean[b]) for x in rows) / m for b in range(d)] for a in range(d)])


def test_fit_meets_its_definition(rng: np.random.Generator) -> None:
    """Columns u / √λ of Σ u = λ u, with λ falling."""
    rows = _rows(rng, 40, 5)
    found, sigma = whitening.fit(rows), _covariance(rows)
    np.testing.assert_allclose(found.mean, [sum(column) / 40 for column in rows.T])
    assert list(found.variances) == sorted(found.variances, reverse=True)
    for column, variance in zip(found.projection.T, found.variances, strict=True):
        np.testing.assert_allclose(sigma @ column, variance * column)
        np.testing.assert_allclose(column @ column, 1 / variance)
        assert column[np.argmax(np.abs(column))] > 0


def test_by_hand() -> None:
    """Variance 4 along x and 1 along y, divided by m = 4, not m − 1."""
    spread = np.sqrt(2.0)
    rows = np.array([[2.0, 0.0], [-2.0, 0.0], [0.0, 1.0], [0.0, -1.0]]) * spread + [10.0, 20.0]
    found = whitening.fit(rows)
    np.testing.assert_allclose(found.variances, [4.0, 1.0])
    np.testing.assert_allclose(found.projection, [[0.5, 0.0], [0.0, 1.0]], atol=1e-12)
    np.testing.assert_allclose(whitening.apply(np.array([12.0, 21.0]), found), [1.0, 1.0])


@pytest.mark.parametrize(("m", "d"), [(40, 6), (6, 40), (12, 12)])
def test_what_it_was_fitted_on_becomes_white(m: int, d: int, rng: np.random.Generator) -> None:
    rows = _rows(rng, m, d)
    white = whitening.apply(rows, whitening.fit(rows))
    assert white.shape == (m, min(d, m - 1))
    np.testing.assert_allclose(white.mean(axis=0), 0.0, atol=1e-9)
    np.testing.assert_allclose(white.T @ white / m, np.eye(white.shape[1]), atol=1e-9)


@pytest.mark.parametrize(("m", "d"), [(6, 7), (6, 40)])
def test_the_gram_matrix_is_the_covariance(m: int, d: int, rng: np.random.Generator) -> None:
    """With more dimensions than rows the route is another, and the answer the eigenvectors of Σ all the same."""
    rows = _rows(rng, m, d)
    found = whitening.fit(rows)
    variances, directions = np.linalg.eigh(np.cov(rows.T, bias=True))
    for j in range(m - 1):
        direction = directions[:, -1 - j] * np.sign(directions[np.argmax(np.abs(directions[:, -1 - j])), -1 - j])
        np.testing.assert_allclose(found.variances[j], variances[-1 - j])
        np.testing.assert_allclose(found.projection[:, j], direction / np.sqrt(variances[-1 - j]), atol=1e-9)


def test_on_the_edge_of_the_routes_a_dimension_that_says_nothing_changes_nothing(rng: np.random.Generator) -> None:
    """(7, 7) goes by the covariance and (7, 8) by the Gram matrix."""
    rows = _rows(rng, 7, 7)
    narrow, wide = whitening.fit(rows), whitening.fit(np.hstack([rows, np.ones((7, 1))]))
    np.testing.assert_allclose(wide.projection[:7], narrow.projection, atol=1e-9)
    np.testing.assert_allclose(wide.projection[7], 0.0, atol=1e-12)
    np.testing.assert_allclose(wide.variances, narrow.variances)


def test_dims_keep_the_first_and_never_more_than_vary(rng: np.random.Generator) -> None:
    rows = _rows(rng, 30, 6)
    whole, two = whitening.fit(rows), whitening.fit(rows, dims=2)
    np.testing.assert_array_equal(two.projection, whole.projection[:, :2])
    assert whitening.fit(rows, dims=99).projection.shape == (6, 6)
    assert whitening.fit(rows[:4], dims=99).projection.shape == (6, 3)


def test_wide_descriptors_never_meet_their_covariance(rng: np.random.Generator) -> None:
    """VLAD has thousands of dimensions; here Σ alone would take 72 MB."""
    rows = rng.normal(size=(5, 3000))
    tracemalloc.start()
    whitening.fit(rows)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 5_000_000


@pytest.mark.parametrize(("m", "d"), [(8, 5), (8, 50)])
def test_twins_do_not_add_a_direction(m: int, d: int, rng: np.random.Generator) -> None:
    rows = _rows(rng, m, d)
    rows = np.concatenate([rows, rows])
    rows[:, -1] = rows[:, 0]
    found = whitening.fit(rows)
    assert found.projection.shape[1] == min(d - 1, m - 1)
    assert np.isfinite(found.projection).all()


def test_shrinkage_lifts_small_variances_to_a_share_of_the_largest(rng: np.random.Generator) -> None:
    rows = _rows(rng, 50, 4)
    plain, lifted = whitening.fit(rows, shrinkage=0.0), whitening.fit(rows, shrinkage=0.25)
    floor = 0.25 * plain.variances[0]
    np.testing.assert_array_equal(lifted.variances, plain.variances)
    for j, variance in enumerate(plain.variances):
        directions = plain.projection[:, j] * np.sqrt(variance)
        np.testing.assert_allclose(lifted.projection[:, j], directions / np.sqrt(max(variance, floor)))
    assert plain.variances[-1] < floor


def test_full_shrinkage_is_a_rotation(rng: np.random.Generator) -> None:
    rows = _rows(rng, 20, 4)
    found = whitening.fit(rows, shrinkage=1.0)
    scaled = whitening.apply(rows, found) * np.sqrt(found.variances[0])
    centred = rows - rows.mean(axis=0)
    np.testing.assert_allclose(scaled @ scaled.T, centred @ centred.T, atol=1e-9)


def test_the_order_of_rows_and_signs_of_eigenvectors_do_not_matter(rng: np.random.Generator) -> None:
    rows = _rows(rng, 30, 5)
    one, other = whitening.fit(rows), whitening.fit(rows[rng.permutation(30)])
    np.testing.assert_allclose(one.projection, other.projection, atol=1e-9)


def test_the_dtype_is_that_of_the_descriptors(rng: np.random.Generator) -> None:
    rows = _rows(rng, 30, 5)
    found = whitening.fit(rows.astype(np.float32))
    assert {array.dtype for array in (found.mean, found.projection, found.variances)} == {np.dtype(np.float32)}
    np.testing.assert_allclose(found.projection, whitening.fit(rows).projection, rtol=1e-3, atol=1e-4)


def test_apply_is_the_loop(rng: np.random.Generator) -> None:
    rows = _rows(rng, 9, 4)
    found = whitening.fit(rows, dims=3)
    slow = [
        [sum((row[a] - found.mean[a]) * found.projection[a, j] for a in range(4)) for j in range(3)] for row in rows
    ]
    np.testing.assert_allclose(whitening.apply(rows, found), slow)


def test_numpy_is_torch(rng: np.random.Generator, assert_parity: Any, assert_gradient: Any) -> None:
    rows = _rows(rng, 9, 4)
    found = whitening.fit(rows)
    assert_parity(lambda x: whitening.apply(x, found), rows)
    assert_gradient(lambda x: whitening.apply(x, found), rows[:2])


def test_inputs_stay(rng: np.random.Generator) -> None:
    rows = _rows(rng, 9, 4)
    before = rows.copy()
    whitening.apply(rows, whitening.fit(rows))
    np.testing.assert_array_equal(rows, before)


@pytest.mark.parametrize("shape", [(0, 3), (1, 3), (3,), (2, 2, 2)])
def test_fewer_than_two_rows_are_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(ShapeError, match="add photos"):
        whitening.fit(np.ones(shape))


@pytest.mark.parametrize(("m", "d"), [(9, 4), (4, 9)])
def test_descriptors_that_do_not_vary_are_refused(m: int, d: int, rng: np.random.Generator) -> None:
    for scale in (0.0, 1.0, 1e6):
        with pytest.raises(ValueError, match="do not vary"):
            whitening.fit(np.repeat(scale * rng.normal(size=(1, d)), m, axis=0))


def test_numbers_that_are_none_are_refused() -> None:
    with pytest.raises(ValueError, match="NaN"):
        whitening.fit(np.array([[1.0, np.nan], [0.0, 1.0]]))
    with pytest.raises(TypeError, match="int64"):
        whitening.fit(np.eye(3, dtype=np.int64))


@pytest.mark.parametrize("options", [{"dims": 0}, {"shrinkage": -0.1}, {"shrinkage": 1.1}, {"shrinkage": np.nan}])
def test_options_out_of_range_are_refused(options: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="wanted"):
        whitening.fit(np.eye(3), **options)


def test_descriptors_of_another_encoder_are_refused() -> None:
    with pytest.raises(ShapeError, match="descriptors have 4 dimensions, their whitening 3"):
        whitening.apply(np.ones((2, 4)), whitening.fit(np.eye(3)))
