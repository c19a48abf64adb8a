"""The codebook: nearest words, rarity, and k-means against a loop."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import Any

import numpy as np
import pytest

from resight.errors import ShapeError
from resight.features import codebook


@pytest.fixture
def islands(rng: np.random.Generator) -> Any:
    """Four photos, each with points on three of four far islands of two channels."""
    centres = np.array([[0.0, 0.0], [20.0, 0.0], [0.0, 20.0], [20.0, 20.0]])
    photos = []
    for missing in range(4):
        visited = [i for i in range(4) if i != missing]
        photos.append((centres[rng.choice(visited, 40)] + rng.normal(size=(40, 2))).astype(np.float32))
    return photos


def _distance(x: Any, y: Any) -> float:
    return sum((float(a) - float(b)) ** 2 for a, b in zip(x, y, strict=True))


def _error(values: Any, centroids: Any) -> float:
    return sum(min(_distance(x, word) for word in centroids) for x in values)


def test_assign_is_the_loop(rng: np.random.Generator) -> None:
    values, words = rng.normal(size=(2, 30, 5)), rng.normal(size=(7, 5))
    slow = [[min(range(7), key=lambda i: _distance(x, words[i])) for x in photo] for photo in values]
    np.testing.assert_array_equal(codebook.assign(values, words), slow)


def test_the_first_of_equally_near_words_wins() -> None:
    words = np.array([[-1.0], [1.0], [1.0]])
    np.testing.assert_array_equal(codebook.assign(np.array([[0.0], [3.0]]), words), [0, 1])


def test_assign_of_numpy_is_that_of_torch(torch: Any, rng: np.random.Generator) -> None:
    values, words = rng.normal(size=(2, 30, 5)), rng.normal(size=(7, 5)).astype(np.float32)
    np.testing.assert_array_equal(codebook.assign(torch.from_numpy(values), words), codebook.assign(values, words))


def test_assign_refuses_other_channels() -> None:
    with pytest.raises(ShapeError, match="values of 3 channels meet words of 2"):
        codebook.assign(np.ones((4, 3)), np.ones((5, 2)))


def test_assign_refuses_codes() -> None:
    """Words of the same dtype as the codes would be rounded to whole numbers."""
    with pytest.raises(TypeError, match="uint8"):
        codebook.assign(np.ones((4, 2), np.uint8), np.ones((5, 2)))


def test_idf_by_hand() -> None:
    """A word in all photos weighs nothing; one in none weighs as much as one in one."""
    np.testing.assert_allclose(codebook.idf(np.array([8, 2, 1, 0]), 8), np.log([1, 4, 8, 8]), rtol=1e-6)


@pytest.mark.parametrize(("counts", "photos"), [([9], 8), ([-1], 8), ([0], 0)])
def test_idf_refuses_counts_that_cannot_be(counts: list[int], photos: int) -> None:
    with pytest.raises(ValueError, match="count photos, not values"):
        codebook.idf(np.array(counts), photos)


def test_lloyd_is_the_loop(rng: np.random.Generator) -> None:
    values = rng.normal(size=(60, 3))
    slow = values[:5].tolist()
    for rounds in range(1, 6):
        groups: list[list[Any]] = [[] for _ in slow]
        for x in values:
            groups[min(range(5), key=lambda i: _distance(x, slow[i]))].append(x)
        slow = [[sum(x[c] for x in group) / len(group) for c in range(3)] for group in groups]
        np.testing.assert_allclose(codebook.lloyd(values, values[:5], iterations=rounds), slow)


def test_more_rounds_never_fit_worse(rng: np.random.Generator) -> None:
    values = rng.normal(size=(80, 2))
    errors = [_error(values, codebook.lloyd(values, values[:6], iterations=rounds)) for rounds in range(8)]
    assert all(later <= earlier + 1e-9 for earlier, later in pairwise(errors))
    assert errors[-1] < errors[0]


def test_it_ends_at_a_fixed_point(rng: np.random.Generator) -> None:
    values = rng.normal(size=(80, 2))
    done = codebook.lloyd(values, values[:6], iterations=1000)
    np.testing.assert_array_equal(codebook.lloyd(values, done, iterations=1), done)
    labels = codebook.assign(values, done)
    np.testing.assert_allclose(done, [values[labels == i].mean(axis=0) for i in range(6)])


def test_a_word_without_values_moves_to_the_farthest_value() -> None:
    values, seeds = np.array([[0.0], [1.0], [11.0], [10.0]]), np.zeros((2, 1))
    np.testing.assert_allclose(codebook.lloyd(values, seeds, iterations=1), [[5.5], [11.0]])
    np.testing.assert_allclose(codebook.lloyd(values, seeds), [[0.5], [10.5]])


def test_several_lost_words_move_to_different_values(rng: np.random.Generator) -> None:
    values = rng.normal(size=(30, 2))
    done = codebook.lloyd(values, np.zeros((6, 2)))
    assert len(np.unique(codebook.assign(values, done))) == 6


def test_more_values_than_are_looked_at_together_have_the_means_of_all(rng: np.random.Generator) -> None:
    values = rng.integers(0, 9, size=(20_000, 3)).astype(np.float32)
    seeds = values[:8] + rng.random((8, 3), dtype=np.float32) / 8  # apart, so that no value is as near to two
    nearest = ((values[:, None].astype(float) - seeds) ** 2).sum(axis=2).argmin(axis=1)
    wanted = [values[nearest == word].mean(axis=0, dtype=float) for word in range(8)]
    np.testing.assert_allclose(codebook.lloyd(values, seeds, iterations=1), wanted, rtol=1e-5)


def test_seed_draws_different_rows(rng: np.random.Generator) -> None:
    values = np.repeat(np.arange(10.0)[:, None], 50, axis=0)
    assert sorted(codebook.seed(values, 10, rng=rng).ravel()) == list(range(10))


def test_seed_draws_by_the_squared_distance() -> None:
    """Of points at 0, 1 and 3 with the first at 0, the second is the one at 3 in 9 of 10 draws."""
    values = np.array([[0.0], [1.0], [3.0]])
    pairs = [codebook.seed(values, 2, rng=np.random.default_rng(i)).ravel() for i in range(3000)]
    seconds = [second for first, second in pairs if first == 0.0]
    assert 0.88 < seconds.count(3.0) / len(seconds) < 0.92
    assert 0.3 < len(seconds) / 3000 < 0.37


def test_fit_finds_the_islands(islands: Any, rng: np.random.Generator) -> None:
    book = codebook.fit(islands, 4, rng=rng)
    assert book.centroids.dtype == book.idf.dtype == np.float32
    order = np.lexsort((book.centroids[:, 0], book.centroids[:, 1]))
    np.testing.assert_allclose(book.centroids[order], [[0, 0], [20, 0], [0, 20], [20, 20]], atol=0.7)
    np.testing.assert_allclose(book.idf, math.log(4 / 3), rtol=1e-6)


def test_fit_counts_photos_without_points(islands: Any, rng: np.random.Generator) -> None:
    book = codebook.fit([*islands, np.zeros((0, 2), np.float32)], 4, rng=rng)
    np.testing.assert_allclose(book.idf, math.log(5 / 3), rtol=1e-6)


def test_fit_hangs_on_its_generator_alone(islands: Any) -> None:
    one, same, other = (codebook.fit(islands, 9, rng=np.random.default_rng(seed)) for seed in (1, 1, 2))
    np.testing.assert_array_equal(one.centroids, same.centroids)
    np.testing.assert_array_equal(one.idf, same.idf)
    assert not np.array_equal(one.centroids, other.centroids)


def test_inputs_stay(islands: Any, rng: np.random.Generator) -> None:
    before = [photo.copy() for photo in islands]
    seeds = islands[0][:3].copy()
    codebook.fit(islands, 5, rng=rng)
    codebook.lloyd(islands[0], seeds)
    np.testing.assert_array_equal(seeds, islands[0][:3])
    for photo, copy in zip(islands, before, strict=True):
        np.testing.assert_array_equal(photo, copy)


@pytest.mark.parametrize("words", [0, 161])
def test_more_words_than_values_are_refused(words: int, islands: Any, rng: np.random.Generator) -> None:
    with pytest.raises(ValueError, match=f"{words} words are wanted of 160 values; wanted 1 to 160"):
        codebook.fit(islands, words, rng=rng)


def test_more_words_than_different_values_are_refused(rng: np.random.Generator) -> None:
    with pytest.raises(ValueError, match="only 2 of 20 values differ"):
        codebook.fit([np.repeat(np.array([[0.1, 0.3], [0.7, 0.2]]), 10, axis=0)], 3, rng=rng)


@pytest.mark.parametrize("shapes", [[], [(4,)], [(4, 2), (4, 3)], [(2, 3, 4)]])
def test_photos_of_other_shapes_are_refused(shapes: list[tuple[int, ...]], rng: np.random.Generator) -> None:
    with pytest.raises(ShapeError, match="take the values of one extractor"):
        codebook.fit([np.ones(shape) for shape in shapes], 1, rng=rng)


def test_nan_is_refused(rng: np.random.Generator) -> None:
    with pytest.raises(ValueError, match="check the extractor"):
        codebook.fit([np.array([[1.0, np.nan]])], 1, rng=rng)
