"""The local index: the right photo first, with the right motion, and no trace of what was removed or is left out."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from resight.features.coarse_quantiser import CoarseQuantiser
from resight.features.sift import RootSift
from resight.features.vocabulary import load
from resight.io.images import resize
from resight.search.describe import featureless
from resight.search.feature_votes import cast, tally
from resight.search.local_index import NEIGHBOURS, LocalIndex, Proposal
from resight.types import Features
from resight.verification.consensus import Tolerance, consensus, frames

Array = npt.NDArray[Any]
SIZE = (400, 300)


@pytest.fixture(scope="module")
def cells() -> CoarseQuantiser:
    return CoarseQuantiser(load().cells)


@pytest.fixture(scope="module")
def photos(known_photos: dict[str, Any]) -> dict[int, Features]:
    """Seven photos by id, five of them textures that repeat themselves."""
    names = ("astronaut", "brick", "coins", "grass", "gravel", "page", "text")
    sift = RootSift(load(), features=250)
    images = [resize(known_photos[name], (240, 200), resampling="area") for name in names]
    return {10 * rank + 7: features for rank, features in enumerate(sift.extract(images))}


def _index(photos: dict[int, Features], cells: CoarseQuantiser) -> LocalIndex:
    index = LocalIndex(cells)
    for id, features in photos.items():
        index.add(id, features)
    return index


def _photo(rng: np.random.Generator, count: int = 60) -> Features:
    """Points anywhere with codes of their own."""
    return Features(
        points=rng.uniform((0, 0), SIZE, (count, 2)).astype(np.float32),
        values=rng.integers(0, 256, (count, 64), dtype=np.uint8),
        scales=rng.uniform(3, 30, count).astype(np.float32),
        angles=rng.uniform(0, 2 * math.pi, count).astype(np.float32),
        size=SIZE,
    )


def _moved(features: Features, scale: float, turn: float, shift: tuple[float, float]) -> Features:
    """The photo after a similarity, its codes a little different."""
    c, s = scale * math.cos(turn), scale * math.sin(turn)
    return replace(
        features,
        points=(features.points @ np.array([[c, s], [-s, c]]) + shift).astype(np.float32),
        values=np.clip(features.values.astype(int) + np.arange(64) % 3 - 1, 0, 255).astype(np.uint8),
        scales=features.scales * np.float32(scale),
        angles=np.mod(features.angles + np.float32(turn), np.float32(2 * math.pi)),
    )


def _rank(proposal: Proposal) -> tuple[float, int]:
    return -proposal.check.score, proposal.id


def _assert_same(found: list[Proposal], wanted: list[Proposal]) -> None:
    """The same photos with the same checks, to the bit; equal ones in any order."""
    assert len(found) == len(wanted)
    for one, other in zip(sorted(found, key=_rank), sorted(wanted, key=_rank), strict=True):
        assert (one.id, one.check.score) == (other.id, other.check.score)
        np.testing.assert_array_equal(one.check.inliers, other.check.inliers)
        np.testing.assert_array_equal(one.check.weights, other.check.weights)
        np.testing.assert_array_equal(one.check.transform, other.check.transform)


def test_it_is_votes_of_the_nearest_codes_checked_by_consensus(
    photos: dict[int, Features], cells: CoarseQuantiser
) -> None:
    """The whole path again, over all codes at once."""
    query, known = photos[7], {id: photo for id, photo in photos.items() if id != 7}
    codes = np.concatenate([photo.values for photo in known.values()]).astype(int)
    starts = np.cumsum([0, *(len(photo) for photo in known.values())])
    owners = np.repeat(np.arange(len(known)), np.diff(starts))
    squares = ((query.values[:, None].astype(int) - codes[None]) ** 2).sum(axis=2)
    rows = np.argsort(squares, axis=1, kind="stable")[:, :NEIGHBOURS]
    votes = cast(np.take_along_axis(squares, rows, axis=1).astype(np.float32), rows, owners[rows])
    assert tally(votes, len(known)).min() > 0
    wanted = []
    for place, (id, photo) in enumerate(known.items()):
        own = votes.of(place)
        ours, theirs = own.queries, own.rows - starts[place]
        a, b = (frames(one.points, one.scales, one.angles) for one in (query, photo))
        check = consensus(a[ours], b[theirs], own.weights, diagonal=math.hypot(*photo.size))
        pairs = np.column_stack([ours, theirs])[check.inliers[:, 0]]
        wanted.append(Proposal(id, replace(check, inliers=pairs)))
    _assert_same(_index(known, cells).propose(query, 99), wanted)


def test_explained_features_are_as_if_they_were_not_there(
    photos: dict[int, Features], cells: CoarseQuantiser, rng: np.random.Generator
) -> None:
    index, query = _index(photos, cells), photos[47]
    neighbours = index.neighbours(query)
    _assert_same(index.proposals(query, neighbours, 9), index.propose(query, 9))
    left = rng.random(len(query)) < 0.6
    rows = np.flatnonzero(left)
    wanted = [
        replace(
            one,
            check=replace(one.check, inliers=np.column_stack([rows[one.check.inliers[:, 0]], one.check.inliers[:, 1]])),
        )
        for one in index.propose(query.only(left), 9)
    ]
    _assert_same(index.proposals(query, neighbours, 9, left=left), wanted)
    assert index.proposals(query, neighbours, 9, left=np.zeros(len(query), bool)) == []


def test_once_a_thing_is_explained_its_second_copy_is_found(cells: CoarseQuantiser, rng: np.random.Generator) -> None:
    known = {id: _photo(rng) for id in (4, 9)}
    first, second = _moved(known[9], 0.5, 1.0, (30, 40)), _moved(known[9], 0.4, 3.0, (390, 290))
    both = Features(
        *(
            np.concatenate([getattr(one, name) for one in (first, second)])
            for name in ("points", "values", "scales", "angles")
        ),
        size=SIZE,
    )
    index = _index(known, cells)
    neighbours, left = index.neighbours(both), np.ones(120, bool)
    seen = []
    for _ in range(2):
        (best, *_) = index.proposals(both, neighbours, 5, left=left)
        assert best.id == 9
        seen.append(best.check.inliers[:, 0])
        left[seen[-1]] = False
    assert [len(rows) for rows in seen] == [60, 60]
    assert sorted((rows < 60).mean() for rows in seen) == [0, 1]


@pytest.mark.parametrize(("scale", "turn"), [(1.0, 0.0), (0.5, 2.0), (2.0, 5.5)])
def test_a_moved_photo_is_found_with_its_motion(
    scale: float, turn: float, cells: CoarseQuantiser, rng: np.random.Generator
) -> None:
    known = {id: _photo(rng) for id in (4, 9, 2, 300)}
    first, *others = _index(known, cells).propose(_moved(known[9], scale, turn, (30, -20)), 20)
    assert first.id == 9
    assert first.check.score > 10 * max([one.check.score for one in others], default=0)
    np.testing.assert_array_equal(first.check.inliers, np.column_stack([np.arange(60)] * 2))
    c, s = scale * math.cos(turn), scale * math.sin(turn)
    assert first.check.transform is not None
    onto = first.check.transform @ np.array([[c, -s, 30], [s, c, -20], [0, 0, 1]])
    np.testing.assert_allclose(onto, np.eye(3), atol=0.05)


def test_a_moved_query_votes_alike(cells: CoarseQuantiser, photos: dict[int, Features]) -> None:
    """Scale, turn and place of a query change no score: rotation and scale are taken off."""
    index = _index(photos, cells)
    query = photos[7]
    turned = replace(_moved(query, 2.0, 1.0, (9, 9)), values=query.values)
    for one, other in zip(index.propose(query, 3), index.propose(turned, 3), strict=True):
        assert one.id == other.id
        assert one.check.score == pytest.approx(other.check.score, rel=0.02)


def test_proposals_are_nearest_first_and_at_most_k(cells: CoarseQuantiser, photos: dict[int, Features]) -> None:
    index, query = _index(photos, cells), photos[17]
    everything = index.propose(query, 99)
    assert len(everything) == len(index) == len(photos)
    scores = [proposal.check.score for proposal in everything]
    assert scores == sorted(scores, reverse=True)
    assert everything[0].id == 17
    for k in (0, 1, 3):
        assert len(index.propose(query, k)) == k
    for proposal in everything:
        assert proposal.check.weights.sum() == pytest.approx(proposal.check.score, rel=1e-5)
        assert proposal.check.inliers[:, 0].max() < len(query)
        assert proposal.check.inliers[:, 1].max() < len(photos[proposal.id])


def test_the_order_of_enrolment_changes_nothing(cells: CoarseQuantiser, photos: dict[int, Features]) -> None:
    backwards = dict(reversed(photos.items()))
    for query in photos.values():
        _assert_same(_index(backwards, cells).propose(query, 99), _index(photos, cells).propose(query, 99))


def test_the_order_of_features_changes_nothing(
    cells: CoarseQuantiser, photos: dict[int, Features], rng: np.random.Generator
) -> None:
    query = photos[7]
    order = rng.permutation(len(query))
    mixed = replace(
        query,
        points=query.points[order],
        values=query.values[order],
        scales=query.scales[order],
        angles=query.angles[order],
    )
    index = _index(photos, cells)
    for one, other in zip(index.propose(query, 99), index.propose(mixed, 99), strict=True):
        assert one.id == other.id
        assert one.check.score == pytest.approx(other.check.score, rel=1e-5)


@pytest.mark.parametrize("barred", [[7], [17], [7, 47, 27], [7, 17, 27, 37, 47, 57, 67], [], [999], [17, 999]])
def test_without_photos_is_as_if_they_were_not_enrolled(
    barred: list[int], cells: CoarseQuantiser, photos: dict[int, Features]
) -> None:
    """However often a photo repeats itself, it takes no place among the neighbours."""
    index = _index(photos, cells)
    smaller = _index({id: photo for id, photo in photos.items() if id not in barred}, cells)
    for query in photos.values():
        _assert_same(index.propose(query, 20, exclude=barred), smaller.propose(query, 20))


def test_removed_photos_leave_nothing(cells: CoarseQuantiser, photos: dict[int, Features]) -> None:
    index = _index(photos, cells)
    for id in (17, 57, 17, 999):
        index.remove([id])
    assert len(index) == len(photos) - 2
    smaller = _index({id: photo for id, photo in photos.items() if id not in (17, 57)}, cells)
    for query in photos.values():
        _assert_same(index.propose(query, 20), smaller.propose(query, 20))
    index.add(57, photos[57])
    index.add(17, photos[17])
    for query in photos.values():
        _assert_same(index.propose(query, 20), _index(photos, cells).propose(query, 20))


def test_a_photo_enrolled_again_takes_the_place_of_the_old_one(
    cells: CoarseQuantiser, photos: dict[int, Features]
) -> None:
    index = _index(photos, cells)
    index.add(7, photos[17])
    assert len(index) == len(photos)
    _assert_same(index.propose(photos[7], 20), _index({**photos, 7: photos[17]}, cells).propose(photos[7], 20))
    index.remove([7])
    assert all(proposal.id != 7 for proposal in index.propose(photos[7], 20))


def test_stored_cells_are_as_good_as_found_ones(cells: CoarseQuantiser, photos: dict[int, Features]) -> None:
    index = LocalIndex(cells)
    for id, features in photos.items():
        index.add(id, features, cells=cells.assign(features.values))
    _assert_same(index.propose(photos[7], 20), _index(photos, cells).propose(photos[7], 20))


def test_a_photo_without_features_neither_finds_nor_is_found(
    cells: CoarseQuantiser, photos: dict[int, Features]
) -> None:
    blank = featureless(SIZE)
    index = LocalIndex(cells)
    index.add(1, blank)
    assert index.propose(photos[7], 20) == index.propose(blank, 20) == []
    for id, photo in photos.items():
        index.add(id, photo)
    assert len(index) == len(photos) + 1
    assert index.propose(blank, 20) == []
    _assert_same(index.propose(photos[7], 20), _index(photos, cells).propose(photos[7], 20))
    index.remove([1])
    assert len(index) == len(photos)


def test_an_empty_index_knows_nothing(cells: CoarseQuantiser, photos: dict[int, Features]) -> None:
    index = LocalIndex(cells)
    index.remove([3])
    assert len(index) == 0
    assert index.propose(photos[7], 20, exclude=[7]) == []


def test_a_lone_photo_is_found(cells: CoarseQuantiser, rng: np.random.Generator) -> None:
    photo = _photo(rng)
    (found,) = _index({5: photo}, cells).propose(photo, 20)
    assert found.id == 5
    assert len(found.check.inliers) == 60


def test_the_tolerance_is_that_of_the_consensus(cells: CoarseQuantiser, rng: np.random.Generator) -> None:
    """Points strewn by up to a tenth of the diagonal agree within a fifth, and not within a hundredth."""
    known, other = _photo(rng), _photo(rng)
    query = replace(known, points=known.points + rng.uniform(-50, 50, (60, 2)).astype(np.float32))
    counts = []
    for distance in (0.01, 0.2):
        index = LocalIndex(cells, tolerance=Tolerance(distance=distance))
        index.add(1, known)
        index.add(2, other)
        counts.append(len(index.propose(query, 1)[0].check.inliers))
    assert counts[0] < 10
    assert counts[1] > 50


def test_ids_may_be_any(cells: CoarseQuantiser, rng: np.random.Generator) -> None:
    known = {id: _photo(rng, 20) for id in (0, 2**40, 7, -3)}
    index = _index(known, cells)
    for id, photo in known.items():
        assert index.propose(photo, 1)[0].id == id
