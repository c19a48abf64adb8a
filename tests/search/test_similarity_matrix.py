"""Similarity matrices and their reductions, by hand and against a loop, and their search."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from resight.errors import ShapeError
from resight.search import similarity_matrix as module
from resight.search.exact import search
from resight.search.similarity_matrix import (
    REDUCTIONS,
    LearnedReduction,
    best_entry,
    entries_and_maxima,
    search_matrices,
    similarity_matrix,
)
from resight.types import Array

SLOW = {
    "max": lambda s: max(max(row) for row in s),
    "rows": lambda s: sum(max(row) for row in s),
    "columns": lambda s: sum(max(column) for column in zip(*s, strict=True)),
    "squared rows": lambda s: sum(max(max(row), 0) ** 2 for row in s),
    "squared columns": lambda s: sum(max(max(column), 0) ** 2 for column in zip(*s, strict=True)),
}
"""Equations 4.13 to 4.16, element by element."""


def _unit(rng: np.random.Generator, *shape: int) -> Array:
    rows = rng.normal(size=shape)
    return (rows / np.linalg.norm(rows, axis=-1, keepdims=True)).astype(np.float32)


def test_by_hand() -> None:
    """Rows are the query's scales: the two reductions differ."""
    matrix = np.array([[0.5, 0.25, -0.5], [0.75, 0.0, -0.25]])
    found = {name: float(reduce(matrix)) for name, reduce in REDUCTIONS.items()}
    assert found == {
        "max": 0.75,
        "rows": 0.5 + 0.75,
        "columns": 0.75 + 0.25 - 0.25,
        "squared rows": 0.25 + 0.5625,
        "squared columns": 0.5625 + 0.0625,  # of the negative maximum nothing
    }
    learned = LearnedReduction(np.array([1.0, 0, 0, 0, 0, 0, 10, 0, 100, 0, 0, 1000]))
    assert learned(matrix) == 0.5 + 10 * 0.5 + 100 * 0.75 + 1000 * 0.75
    assert entries_and_maxima(matrix[None]).shape == (1, 12)


@pytest.mark.parametrize(
    ("q", "n", "s", "t", "d", "k"), [(9, 70, 5, 5, 12, 7), (3, 4, 2, 3, 5, 9), (40, 1100, 2, 1, 3, 3)]
)
def test_the_search_is_the_loop(q: int, n: int, s: int, t: int, d: int, k: int, rng: np.random.Generator) -> None:
    queries, gallery = _unit(rng, q, s, d), _unit(rng, n, t, d)
    found = search_matrices(queries, gallery, k)
    for query in range(min(q, 5)):
        wide: list[Any] = [(queries[query].astype(float) @ photo.astype(float).T).tolist() for photo in gallery]
        for name, slow in SLOW.items():
            scores = np.array([slow(matrix) for matrix in wide])
            order = np.argsort(-scores, kind="stable")[:k]
            np.testing.assert_array_equal(found[name].rows[query, : len(order)], order)
            np.testing.assert_allclose(found[name].scores[query, : len(order)], scores[order], atol=1e-12)
            assert (found[name].rows[query, len(order) :] == -1).all()
            assert np.isneginf(found[name].scores[query, len(order) :]).all()


def test_one_scale_each_is_a_plain_search(rng: np.random.Generator) -> None:
    queries, gallery = _unit(rng, 20, 8), _unit(rng, 50, 8)
    plain = search(queries, gallery, 6)
    for name in ("max", "rows", "columns"):
        found = search_matrices(queries[:, None], gallery[:, None], 6)[name]
        np.testing.assert_array_equal(found.rows, plain.rows)
        np.testing.assert_allclose(found.scores, plain.scores, atol=1e-6)


def test_swapping_the_sides_swaps_rows_and_columns(rng: np.random.Generator) -> None:
    x, y = _unit(rng, 5, 9), _unit(rng, 4, 9)
    one, other = similarity_matrix(x, y), similarity_matrix(y, x)
    np.testing.assert_array_equal(one, other.T)
    assert REDUCTIONS["rows"](one) == pytest.approx(REDUCTIONS["columns"](other))
    assert REDUCTIONS["squared rows"](one) == pytest.approx(REDUCTIONS["squared columns"](other))


def test_blocks_change_nothing(monkeypatch: pytest.MonkeyPatch, rng: np.random.Generator) -> None:
    queries, gallery = _unit(rng, 11, 3, 6), _unit(rng, 90, 3, 6)
    gallery[40:50] = gallery[3]  # as near as can be: the smaller row comes first
    whole = search_matrices(queries, gallery, 20)
    monkeypatch.setattr(module, "_QUERIES", 4)
    monkeypatch.setattr(module, "_PHOTOS", 13)
    for name, matches in search_matrices(queries, gallery, 20).items():
        np.testing.assert_array_equal(matches.rows, whole[name].rows)
        np.testing.assert_array_equal(matches.scores, whole[name].scores)


def test_the_best_entry_says_which(rng: np.random.Generator) -> None:
    x, y = _unit(rng, 4, 6), _unit(rng, 5, 6)
    x[2] = y[3]
    assert best_entry(x, y) == (2, 3)


def test_empty_sides_have_no_neighbours(rng: np.random.Generator) -> None:
    nobody, some = np.zeros((0, 2, 4), np.float32), _unit(rng, 3, 2, 4)
    assert search_matrices(nobody, some, 2)["max"].rows.shape == (0, 2)
    assert (search_matrices(some, nobody, 2)["max"].rows == -1).all()


def test_faults_are_refused(rng: np.random.Generator) -> None:
    queries, gallery = _unit(rng, 3, 2, 4), _unit(rng, 6, 2, 4)
    with pytest.raises(ShapeError, match="with the same d"):
        search_matrices(queries, gallery[..., :3], 2)
    with pytest.raises(ShapeError, match="0 and 2 descriptors each"):
        search_matrices(queries[:, :0], gallery, 2)
    with pytest.raises(ValueError, match="k is 0"):
        search_matrices(queries, gallery, 0)
    gallery[4, 1, 2] = np.nan
    with pytest.raises(ValueError, match="gallery photo 4 of 6, counted from 0, hold NaN"):
        search_matrices(queries, gallery, 2)
