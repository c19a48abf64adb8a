"""Local votes against a loop, by hand, and what must not change them."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from resight.errors import ShapeError
from resight.search.feature_votes import LocalVotes, cast, tally

Array = npt.NDArray[Any]
Ballot = tuple[Array, Array, Array]


def _ballot(rng: np.random.Generator, q: int = 40, k: int = 6, n: int = 90) -> Ballot:
    """Neighbours of which some are missing; 90 features of 13 photos, so that queries and photos meet often."""
    rows = np.stack([rng.permutation(n)[:k] for _ in range(q)])
    distances = np.sort(rng.uniform(1, 9, (q, k)), axis=1)
    missing = np.arange(k) >= rng.integers(0, k + 1, q)[:, None] + k // 2
    rows[missing], distances[missing] = -1, math.inf
    return distances, rows, np.where(rows < 0, -1, rng.integers(0, 13, n)[rows])


def _slow(distances: Array, rows: Array, photos: Array) -> list[tuple[int, int, int, float]]:
    """(query, row, photo, weight) of every vote that stands, in the order of the queries."""
    votes = []
    for query in range(len(rows)):
        found = [rank for rank in range(rows.shape[1]) if rows[query, rank] >= 0]
        background = max((distances[query, rank] for rank in found), default=0.0)
        for rank in found:
            weight = 1 - distances[query, rank] / background
            if weight > 0:
                votes.append((query, int(rows[query, rank]), int(photos[query, rank]), weight))
    for key in (lambda vote: (vote[0], vote[2]), lambda vote: vote[1]):
        heaviest: dict[Any, Any] = {}
        for vote in votes:
            if key(vote) not in heaviest or vote[3] > heaviest[key(vote)][3]:
                heaviest[key(vote)] = vote
        votes = [vote for vote in votes if heaviest[key(vote)] is vote]
    return votes


def _rows(votes: LocalVotes) -> list[tuple[int, int, int, float]]:
    arrays = (votes.queries, votes.rows, votes.photos, votes.weights)
    return list(zip(*(array.tolist() for array in arrays), strict=True))


def _assert_same(found: list[tuple[Any, ...]], wanted: list[tuple[Any, ...]]) -> None:
    assert [vote[:3] for vote in found] == [vote[:3] for vote in wanted]
    np.testing.assert_allclose([vote[3] for vote in found], [vote[3] for vote in wanted], rtol=1e-6)


@pytest.mark.parametrize("k", [1, 2, 6, 20])
def test_it_is_the_loop(k: int, rng: np.random.Generator) -> None:
    ballot = _ballot(rng, k=k)
    wanted = _slow(*ballot)
    _assert_same(_rows(cast(*ballot)), wanted)
    assert (len(wanted) > 20) == (k > 1)


def test_by_hand() -> None:
    """Squared distances 1, 2 and 4 weigh 3/4, 1/2 and nothing."""
    votes = cast(np.array([[1.0, 2.0, 4.0]]), np.array([[7, 3, 5]]), np.array([[2, 0, 1]]))
    assert _rows(votes) == [(0, 7, 2, 0.75), (0, 3, 0, 0.5)]
    assert len(votes) == 2
    assert tally(votes, 4).tolist() == [0.5, 0, 0.75, 0]


def test_a_query_feature_votes_once_per_photo_and_a_row_is_voted_with_once() -> None:
    distances = np.array([[1.0, 2.0, 4.0], [1.0, 3.0, 4.0]])
    rows, photos = np.array([[7, 3, 5], [3, 7, 6]]), np.array([[2, 2, 1], [2, 2, 1]])
    assert _rows(cast(distances, rows, photos)) == [(0, 7, 2, 0.75), (1, 3, 2, 0.75)]
    photos = np.array([[2, 0, 1], [0, 2, 1]])
    assert _rows(cast(distances, rows, photos)) == [(0, 7, 2, 0.75), (1, 3, 0, 0.75)]


def test_of_equal_votes_the_first_stays() -> None:
    twice = np.array([[1.0, 1.0, 4.0]])
    assert _rows(cast(twice, np.array([[9, 3, 5]]), np.array([[2, 2, 1]]))) == [(0, 9, 2, 0.75)]
    both = np.array([[1.0, 4.0], [1.0, 4.0]])
    assert _rows(cast(both, np.array([[9, 3], [9, 5]]), np.array([[2, 1], [2, 1]]))) == [(0, 9, 2, 0.75)]


def test_a_lone_neighbour_is_its_own_background() -> None:
    assert len(cast(np.array([[3.0, math.inf]]), np.array([[0, -1]]), np.array([[0, -1]]))) == 0


def test_with_fewer_neighbours_the_farthest_found_is_the_background() -> None:
    votes = cast(np.array([[1.0, 2.0, math.inf]]), np.array([[4, 8, -1]]), np.array([[0, 1, -1]]))
    assert _rows(votes) == [(0, 4, 0, 0.5)]


def test_copies_that_fill_the_background_vote_in_full() -> None:
    """Ten copies of a photo are all found at distance 0, and all mean what the query shows."""
    assert _rows(cast(np.zeros((1, 3)), np.array([[4, 8, 1]]), np.array([[0, 1, 2]]))) == [
        (0, 4, 0, 1.0),
        (0, 8, 1, 1.0),
        (0, 1, 2, 1.0),
    ]


def test_weights_are_above_zero_and_at_most_one(rng: np.random.Generator) -> None:
    weights = cast(*_ballot(rng)).weights
    assert weights.dtype == np.float32
    assert (weights > 0).all()
    assert (weights <= 1).all()


def test_the_unit_of_the_distances_changes_nothing(rng: np.random.Generator) -> None:
    distances, rows, photos = _ballot(rng)
    assert _rows(cast(distances * 4096, rows, photos)) == _rows(cast(distances, rows, photos))


def test_permuting_the_queries_only_renames_them(rng: np.random.Generator) -> None:
    ballot = _ballot(rng)
    order = rng.permutation(len(ballot[0]))
    found = [(int(order[query]), *rest) for query, *rest in _rows(cast(*(array[order] for array in ballot)))]
    assert sorted(found) == sorted(_rows(cast(*ballot)))


def test_renumbering_the_gallery_only_renames_it(rng: np.random.Generator) -> None:
    distances, rows, photos = _ballot(rng)
    new_rows, new_photos = np.append(rng.permutation(90) + 3, -1), np.append(rng.permutation(13) + 5, -1)
    found = _rows(cast(distances, new_rows[rows], new_photos[photos]))
    wanted = [(q, int(new_rows[r]), int(new_photos[p]), w) for q, r, p, w in _rows(cast(distances, rows, photos))]
    assert found == wanted


def test_the_votes_of_one_photo(rng: np.random.Generator) -> None:
    votes = cast(*_ballot(rng))
    for photo in range(14):
        assert _rows(votes.of(photo)) == [vote for vote in _rows(votes) if vote[2] == photo]


def test_the_tally_is_the_loop(rng: np.random.Generator) -> None:
    votes = cast(*_ballot(rng))
    totals = [math.fsum(vote[3] for vote in _rows(votes) if vote[2] == photo) for photo in range(20)]
    np.testing.assert_allclose(tally(votes, 20), totals, rtol=1e-6)


@pytest.mark.parametrize("shape", [(0, 5), (3, 0), (3, 5)])
def test_nothing_found_is_no_vote(shape: tuple[int, int]) -> None:
    nobody = np.full(shape, -1)
    votes = cast(np.full(shape, np.inf, np.float32), nobody, nobody)
    assert len(votes) == len(votes.of(0)) == 0
    np.testing.assert_array_equal(tally(votes, 3), [0, 0, 0])
    assert tally(votes, 0).shape == (0,)


def test_inputs_stay(rng: np.random.Generator) -> None:
    ballot = _ballot(rng)
    before = [array.copy() for array in ballot]
    cast(*ballot)
    for array, copy in zip(ballot, before, strict=True):
        np.testing.assert_array_equal(array, copy)


def test_other_shapes_are_refused() -> None:
    with pytest.raises(ShapeError, match=r"\(2, 3\), rows \(2, 3\), photos \(3, 2\); wanted \(q, k\) thrice"):
        cast(np.ones((2, 3)), np.ones((2, 3)), np.ones((3, 2)))
    with pytest.raises(ShapeError, match="wanted"):
        cast(np.ones(3), np.ones(3), np.ones(3))
