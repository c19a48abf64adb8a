"""Exact search against a loop, with ties, in any blocks, and of unusable numbers."""

from __future__ import annotations

import tracemalloc
from typing import Any

import numpy as np
import pytest

from resight.errors import ShapeError
from resight.search import exact
from resight.search.exact import search


def _slow(queries: Any, gallery: Any, k: int) -> tuple[list[list[int]], list[list[float]]]:
    """Sorted by falling score, then by row, padded with (−1, −inf)."""
    rows, scores = [], []
    for query in queries:
        scored = [
            (sum(float(a) * float(b) for a, b in zip(query, row, strict=True)), j) for j, row in enumerate(gallery)
        ]
        nearest = sorted(scored, key=lambda pair: (-pair[0], pair[1]))[:k]
        nearest += [(float("-inf"), -1)] * (k - len(nearest))
        rows.append([j for _, j in nearest])
        scores.append([score for score, _ in nearest])
    return rows, scores


@pytest.mark.parametrize("block", [1, 3, 7, 1024])
@pytest.mark.parametrize("k", [1, 4, 25, 40])
def test_it_is_the_loop(k: int, block: int, rng: np.random.Generator, tolerances: Any) -> None:
    queries, gallery = rng.normal(size=(6, 8)).astype(np.float32), rng.normal(size=(25, 8)).astype(np.float32)
    rows, scores = _slow(queries, gallery, k)
    found = search(queries, gallery, k, block=block)
    np.testing.assert_array_equal(found.rows, rows)
    np.testing.assert_allclose(found.scores, scores, **tolerances["numpy", "float32"])
    assert found.rows.dtype == np.int64
    assert found.scores.dtype == np.float32


@pytest.mark.parametrize("block", [1, 2, 5, 64])
@pytest.mark.parametrize("k", [1, 5, 30, 70])
def test_on_ties_the_smaller_row_comes_first(k: int, block: int, rng: np.random.Generator) -> None:
    """Whole numbers have no rounding, and few different products; zeros of both signs are equal."""
    queries, gallery = rng.integers(-1, 2, size=(9, 3)), rng.integers(-1, 2, size=(64, 3))
    queries[0] = 0
    rows, scores = _slow(queries, gallery, k)
    found = search(queries, -0.0 + gallery, k, block=block)
    np.testing.assert_array_equal(found.rows, rows)
    np.testing.assert_array_equal(found.scores, scores)


def test_negative_and_zero_scores_by_hand() -> None:
    gallery = np.array([[-2.0], [0.0], [3.0], [-0.0], [-1e-30], [1e-30]])
    found = search(np.array([[1.0], [-1.0]]), gallery, 6)
    np.testing.assert_array_equal(found.rows, [[2, 5, 1, 3, 4, 0], [0, 4, 1, 3, 5, 2]])
    np.testing.assert_allclose(found.scores[1], [2.0, 1e-30, 0.0, 0.0, -1e-30, -3.0], rtol=1e-6)


def test_neither_blocks_nor_company_change_a_bit(rng: np.random.Generator) -> None:
    """Twins in the gallery stay in the order of their rows, and a query alone gets what it gets in a crowd."""
    queries, unique = rng.normal(size=(300, 67)), rng.normal(size=(90, 67))
    gallery = unique[rng.integers(90, size=500)]
    whole = search(queries, gallery, 37)
    assert (np.diff(whole.rows, axis=1)[np.diff(whole.scores, axis=1) == 0] > 0).all()
    for block in (1, 13, 499):
        other = search(queries[:40], gallery, 37, block=block)
        np.testing.assert_array_equal(other.rows, whole.rows[:40])
        np.testing.assert_array_equal(other.scores, whole.scores[:40])
    for i in (0, 255, 256, 299):
        alone = search(queries[i : i + 1], gallery, 37)
        np.testing.assert_array_equal(alone.rows[0], whole.rows[i])
        np.testing.assert_array_equal(alone.scores[0], whole.scores[i])


def test_fewer_neighbours_are_the_first_of_more(rng: np.random.Generator) -> None:
    queries, gallery = rng.normal(size=(5, 4)), rng.normal(size=(60, 4))
    few, many = search(queries, gallery, 3), search(queries, gallery, 50)
    np.testing.assert_array_equal(few.rows, many.rows[:, :3])
    np.testing.assert_array_equal(few.scores, many.scores[:, :3])


def test_permuting_the_gallery_only_renames_rows(rng: np.random.Generator) -> None:
    queries, gallery, order = rng.normal(size=(5, 4)), rng.normal(size=(60, 4)), rng.permutation(60)
    found, permuted = search(queries, gallery, 7), search(queries, gallery[order], 7)
    np.testing.assert_array_equal(order[permuted.rows], found.rows)
    np.testing.assert_array_equal(permuted.scores, found.scores)


def test_a_unit_row_is_nearest_to_itself(rng: np.random.Generator) -> None:
    gallery = rng.normal(size=(50, 16))
    gallery /= np.linalg.norm(gallery, axis=1, keepdims=True)
    found = search(gallery, gallery, 1)
    np.testing.assert_array_equal(found.rows[:, 0], np.arange(50))
    np.testing.assert_allclose(found.scores, 1.0, rtol=1e-6)


@pytest.mark.parametrize(("q", "n"), [(0, 5), (3, 0), (0, 0)])
def test_nothing_gives_nothing(q: int, n: int) -> None:
    found = search(np.ones((q, 4)), np.ones((n, 4)), 2)
    assert found.rows.shape == found.scores.shape == (q, 2)
    if not n:
        assert (found.rows == -1).all()
        assert (found.scores == -np.inf).all()


@pytest.mark.parametrize("order", ["C", "F"])
def test_how_arrays_lie_in_memory_does_not_matter(order: Any, rng: np.random.Generator) -> None:
    queries, gallery = rng.normal(size=(5, 33)), rng.normal(size=(40, 33))
    found = search(np.asarray(queries, order=order), np.asarray(gallery, order=order)[::2], 3)
    np.testing.assert_array_equal(found.scores, search(queries, gallery[::2].copy(), 3).scores)


def test_memory_is_bounded(rng: np.random.Generator) -> None:
    """All scores would be 64 MB; 256 queries × (k + block) keys are some."""
    queries, gallery = rng.normal(size=(800, 2)).astype(np.float32), rng.normal(size=(20_000, 2)).astype(np.float32)
    tracemalloc.start()
    search(queries, gallery, 5)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 20_000_000


def test_inputs_stay(rng: np.random.Generator) -> None:
    queries, gallery = rng.normal(size=(5, 4)).astype(np.float32), rng.normal(size=(9, 4)).astype(np.float32)
    before = queries.copy(), gallery.copy()
    search(queries, gallery, 3)
    np.testing.assert_array_equal(queries, before[0])
    np.testing.assert_array_equal(gallery, before[1])


@pytest.mark.parametrize(
    ("queries", "gallery"), [((4,), (3, 4)), ((2, 4), (4,)), ((2, 4), (3, 5)), ((1, 2, 4), (3, 4))]
)
def test_shapes_that_do_not_fit_are_refused(queries: tuple[int, ...], gallery: tuple[int, ...]) -> None:
    with pytest.raises(ShapeError, match="describe both with one encoder"):
        search(np.ones(queries), np.ones(gallery), 1)


@pytest.mark.parametrize(("k", "block"), [(0, 1), (1, 0), (-3, 1)])
def test_k_and_block_are_at_least_one(k: int, block: int) -> None:
    with pytest.raises(ValueError, match=f"k is {k} and block is {block}"):
        search(np.ones((2, 3)), np.ones((2, 3)), k, block=block)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, 1e30])
def test_unusable_numbers_are_refused(value: float) -> None:
    bad = np.full((2, 3), np.float32(value))
    with pytest.raises(ValueError, match="finite length"):
        search(bad, bad, 1)
    with pytest.raises(ValueError, match="finite length"):
        search(np.zeros((2, 3)) + 1e30, np.concatenate([np.ones((3, 3)), bad]), 1, block=2)


def test_what_holds_no_number_is_named() -> None:
    queries, gallery = np.ones((4, 3)), np.ones((6, 3))
    gallery[[2, 5], 1] = np.nan
    with pytest.raises(ValueError, match=r"gallery row 2 and 1 more of 6, counted from 0, hold NaN or infinity"):
        search(queries, gallery, 1)
    queries[3] = np.inf
    with pytest.raises(ValueError, match=r"query 3 of 4, counted from 0, hold NaN or infinity"):
        search(queries, gallery, 1)


def test_keys_sort_as_scores_then_rows_and_come_back(rng: np.random.Generator) -> None:
    tiny, huge = np.finfo(np.float32).smallest_subnormal, np.finfo(np.float32).max
    scores = np.array([[huge, 1.5, 1.0, 1.0, tiny, -0.0, 0.0, -tiny, -1.0, -1.0, -huge]], np.float32)
    keys = exact._keys(scores, 2**31)
    assert (np.diff(keys) < 0).all()
    found = exact._matches(keys)
    np.testing.assert_array_equal(found.scores, scores)
    np.testing.assert_array_equal(found.rows[0], 2**31 + np.arange(11))
