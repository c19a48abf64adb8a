"""Query expansion and database-side augmentation: a loop, by hand, and their limits."""

from __future__ import annotations

import numpy as np
import pytest

from resight.errors import ShapeError
from resight.search.exact import search
from resight.search.query_expansion import augment, expand
from resight.types import Array


def _unit(rng: np.random.Generator, *shape: int) -> Array:
    rows = rng.normal(size=shape)
    return (rows / np.linalg.norm(rows, axis=-1, keepdims=True)).astype(np.float32)


@pytest.mark.parametrize("alpha", [0.0, 1.0, 3.0])
def test_it_is_the_loop(alpha: float, rng: np.random.Generator) -> None:
    queries, gallery = _unit(rng, 8, 4), _unit(rng, 30, 4)
    found = expand(queries, gallery, search(queries, gallery, 9), neighbours=6, alpha=alpha)
    for query, row in zip(queries.astype(float), found, strict=True):
        order = np.argsort(-(gallery @ query), kind="stable")[:6]
        total = query + sum(max(gallery[i] @ query, 0) ** alpha * gallery[i] * (gallery[i] @ query > 0) for i in order)
        np.testing.assert_allclose(row, total / np.linalg.norm(total), atol=1e-6)


def test_by_hand() -> None:
    gallery = np.array([[0.6, 0.8], [-1.0, 0.0]], np.float32)
    query = np.array([[1.0, 0.0]], np.float32)
    matches = search(query, gallery, 2)  # the second is opposite and counts for nothing
    row = np.array([1 + 0.6**2 * 0.6, 0.6**2 * 0.8])
    found = expand(query, gallery, matches, neighbours=2, alpha=2)
    np.testing.assert_allclose(found, [row / np.linalg.norm(row)], atol=1e-6)


def test_limits(rng: np.random.Generator) -> None:
    queries, gallery = _unit(rng, 8, 4), _unit(rng, 30, 4)
    matches = search(queries, gallery, 5)
    np.testing.assert_allclose(expand(queries, gallery, matches, neighbours=0), queries, atol=1e-6)
    np.testing.assert_allclose(expand(queries, gallery, matches, alpha=5000), queries, atol=1e-3)
    few = expand(queries, gallery[:2], search(queries, gallery[:2], 5))  # three neighbours are missing
    np.testing.assert_array_equal(few, expand(queries, gallery[:2], search(queries, gallery[:2], 2), neighbours=2))
    nobody = gallery[:0]
    np.testing.assert_allclose(expand(queries, nobody, search(queries, nobody, 5)), queries, atol=1e-6)


def test_each_row_of_a_gallery_is_moved_by_the_others(rng: np.random.Generator) -> None:
    gallery = _unit(rng, 20, 4)
    gallery[7] = gallery[3]  # which is the other's nearest
    found = augment(gallery, neighbours=4)
    for row in (0, 3, 7, 19):
        others = np.delete(gallery, row, axis=0)
        alone = expand(gallery[row][None], others, search(gallery[row][None], others, 4), neighbours=4)
        np.testing.assert_allclose(found[row], alone[0], atol=1e-6)
    same = np.repeat(gallery[:1], 9, axis=0)
    np.testing.assert_allclose(augment(same, neighbours=3), same, atol=1e-6)


def test_it_brings_views_of_one_thing_together(rng: np.random.Generator) -> None:
    centres = _unit(rng, 10, 16)
    gallery = centres[np.repeat(np.arange(10), 5)] + 0.15 * rng.normal(size=(50, 16))
    gallery = (gallery / np.linalg.norm(gallery, axis=1, keepdims=True)).astype(np.float32)
    moved = augment(gallery, neighbours=4)
    assert np.einsum("nd,nd->n", moved, centres[np.repeat(np.arange(10), 5)]).mean() > (
        np.einsum("nd,nd->n", gallery, centres[np.repeat(np.arange(10), 5)]).mean()
    )


def test_faults_are_refused(rng: np.random.Generator) -> None:
    queries, gallery = _unit(rng, 8, 4), _unit(rng, 30, 4)
    with pytest.raises(ShapeError, match="k of at least 5"):
        expand(queries, gallery, search(queries, gallery, 4))
    with pytest.raises(ValueError, match=r"alpha is -1; wanted 0 or more"):
        expand(queries, gallery, search(queries, gallery, 5), alpha=-1)
