"""The k-NN vote against a loop, by hand, and what must not change it."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from resight.errors import ShapeError
from resight.search.exact import search
from resight.search.knn_vote import TRANSFORMS, knn_vote, majority_vote, top_vote
from resight.types import UNKNOWN, Matches

FORMULAS = {
    "identity": lambda x: x,
    "sqrt": lambda x: math.sqrt(max(x, 0.0)),
    "log": lambda x: math.log(x + math.e),
    "square": lambda x: max(x, 0.0) ** 2,
}
every = pytest.mark.parametrize("f", sorted(TRANSFORMS))


def _cosines(rng: np.random.Generator, q: int = 40, n: int = 60) -> tuple[Matches, Any]:
    """Matches of unit rows in three dimensions, negative cosines among them, and labels of seven instances."""
    rows = rng.normal(size=(q + n, 3))
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    return search(rows[:q], rows[q:], n), rng.integers(0, 7, size=n)


def _slow(matches: Matches, labels: Any, k: int, f: str) -> list[tuple[int, float]]:
    answers = []
    for rows, scores in zip(matches.rows.tolist(), matches.scores.tolist(), strict=True):
        sums: dict[int, float] = {}
        for row, score in zip(rows[:k], scores[:k], strict=True):
            if row >= 0:
                label = int(labels[row])
                sums[label] = sums.get(label, 0.0) + FORMULAS[f](score)
        best = max(sums, key=lambda label: sums[label], default=UNKNOWN)
        answers.append((best, sums.get(best, -math.inf)))
    return answers


@every
@pytest.mark.parametrize("k", [1, 3, 7, 60])
def test_it_is_the_loop(k: int, f: str, rng: np.random.Generator) -> None:
    matches, labels = _cosines(rng)
    votes = knn_vote(matches, labels, k=k, f=f)
    slow_labels, slow_confidences = zip(*_slow(matches, labels, k, f), strict=True)
    np.testing.assert_array_equal(votes.labels, slow_labels)
    np.testing.assert_allclose(votes.confidences, slow_confidences, atol=1e-12)


def test_by_hand() -> None:
    """The nearest is 5, but two of 8 outweigh it unless the square favours the nearest."""
    matches = Matches(np.array([[2, 0, 1]]), np.array([[0.9, 0.5, 0.45]], np.float32))
    labels = np.array([8, 8, 5])
    expected = {
        "identity": (8, 0.95),
        "sqrt": (8, math.sqrt(0.5) + math.sqrt(0.45)),
        "log": (8, math.log(0.5 + math.e) + math.log(0.45 + math.e)),
        "square": (5, 0.81),
    }
    for f, (label, confidence) in expected.items():
        votes = knn_vote(matches, labels, k=3, f=f)
        assert votes.labels.tolist() == [label]
        np.testing.assert_allclose(votes.confidences, [confidence], rtol=1e-6)


def test_negative_cosines_by_hand() -> None:
    matches = Matches(np.array([[0, 1]]), np.array([[-0.2, -0.5]], np.float32))
    confidences = {f: float(knn_vote(matches, np.array([3, 4]), k=2, f=f).confidences[0]) for f in TRANSFORMS}
    assert confidences == pytest.approx(
        {"identity": -0.2, "sqrt": 0.0, "square": 0.0, "log": math.log(math.e - 0.2)}, rel=1e-6
    )


@every
def test_one_neighbour_is_the_nearest_label(f: str, rng: np.random.Generator) -> None:
    matches, labels = _cosines(rng)
    np.testing.assert_array_equal(knn_vote(matches, labels, k=1, f=f).labels, labels[matches.rows[:, 0]])


@every
def test_with_one_neighbour_every_f_ranks_alike(f: str, rng: np.random.Generator) -> None:
    """So the micro average precision is the same; where cosines are negative, √ and x² have ties instead."""
    matches, labels = _cosines(rng)
    assert (matches.scores[:, 0] > 0).all()
    plain, other = knn_vote(matches, labels, k=1), knn_vote(matches, labels, k=1, f=f)
    np.testing.assert_array_equal(np.argsort(other.confidences), np.argsort(plain.confidences))


@every
def test_permuting_the_gallery_changes_nothing(f: str, rng: np.random.Generator) -> None:
    queries, gallery, labels = rng.normal(size=(20, 5)), rng.normal(size=(50, 5)) / 9, rng.integers(0, 6, size=50)
    order = rng.permutation(50)
    one = knn_vote(search(queries, gallery, 9), labels, k=9, f=f)
    other = knn_vote(search(queries, gallery[order], 9), labels[order], k=9, f=f)
    np.testing.assert_array_equal(one.labels, other.labels)
    np.testing.assert_array_equal(one.confidences, other.confidences)


@every
def test_renaming_labels_only_renames_answers(f: str, rng: np.random.Generator) -> None:
    matches, labels = _cosines(rng)
    names = np.array([70, 3, -9, 12, 5, 100, 8])
    one, other = knn_vote(matches, labels, k=5, f=f), knn_vote(matches, names[labels], k=5, f=f)
    np.testing.assert_array_equal(names[one.labels], other.labels)
    np.testing.assert_array_equal(one.confidences, other.confidences)


@pytest.mark.parametrize(
    ("f", "low", "high"), [("identity", -1.0, 1.0), ("sqrt", 0.0, 1.0), ("square", 0.0, 1.0), ("log", 0.0, 1.32)]
)
@pytest.mark.parametrize("k", [1, 4, 60])
def test_confidences_lie_in_their_range(f: str, low: float, high: float, k: int, rng: np.random.Generator) -> None:
    matches, labels = _cosines(rng)
    for signs in (matches.scores, -np.abs(matches.scores), np.ones_like(matches.scores)):
        confidences = knn_vote(Matches(matches.rows, signs), labels, k=k, f=f).confidences
        assert (confidences >= low * k).all()
        assert (confidences <= high * k).all()


def test_of_equal_sums_the_label_of_the_nearest_wins() -> None:
    matches = Matches(np.array([[0, 1, 2], [2, 1, 0]]), np.array([[0.75, 0.5, 0.25]] * 2, np.float32))
    np.testing.assert_array_equal(knn_vote(matches, np.array([9, 1, 1]), k=3).labels, [9, 1])


@every
def test_missing_neighbours_do_not_vote(f: str) -> None:
    """Not even for the last photo, which row −1 would point at, nor for UNKNOWN."""
    matches = Matches(np.array([[1, -1, -1], [-1, -1, -1]]), np.array([[-0.5, -np.inf, -np.inf], [-np.inf] * 3]))
    votes = knn_vote(matches, np.array([4, 6, 8]), k=3, f=f)
    np.testing.assert_array_equal(votes.labels, [6, UNKNOWN])
    np.testing.assert_allclose(votes.confidences, [FORMULAS[f](-0.5), -np.inf])
    unknown = knn_vote(matches, np.array([4, UNKNOWN, 8]), k=3, f=f)
    np.testing.assert_array_equal(unknown.confidences, votes.confidences)


def test_photos_of_unknown_things_vote_too() -> None:
    matches = Matches(np.array([[0, 1, 2]]), np.array([[0.5, 0.4, 0.3]]))
    votes = knn_vote(matches, np.array([7, UNKNOWN, UNKNOWN]), k=3)
    assert votes.labels.tolist() == [UNKNOWN]
    np.testing.assert_allclose(votes.confidences, 0.7)


def test_an_empty_gallery_knows_nothing() -> None:
    votes = knn_vote(search(np.ones((2, 3)), np.ones((0, 3)), 4), np.zeros(0, np.int64), k=4)
    assert votes.labels.tolist() == [UNKNOWN, UNKNOWN]
    assert np.isneginf(votes.confidences).all()


def test_no_queries_get_no_answers(rng: np.random.Generator) -> None:
    votes = knn_vote(Matches(np.zeros((0, 3), np.int64), np.zeros((0, 3))), np.array([1]), k=3)
    assert votes.labels.shape == votes.confidences.shape == (0,)


def test_labels_of_any_integer_type_will_do(rng: np.random.Generator) -> None:
    """UNKNOWN is no uint8."""
    matches, labels = _cosines(rng)
    votes = knn_vote(matches, labels.astype(np.uint8), k=5)
    np.testing.assert_array_equal(votes.labels, knn_vote(matches, labels, k=5).labels)
    assert votes.labels.dtype == np.int64


def test_any_function_will_do(rng: np.random.Generator) -> None:
    matches, labels = _cosines(rng)
    cube, square = knn_vote(matches, labels, k=5, f=lambda x: x**3), knn_vote(matches, labels, k=5, f="square")
    assert not np.array_equal(cube.confidences, square.confidences)
    ones = knn_vote(matches, labels, k=5, f=np.ones_like)
    for rows, label, count in zip(matches.rows[:, :5], ones.labels, ones.confidences, strict=True):
        assert count == (labels[rows] == label).sum() == np.bincount(labels[rows]).max()


def test_inputs_stay(rng: np.random.Generator) -> None:
    matches, labels = _cosines(rng)
    before = matches.rows.copy(), matches.scores.copy(), labels.copy()
    knn_vote(matches, labels, k=5, f="square")
    for array, copy in zip((matches.rows, matches.scores, labels), before, strict=True):
        np.testing.assert_array_equal(array, copy)


def test_faults_are_refused(rng: np.random.Generator) -> None:
    matches, labels = _cosines(rng)
    with pytest.raises(ValueError, match="k is 0"):
        knn_vote(matches, labels, k=0)
    with pytest.raises(ShapeError, match="matches hold 60 neighbours, the vote wants 61"):
        knn_vote(matches, labels, k=61)
    with pytest.raises(ShapeError, match="matches point at row 59, but there are 59 labels"):
        knn_vote(matches, labels[:59], k=60)
    with pytest.raises(ShapeError, match="wanted integers"):
        knn_vote(matches, labels.astype(float), k=3)
    with pytest.raises(ValueError, match="'cube'; wanted one of identity, log, sqrt, square, or a function"):
        knn_vote(matches, labels, k=3, f="cube")


def test_the_majority_by_hand() -> None:
    """Three of five are of 8; where two and two are equal, the nearest has it."""
    matches = Matches(np.array([[0, 1, 2, 3, 4]]), np.array([[0.9, 0.8, 0.7, -0.6, -0.7]], np.float32))
    votes = majority_vote(matches, np.array([5, 5, 8, 8, 8]), k=5)
    assert (votes.labels.tolist(), votes.confidences.tolist()) == ([8], [3.0])
    four = majority_vote(matches, np.array([5, 8, 8, 5, 8]), k=4)
    assert (four.labels.tolist(), four.confidences.tolist()) == ([5], [2.0])


def test_the_top_score_is_the_nearest(rng: np.random.Generator) -> None:
    matches, labels = _cosines(rng)
    votes = top_vote(matches, labels)
    np.testing.assert_array_equal(votes.labels, labels[matches.rows[:, 0]])
    np.testing.assert_array_equal(votes.confidences, matches.scores[:, 0])
