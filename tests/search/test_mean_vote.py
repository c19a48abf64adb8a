"""Mean k-NN and its expansion against a loop over the formulas, by hand, and what must not change them."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from resight.errors import ShapeError
from resight.search import mean_vote as module
from resight.search.exact import search
from resight.search.knn_vote import knn_vote, top_vote
from resight.search.mean_vote import expanded_mean_vote, mean_vote, mean_votes, threshold_of
from resight.types import UNKNOWN, Matches, Votes

Case = tuple[Matches, Any, Any, Any]


def _case(rng: np.random.Generator, *, q: int = 30, n: int = 80, d: int = 4, classes: int = 12) -> Case:
    """Neighbours, labels and unit descriptors; some instances have one photo, one has a quarter of all."""
    rows = rng.normal(size=(q + n, d)).astype(np.float32)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    labels = rng.integers(0, classes, size=n)
    labels[: n // 4] = 0
    labels[-5:] = 100 + np.arange(5)
    return search(rows[:q], rows[q:], n), labels, rows[:q], rows[q:]


def _slow(case: Case, k: int, alpha: float | None) -> list[tuple[int, float]]:
    """Straight from equations 4.7 to 4.10, one query and one class at a time."""
    matches, labels, queries, gallery = case
    wide = gallery.astype(np.float64) / np.linalg.norm(gallery.astype(np.float64), axis=1, keepdims=True)
    answers = []
    for query, rows in zip(queries.astype(np.float64), matches.rows[:, :k].tolist(), strict=True):
        best = (UNKNOWN, -math.inf)
        for label in dict.fromkeys(labels[row] for row in rows):  # nearest first
            near = [row for row in rows if labels[row] == label]
            joined = set(near)
            if alpha is not None:
                joined |= {
                    row
                    for row in range(len(labels))
                    if labels[row] == label and any(wide[row] @ wide[x] >= alpha for x in near)
                }
            mean = np.mean([wide[row] for row in sorted(joined)], axis=0)
            cosine = float(query @ mean / np.linalg.norm(query) / np.linalg.norm(mean))
            best = (int(label), cosine) if cosine > best[1] + 1e-12 else best
        answers.append(best)
    return answers


def _same(one: Votes, other: Votes) -> None:
    np.testing.assert_array_equal(one.labels, other.labels)
    np.testing.assert_allclose(one.confidences, other.confidences, atol=1e-12)


@pytest.mark.parametrize("alpha", [None, 0.9, 0.5, 0.2, -1.0])
@pytest.mark.parametrize("d", [3, 40])
def test_it_is_the_loop(alpha: float | None, d: int, rng: np.random.Generator) -> None:
    """In fewer dimensions than a label has photos, and in more."""
    case = _case(rng, d=d)
    found = mean_votes(*case, ks=(1, 3, 17, 80), thresholds=(0.7, alpha))
    for k in (1, 3, 17, 80):
        labels, cosines = zip(*_slow(case, k, alpha), strict=True)
        np.testing.assert_array_equal(found[k, alpha].labels, labels)
        np.testing.assert_allclose(found[k, alpha].confidences, cosines, atol=1e-12)


def test_blocks_change_nothing(monkeypatch: pytest.MonkeyPatch, rng: np.random.Generator) -> None:
    case = _case(rng)
    whole = mean_votes(*case, ks=(9, 40), thresholds=(None, 0.4))
    monkeypatch.setattr(module, "_QUERIES", 7)
    monkeypatch.setattr(module, "_NUMBERS", 50)
    for setting, votes in mean_votes(*case, ks=(9, 40), thresholds=(None, 0.4)).items():
        _same(votes, whole[setting])


def test_by_hand() -> None:
    """Two photos of 8 stand either side of the query, and their mean looks straight at it; the nearest is of 5."""
    gallery = np.array([[0.6, 0.8], [0.6, -0.8], [0.8, 0.6]], np.float32)
    queries = np.array([[1.0, 0.0]], np.float32)
    labels = np.array([8, 8, 5])
    matches = search(queries, gallery, 3)
    votes = mean_vote(matches, labels, queries, gallery, k=3)
    assert (votes.labels.tolist(), votes.confidences.tolist()) == ([8], [pytest.approx(1.0)])
    two = mean_vote(matches, labels, queries, gallery, k=2)  # one of 8 is too far
    assert (two.labels.tolist(), two.confidences.tolist()) == ([5], [pytest.approx(0.8)])
    # Their cosine is −0.28, so that from there on one brings the other.
    joined = expanded_mean_vote(matches, labels, queries, gallery, k=2, alpha=-0.29)
    assert (joined.labels.tolist(), joined.confidences.tolist()) == ([8], [pytest.approx(1.0)])
    apart = expanded_mean_vote(matches, labels, queries, gallery, k=2, alpha=-0.27)
    assert (apart.labels.tolist(), apart.confidences.tolist()) == ([5], [pytest.approx(0.8)])


def test_without_anything_near_enough_it_is_the_mean(rng: np.random.Generator) -> None:
    *matches, queries, gallery = _case(rng)
    _same(
        expanded_mean_vote(*matches, queries, gallery, k=9, alpha=1.0),
        mean_vote(*matches, queries, gallery, k=9),
    )


def test_a_radius_is_an_angle(rng: np.random.Generator) -> None:
    case = _case(rng)
    for alpha in (0.9, 0.5, -0.3):
        radius = math.sqrt(2 - 2 * alpha)
        assert threshold_of(radius) == pytest.approx(alpha)
        _same(expanded_mean_vote(*case, k=9, alpha=alpha), expanded_mean_vote(*case, k=9, radius=radius))


def test_with_one_neighbour_or_one_photo_each_it_is_the_nearest(rng: np.random.Generator) -> None:
    matches, labels, queries, gallery = _case(rng)
    nearest = top_vote(matches, labels)
    for votes in (
        mean_vote(matches, labels, queries, gallery, k=1),
        Votes(labels[mean_vote(matches, np.arange(80), queries, gallery, k=80).labels], nearest.confidences),
    ):
        np.testing.assert_array_equal(votes.labels, nearest.labels)
        np.testing.assert_allclose(votes.confidences, nearest.confidences, atol=1e-6)


def test_lengths_do_not_matter(rng: np.random.Generator) -> None:
    matches, labels, queries, gallery = _case(rng)
    longer = gallery * rng.uniform(0.5, 4, size=(80, 1))
    _same(
        mean_vote(matches, labels, queries * 3, longer, k=9),
        mean_vote(matches, labels, queries, gallery, k=9),
    )


def test_permuting_the_gallery_changes_nothing(rng: np.random.Generator) -> None:
    matches, labels, queries, gallery = _case(rng)
    order = rng.permutation(len(labels))
    moved = search(queries, gallery[order], 80)
    for setting, votes in mean_votes(
        moved, labels[order], queries, gallery[order], ks=(9,), thresholds=(None, 0.5)
    ).items():
        _same(votes, mean_votes(matches, labels, queries, gallery, ks=(9,), thresholds=(None, 0.5))[setting])


def test_of_equal_means_the_label_of_the_nearest_wins() -> None:
    """All three photos are one; their places decide, and no rounding."""
    gallery = np.repeat(np.array([[0.3, -0.7, 0.2]], np.float32), 4, axis=0)
    votes = mean_vote(search(gallery[:1], gallery, 4), np.array([3, 9, 9, 3]), gallery[:1], gallery, k=4)
    assert votes.labels.tolist() == [3]
    swapped = mean_vote(search(gallery[:1], gallery, 4), np.array([9, 3, 3, 9]), gallery[:1], gallery, k=4)
    assert swapped.labels.tolist() == [9]


def test_opposite_photos_have_no_mean() -> None:
    gallery = np.array([[1.0, 0.0], [-1.0, 0.0], [0.6, 0.8]], np.float32)
    queries = np.array([[1.0, 0.0]], np.float32)
    votes = mean_vote(search(queries, gallery, 3), np.array([0, 0, 1]), queries, gallery, k=3)
    assert (votes.labels.tolist(), votes.confidences.tolist()) == ([1], [pytest.approx(0.6)])


def test_missing_neighbours_do_not_vote() -> None:
    queries, gallery = np.ones((2, 2), np.float32), np.array([[1.0, 0], [0, 1]], np.float32)
    matches = Matches(np.array([[1, -1, -1], [-1, -1, -1]]), np.array([[0.7, -np.inf, -np.inf], [-np.inf] * 3]))
    votes = mean_vote(matches, np.array([4, 4]), queries, gallery, k=3)
    assert votes.labels.tolist() == [4, UNKNOWN]
    np.testing.assert_allclose(votes.confidences, [math.sqrt(0.5), -np.inf])


def test_an_empty_gallery_knows_nothing() -> None:
    nobody, labels = np.ones((0, 3), np.float32), np.zeros(0, np.int64)
    queries = np.ones((2, 3), np.float32)
    votes = mean_vote(search(queries, nobody, 4), labels, queries, nobody, k=4)
    assert votes.labels.tolist() == [UNKNOWN, UNKNOWN]
    assert np.isneginf(votes.confidences).all()
    none = mean_vote(search(nobody, queries, 2), np.array([1, 1]), nobody, queries, k=2)
    assert none.labels.shape == none.confidences.shape == (0,)


def test_a_mean_is_no_sum(rng: np.random.Generator) -> None:
    """An instance with many photos near the query gains nothing by their number."""
    matches, labels, queries, gallery = _case(rng, n=200, classes=6)
    summed = knn_vote(matches, labels, k=60)
    meant = mean_vote(matches, labels, queries, gallery, k=60)
    assert (summed.labels == 0).mean() > (meant.labels == 0).mean()
    assert (np.abs(meant.confidences) <= 1 + 1e-12).all()


def test_faults_are_refused(rng: np.random.Generator) -> None:
    matches, labels, queries, gallery = _case(rng)
    with pytest.raises(ValueError, match="k is 0"):
        mean_votes(matches, labels, queries, gallery, ks=(3, 0))
    with pytest.raises(ShapeError, match="matches hold 80 neighbours, the vote wants 81"):
        mean_vote(matches, labels, queries, gallery, k=81)
    with pytest.raises(ShapeError, match="30 queries with 80 labels have descriptors"):
        mean_vote(matches, labels, queries[1:], gallery, k=3)
    with pytest.raises(ValueError, match="alpha is None and radius is None; wanted one of them"):
        expanded_mean_vote(matches, labels, queries, gallery, k=3)
    with pytest.raises(ValueError, match=r"radius is -0.1; wanted a distance"):
        expanded_mean_vote(matches, labels, queries, gallery, k=3, radius=-0.1)
