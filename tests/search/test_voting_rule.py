"""Voting rules, and the whole grid against one rule at a time and against scikit-learn."""

from __future__ import annotations

from types import ModuleType

import numpy as np
import pytest

from resight.search.exact import search
from resight.search.knn_vote import TRANSFORMS, knn_vote, majority_vote, top_vote
from resight.search.mean_vote import expanded_mean_vote, mean_vote
from resight.search.voting_rule import DISTANCE_RULES, EXPANSION_RULES, VotingRule, cast_votes, neighbours
from resight.types import Array, Matches, Votes


def _unit(rows: Array) -> Array:
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


@pytest.fixture(scope="module")
def case() -> tuple[Array, Array, Array]:
    """Queries, gallery and labels of nine instances, near enough for no cosine to be negative."""
    rng = np.random.default_rng(5)
    centres = rng.uniform(0.2, 1, size=(9, 6))
    labels = rng.integers(0, 9, size=70)
    gallery = _unit(np.abs(centres[labels] + 0.3 * rng.normal(size=(70, 6))))
    return _unit(np.abs(centres[rng.integers(0, 9, size=40)] + 0.3 * rng.normal(size=(40, 6)))), gallery, labels


@pytest.fixture
def peer() -> ModuleType:
    """scikit-learn's neighbours, whose second of loading is not for each process that only collects tests."""
    import sklearn.neighbors

    return sklearn.neighbors


def _equal(one: Votes, other: Votes) -> None:
    np.testing.assert_array_equal(one.labels, other.labels)
    np.testing.assert_allclose(one.confidences, other.confidences, atol=1e-12)


def test_the_grid_is_its_rules(case: tuple[Array, Array, Array]) -> None:
    queries, gallery, labels = case
    rules = (*DISTANCE_RULES, *EXPANSION_RULES, VotingRule("majority", 5), VotingRule("top"))
    matches = search(queries, gallery, neighbours(rules))
    found = cast_votes(rules, matches, labels, queries=queries, gallery=gallery)
    assert tuple(found) == rules
    _equal(found[VotingRule("similarity", 7, "log")], knn_vote(matches, labels, k=7, f="log"))
    _equal(found[VotingRule("majority", 5)], majority_vote(matches, labels, k=5))
    _equal(found[VotingRule("top")], top_vote(matches, labels))
    _equal(found[VotingRule("mean", 13)], mean_vote(matches, labels, queries, gallery, k=13))
    _equal(
        found[VotingRule("mean", 13, alpha=0.6)],
        expanded_mean_vote(matches, labels, queries, gallery, k=13, alpha=0.6),
    )


@pytest.mark.parametrize("f", sorted(TRANSFORMS))
@pytest.mark.parametrize("k", [1, 7, 70])
def test_it_agrees_with_scikit_learn(f: str, k: int, case: tuple[Array, Array, Array], peer: ModuleType) -> None:
    """The classifier with cosine distances and weights f(1 − distance), whose shares are our sums, parted."""
    queries, gallery, labels = case[0].astype(np.float64), case[1].astype(np.float64), case[2]
    weights = lambda distances: TRANSFORMS[f](1 - distances)  # noqa: E731
    classifier = peer.KNeighborsClassifier(k, metric="cosine", algorithm="brute", weights=weights)
    shares = classifier.fit(gallery, labels).predict_proba(queries)
    lengths = np.linalg.norm(queries, axis=1)[:, None] * np.linalg.norm(gallery, axis=1)
    cosines = queries @ gallery.T / lengths  # in float64; a search gives float32
    rows = np.argsort(-cosines, axis=1)[:, :k]
    votes = knn_vote(Matches(rows, np.take_along_axis(cosines, rows, axis=1)), labels, k=k, f=f)
    totals = np.take_along_axis(TRANSFORMS[f](cosines), rows, axis=1).sum(axis=1)
    np.testing.assert_array_equal(votes.labels, classifier.classes_[shares.argmax(axis=1)])
    np.testing.assert_allclose(votes.confidences / totals, shares.max(axis=1), atol=1e-12)


def test_the_majority_agrees_with_scikit_learn(case: tuple[Array, Array, Array], peer: ModuleType) -> None:
    queries, gallery, labels = case
    classifier = peer.KNeighborsClassifier(9, metric="cosine", algorithm="brute").fit(gallery, labels)
    shares = classifier.predict_proba(queries)
    votes = majority_vote(search(queries, gallery, 9), labels, k=9)
    np.testing.assert_array_equal(votes.confidences, np.rint(9 * shares.max(axis=1)))
    alone = (shares == shares.max(axis=1, keepdims=True)).sum(axis=1) == 1  # of ties we take the nearest's
    np.testing.assert_array_equal(votes.labels[alone], classifier.predict(queries)[alone])


def test_rules_say_what_they_are() -> None:
    said = {
        "similarity-weighted vote, f = sqrt, k = 7": VotingRule("similarity", 7, "sqrt"),
        "majority vote, k = 3": VotingRule("majority", 3),
        "Mean k-NN, k = 3": VotingRule("mean", 3),
        "Mean k-NN, α = 0.7, k = 3": VotingRule("mean", 3, alpha=0.7),
        "top score": VotingRule("top"),
    }
    assert {str(rule): rule for rule in said.values()} == said


def test_faults_are_refused(case: tuple[Array, Array, Array]) -> None:
    with pytest.raises(ValueError, match=r"kind is .meen.; .* did you mean .mean."):
        VotingRule("meen")
    with pytest.raises(ValueError, match="f is 'cube'"):
        VotingRule("similarity", 3, "cube")
    with pytest.raises(ValueError, match="k is 0"):
        VotingRule("mean", 0)
    with pytest.raises(ValueError, match="k is 2; wanted at least 1 neighbour, and 1 of the top score"):
        VotingRule("top", 2)
    with pytest.raises(ValueError, match="f is 'log' of a mean vote"):
        VotingRule("mean", 3, "log")
    with pytest.raises(ValueError, match=r"alpha is 0\.5 of a majority vote"):
        VotingRule("majority", 3, alpha=0.5)
    queries, gallery, labels = case
    with pytest.raises(ValueError, match="a vote of means is wanted without descriptors"):
        cast_votes([VotingRule("mean", 3)], search(queries, gallery, 3), labels)
