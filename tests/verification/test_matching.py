"""Mutual nearest features against a loop, by hand, and what must not change them."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from resight.types import Correspondences
from resight.verification.matching import mutual

Array = npt.NDArray[Any]


def _photos(rng: np.random.Generator, dtype: str) -> tuple[Array, Array]:
    """Two photos of which some features are near copies."""
    query, reference = rng.normal(100, 25, (40, 6)), rng.normal(100, 25, (55, 6))
    reference[5:30] = query[10:35] + rng.normal(0, 4, (25, 6))
    return query.clip(0, 255).astype(dtype), reference.clip(0, 255).astype(dtype)


def _slow(query: list[list[float]], reference: list[list[float]], least: float) -> list[tuple[int, int, float]]:
    def square(a: list[float], b: list[float]) -> float:
        return sum((x - y) ** 2 for x, y in zip(a, b, strict=True))

    pairs = []
    for i, a in enumerate(query):
        distances = [square(a, b) for b in reference]
        j = min(range(len(reference)), key=distances.__getitem__)
        back = min(range(len(query)), key=lambda other: square(query[other], reference[j]))
        second = min(distance for other, distance in enumerate(distances) if other != j)
        weight = 1 - distances[j] / second if second else 0.0
        if back == i and weight > least:
            pairs.append((i, j, weight))
    return pairs


def _triples(found: Correspondences) -> list[tuple[int, int, float]]:
    return [(*pair, weight) for pair, weight in zip(found.pairs.tolist(), found.weights.tolist(), strict=True)]


@pytest.mark.parametrize("dtype", ["uint8", "float32", "float64"])
@pytest.mark.parametrize("least", [0.0, 0.02, 0.5, 0.9])
def test_it_is_the_loop(dtype: str, least: float, rng: np.random.Generator) -> None:
    query, reference = _photos(rng, dtype)
    found, wanted = _triples(mutual(query, reference, least=least)), _slow(query.tolist(), reference.tolist(), least)
    assert len(wanted) > 5
    assert [pair[:2] for pair in found] == [pair[:2] for pair in wanted]
    np.testing.assert_allclose([pair[2] for pair in found], [pair[2] for pair in wanted], rtol=1e-4)


def test_by_hand() -> None:
    """0 is nearest to 1, at 1 and then 16; 9 is nearest to 10, but 10 is nearer to 11, which has the ratio 1 : 25."""
    found = mutual(np.array([[0.0], [9.0], [11.0]]), np.array([[1.0], [4.0], [10.5], [-40.0], [16.0]]))
    assert found.pairs.tolist() == [[0, 0], [2, 2]]
    np.testing.assert_allclose(found.weights, [1 - 1 / 16, 1 - 0.25 / 25])


@pytest.mark.parametrize(("square", "pairs"), [(97.0, [[0, 0]]), (99.0, [])])
def test_hardly_distinctive_pairs_are_left_out(square: float, pairs: list[list[int]]) -> None:
    """By default those below a weight of 0.02: here 0.03 and 0.01."""
    found = mutual(np.array([[0.0], [900.0]]), np.array([[square**0.5], [-10.0]]))
    assert found.pairs.tolist() == pairs


def test_a_photo_meets_itself(rng: np.random.Generator) -> None:
    codes = rng.integers(0, 256, (80, 64), dtype=np.uint8)
    found = mutual(codes, codes)
    assert found.pairs.tolist() == [[i, i] for i in range(80)]
    np.testing.assert_array_equal(found.weights, 1)


def test_codes_are_far_from_overflow() -> None:
    """255² · 64 is more than uint8 and uint16 hold, and less than float32 rounds."""
    query = np.array([[0] * 64, [255] * 64], np.uint8)
    reference = np.array([[255] * 63 + [254], [1] + [0] * 63, [255] * 64], np.uint8)
    found = mutual(query, reference)
    assert found.pairs.tolist() == [[0, 1], [1, 2]]
    np.testing.assert_allclose(found.weights, [1 - 1 / (255**2 * 63 + 254**2), 1])


def test_twins_are_not_distinctive() -> None:
    """Two references at the same place: which one is meant cannot be told, whether they are hit or nearly so."""
    reference = np.array([[5, 5], [5, 5], [90, 90]], np.uint8)
    for near in ([5, 6], [5, 5]):
        assert mutual(np.array([near, [90, 91]], np.uint8), reference).pairs.tolist() == [[1, 2]]


def test_each_feature_is_in_one_pair_at_most(rng: np.random.Generator) -> None:
    pairs = mutual(*_photos(rng, "uint8"), least=-1).pairs
    assert len(set(pairs[:, 0])) == len(set(pairs[:, 1])) == len(pairs) > 20


def test_either_photo_may_be_the_query(rng: np.random.Generator) -> None:
    """The pairs are the same; the weight of one depends on the other features of the reference."""
    query, reference = _photos(rng, "float32")
    there, back = (mutual(*photos, least=-1).pairs for photos in ((query, reference), (reference, query)))
    assert sorted(map(tuple, there.tolist())) == sorted((a, b) for b, a in back.tolist())


def test_permuting_features_only_renames_them(rng: np.random.Generator) -> None:
    query, reference = _photos(rng, "float32")
    order, other = rng.permutation(len(query)), rng.permutation(len(reference))
    renamed = [(int(order[i]), int(other[j]), w) for i, j, w in _triples(mutual(query[order], reference[other]))]
    found = _triples(mutual(query, reference))
    assert [pair[:2] for pair in sorted(renamed)] == [pair[:2] for pair in found]
    np.testing.assert_allclose([pair[2] for pair in sorted(renamed)], [pair[2] for pair in found], rtol=1e-4)


@pytest.mark.parametrize(("m", "n"), [(0, 0), (0, 5), (5, 0), (1, 5), (5, 1)])
def test_fewer_than_two_features_cannot_be_told_apart(m: int, n: int) -> None:
    found = mutual(np.ones((m, 64), np.uint8), np.ones((n, 64), np.uint8))
    assert len(found) == 0
    assert found.pairs.shape == (0, 2)


def test_inputs_stay(rng: np.random.Generator) -> None:
    photos = _photos(rng, "float32")
    before = [photo.copy() for photo in photos]
    mutual(*photos)
    for photo, copy in zip(photos, before, strict=True):
        np.testing.assert_array_equal(photo, copy)
