"""The global index against a loop over cosines, whitened or not, and without what is left out."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from resight.features import whitening
from resight.search.global_index import BLOCK, GlobalIndex
from resight.search.voting_rule import VotingRule
from resight.types import Head

Array = npt.NDArray[Any]
IDS = np.array([40, 3, 77, 12, 8, 501, 6, 90, 2, 33])


@pytest.fixture
def rows(rng: np.random.Generator) -> Any:
    return rng.normal(0.3, 1, (10, 6)).astype(np.float32)


@pytest.fixture(params=["plain", "whitened"])
def settings(request: pytest.FixtureRequest) -> Head:
    if request.param == "plain":
        return Head()
    training = np.random.default_rng(1).normal(0.3, [1, 1, 2, 3, 1, 5], (50, 6)).astype(np.float32)
    return Head(whitening.fit(training / np.linalg.norm(training, axis=1, keepdims=True), dims=4))


def _seen(descriptor: Array, settings: Head) -> Array:
    row = descriptor.astype(float) / np.linalg.norm(descriptor)
    if settings.whitening is not None:
        row = (row - settings.whitening.mean) @ settings.whitening.projection
        row /= np.linalg.norm(row)
    return row


def _slow(descriptor: Array, rows: Array, settings: Head) -> dict[int, float]:
    """Cosine of each photo, by id."""
    query = _seen(descriptor, settings)
    return {int(id): float(query @ _seen(row, settings)) for id, row in zip(IDS, rows, strict=True)}


def test_it_is_the_loop(rows: Any, settings: Head, rng: np.random.Generator) -> None:
    index = GlobalIndex(IDS, rows, settings)
    assert len(index) == 10
    for descriptor in rng.normal(0.3, 1, (15, 6)):
        cosines = _slow(descriptor, rows, settings)
        nearest = sorted(cosines, key=lambda id: -cosines[id])
        for k in (1, 4, 10, 25):
            assert index.propose(descriptor, k) == nearest[:k]
        found = index.cosine(descriptor, nearest)
        assert found.dtype == np.float64
        np.testing.assert_allclose(found, [cosines[id] for id in nearest], atol=1e-5)


def test_a_known_photo_finds_itself(rows: Any, settings: Head) -> None:
    index = GlobalIndex(IDS, rows, settings)
    for id, row in zip(IDS.tolist(), rows, strict=True):
        assert index.propose(row, 1) == [id]
        assert index.cosine(row, [id])[0] == pytest.approx(1, abs=1e-5)


@pytest.mark.parametrize("barred", [[40], [3, 77, 12], [999], [8, 8, 999, 2], IDS.tolist(), []])
def test_without_photos_is_as_if_they_were_not_here(
    barred: list[int], rows: Any, settings: Head, rng: np.random.Generator
) -> None:
    kept = ~np.isin(IDS, barred)
    index, smaller = GlobalIndex(IDS, rows, settings), GlobalIndex(IDS[kept], rows[kept], settings)
    for descriptor in rng.normal(0.3, 1, (10, 6)):
        for k in (1, 3, 20):
            assert index.propose(descriptor, k, exclude=barred) == smaller.propose(descriptor, k)


def test_length_does_not_matter(rows: Any, settings: Head, rng: np.random.Generator) -> None:
    index, descriptor = GlobalIndex(IDS, rows * 100, settings), rng.normal(0.3, 1, 6)
    assert index.propose(descriptor / 50, 10) == GlobalIndex(IDS, rows, settings).propose(descriptor, 10)


def test_permuting_the_gallery_changes_nothing(rows: Any, settings: Head, rng: np.random.Generator) -> None:
    order, descriptor = rng.permutation(10), rng.normal(0.3, 1, 6)
    one, other = GlobalIndex(IDS, rows, settings), GlobalIndex(IDS[order], rows[order], settings)
    assert one.propose(descriptor, 10) == other.propose(descriptor, 10)
    np.testing.assert_array_equal(one.cosine(descriptor, IDS.tolist()), other.cosine(descriptor, IDS.tolist()))


def test_of_equal_photos_the_first_comes_first(settings: Head, rng: np.random.Generator) -> None:
    row = rng.normal(0.3, 1, (1, 6)).astype(np.float32)
    index = GlobalIndex(IDS, np.repeat(row, 10, axis=0), settings)
    assert index.propose(row[0], 4) == IDS[:4].tolist()
    assert index.propose(row[0], 4, exclude=[3]) == [40, 77, 12, 8]


def test_a_photo_without_features_is_near_to_none(rows: Any, settings: Head) -> None:
    rows[4] = 0
    index, nothing = GlobalIndex(IDS, rows, settings), np.zeros(6, np.float32)
    assert index.propose(nothing, 10) == []
    np.testing.assert_array_equal(index.cosine(nothing, IDS.tolist()), 0)
    assert index.cosine(rows[0], [8])[0] == 0


def test_an_empty_gallery_knows_nothing(settings: Head) -> None:
    index = GlobalIndex(np.zeros(0, np.int64), np.zeros((0, 6), np.float32), settings)
    assert len(index) == 0
    assert index.propose(np.ones(6, np.float32), 5, exclude=[3]) == []


def test_no_photos_have_no_cosines(rows: Any, settings: Head) -> None:
    assert GlobalIndex(IDS, rows, settings).cosine(rows[0], []).shape == (0,)


def test_inputs_stay(rows: Any, settings: Head) -> None:
    before, descriptor = rows.copy(), np.ones(6, np.float32)
    index = GlobalIndex(IDS, rows, settings)
    index.propose(descriptor, 3)
    index.cosine(descriptor, [40])
    np.testing.assert_array_equal(rows, before)
    np.testing.assert_array_equal(descriptor, 1)


def test_several_descriptors_are_near_to_whom_one_of_them_is(
    rows: Any, settings: Head, rng: np.random.Generator
) -> None:
    index = GlobalIndex(IDS, rows, settings)
    for count in (1, 3, 150):
        descriptors = np.concatenate([rng.normal(0.3, 1, (count, 6)), np.zeros((1, 6))])
        cosines = [_slow(one, rows, settings) for one in descriptors[:-1]]
        best = {id: max(one[id] for one in cosines) for id in cosines[0]}
        wanted = sorted(best, key=lambda id: -best[id])
        assert index.propose_any(descriptors, 99) == wanted
        assert index.propose_any(descriptors, 3, exclude=[wanted[1], 999]) == [wanted[0], *wanted[2:4]]
        found = index.cosines(descriptors[:-1], wanted[:2])
        np.testing.assert_allclose(found, [[one[id] for id in wanted[:2]] for one in cosines], atol=1e-5)


def test_of_nothing_or_among_nobody_none_is_near(rows: Any, settings: Head) -> None:
    assert GlobalIndex(IDS, rows, settings).propose_any(np.zeros((2, 6)), 5) == []
    assert GlobalIndex(np.zeros(0, int), rows[:0], settings).propose_any(rows, 5) == []


def test_changes_lead_to_the_index_of_all_photos_to_the_bit(settings: Head, rng: np.random.Generator) -> None:
    """In steps or in one, whatever block a row lies in then."""
    ids, rows = np.arange(3 * BLOCK) * 2, rng.normal(0.3, 1, (3 * BLOCK, 6)).astype(np.float32)
    start = last = GlobalIndex(ids[: 2 * BLOCK], rows[: 2 * BLOCK], settings)
    gone: list[int] = []
    for step in range(4):
        new = slice(2 * BLOCK + step * BLOCK // 4, 2 * BLOCK + (step + 1) * BLOCK // 4)
        removed = rng.choice(np.setdiff1d(ids[: new.start], gone), 50, replace=False).tolist()
        following = last.changed(removed, ids[new], rows[new])
        assert following is not None
        gone, last = gone + removed, following
        known = ids[: new.stop]
        stay = ~np.isin(known, gone)
        fresh = GlobalIndex(known[stay], rows[: new.stop][stay], settings)
        for query in rng.normal(0.3, 1, (5, 6)):
            assert last.propose(query, 20) == fresh.propose(query, 20)
            np.testing.assert_array_equal(last.cosine(query, known[stay]), fresh.cosine(query, known[stay]))
            slow = [_seen(query, settings) @ _seen(row, settings) for row in rows[: new.stop][stay]]
            np.testing.assert_allclose(last.cosine(query, known[stay]), slow, atol=1e-5)
    assert len(start) == 2 * BLOCK
    at_once = start.changed([id for id in gone if id < 4 * BLOCK], ids[2 * BLOCK :], rows[2 * BLOCK :])
    assert at_once is not None
    both = np.setdiff1d(ids, gone)
    np.testing.assert_array_equal(at_once.cosine(rows[0], both), last.cosine(rows[0], both))


def test_few_photos_are_seen_together_or_not_at_all(rng: np.random.Generator) -> None:
    """And so are those of which not all can be of one kind."""
    ids, rows = np.arange(BLOCK + 2), rng.normal(0.3, 1, (BLOCK + 2, 6)).astype(np.float32)
    small, large = GlobalIndex(ids[:-3], rows[:-3], Head()), GlobalIndex(ids[:-1], rows[:-1], Head())
    none = np.zeros(0, np.int64), np.zeros((0, 0), np.float32)
    assert small.changed([], ids[-3:], rows[-3:]) is None
    assert large.changed([0, 1], *none) is None
    assert large.changed([], ids[-1:], np.ones((1, 7), np.float32)) is None
    smaller = large.changed([0], *none)
    assert smaller is not None
    assert len(smaller) == BLOCK


def test_votes_of_the_nearest_are_the_loop(rng: np.random.Generator) -> None:
    rows = rng.normal(size=(30, 6)).astype(np.float32)
    names = {id: f"thing {id % 7}" for id in range(100, 130)}
    index = GlobalIndex(np.arange(100, 130), rows, Head())
    query = rng.normal(size=6).astype(np.float32)
    wide = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    cosines = wide @ (query / np.linalg.norm(query))
    order = [row for row in np.argsort(-cosines) if row != 3]  # one is left out
    asked = [100 + order[0], 100 + order[1], 100 + order[-1]]

    def told(vote: VotingRule) -> list[float]:
        return index.evidence(query, asked, vote, names.__getitem__, exclude=[103]).tolist()

    def friends(id: int, k: int) -> list[int]:
        return [row for row in order[:k] if names[100 + row] == names[id]]

    assert told(VotingRule("top")) == pytest.approx([cosines[id - 100] for id in asked], abs=1e-6)
    assert told(VotingRule("majority", 5)) == [len(friends(id, 5)) / 5 for id in asked]
    for k in (4, 29):
        squares = [sum(max(cosines[row], 0) ** 2 for row in friends(id, k)) / k for id in asked]
        assert told(VotingRule("similarity", k, "square")) == pytest.approx(squares, abs=1e-6)
        means = [wide[sorted({id - 100, *friends(id, k)})].mean(axis=0) for id in asked]
        expected = [mean @ query / np.linalg.norm(mean) / np.linalg.norm(query) for mean in means]
        assert told(VotingRule("mean", k)) == pytest.approx(expected, abs=1e-6)
    everyone = {name: [id for id in names if names[id] == name and id != 103] for name in set(names.values())}
    for alpha in (-1.0, 0.3, 0.99):
        vote = VotingRule("mean", 4, alpha=alpha)
        found = index.evidence(query, asked, vote, names.__getitem__, exclude=[103], photos=everyone.__getitem__)
        expected = []
        for id in asked:
            near = {id - 100, *friends(id, 4)}
            more = [other - 100 for other in everyone[names[id]]]
            unit = wide / np.linalg.norm(wide, axis=1, keepdims=True)
            near |= {row for row in more if max(unit[row] @ unit[sorted(near)].T) >= alpha}
            mean = wide[sorted(near)].mean(axis=0)
            expected.append(mean @ query / np.linalg.norm(mean) / np.linalg.norm(query))
        assert found == pytest.approx(expected, abs=1e-6)
    nothing = index.evidence(np.zeros(6, np.float32), asked, VotingRule("majority", 5), names.__getitem__)
    assert nothing.tolist() == [0, 0, 0]
