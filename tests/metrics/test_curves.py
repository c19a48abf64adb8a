"""Curves of all thresholds against scikit-learn's, hand-worked ones and slow counts of pairs."""

from __future__ import annotations

from types import ModuleType

import numpy as np
import pytest

from resight.errors import ShapeError
from resight.metrics.curves import PrecisionRecall, error_trade_off, precision_recall, precision_recall_of_pairs
from resight.metrics.ranking import auroc, micro_ap
from resight.types import Array

T, F = True, False


@pytest.fixture
def peer() -> ModuleType:
    """scikit-learn's metrics, whose second of loading is not for each process that only collects tests."""
    import sklearn.metrics

    return sklearn.metrics


def tied(rng: np.random.Generator, q: int = 80) -> tuple[Array, Array]:
    """Scores of which many are equal, and which queries are known."""
    known = rng.random(q) < 0.6
    return (rng.integers(8, size=q) + 3 * known) / 10, known


class TestErrorTradeOff:
    def test_is_that_of_scikit_learn(self, peer: ModuleType, rng: np.random.Generator) -> None:
        scores, known = tied(rng)
        found = error_trade_off(scores, known)
        unknown, accepted, thresholds = peer.roc_curve(known, scores, drop_intermediate=False)
        np.testing.assert_allclose(found.false_accepted, unknown, atol=1e-12)
        np.testing.assert_allclose(found.accepted, accepted, atol=1e-12)
        np.testing.assert_array_equal(found.thresholds, thresholds)
        missed = {(round(x, 9), round(y, 9)) for x, y in zip(*peer.det_curve(known, scores)[:2], strict=True)}
        ours = {(round(x, 9), round(y, 9)) for x, y in zip(found.false_accepted, found.missed, strict=True)}
        assert missed <= ours

    def test_the_area_under_it_is_auroc(self, rng: np.random.Generator) -> None:
        scores, known = tied(rng)
        found = error_trade_off(scores, known)
        assert np.trapezoid(found.accepted, found.false_accepted) == pytest.approx(auroc(scores, known), abs=1e-12)

    def test_worked_by_hand(self) -> None:
        found = error_trade_off(np.array([0.9, 0.5, 0.5, 0.1]), np.array([T, T, F, F]))
        assert found.thresholds.tolist() == [np.inf, 0.9, 0.5, 0.1]
        assert found.accepted.tolist() == [0, 0.5, 1, 1]
        assert found.false_accepted.tolist() == [0, 0, 0.5, 1]
        # Between (0, ½ missed) and (½, 0 missed) both are ¼.
        assert found.equal_error_rate == pytest.approx(0.25)

    def test_equal_errors_of_what_is_told_apart_and_of_what_is_not(self) -> None:
        known = np.array([T, F])
        assert error_trade_off(np.array([1.0, 0.0]), known).equal_error_rate == 0
        assert error_trade_off(np.array([1.0, 1.0]), known).equal_error_rate == 0.5
        assert error_trade_off(np.array([0.0, 1.0]), known).equal_error_rate == 1

    @pytest.mark.parametrize("known", [[T, T], [F, F]])
    def test_of_one_kind_it_is_undefined(self, known: list[bool]) -> None:
        with pytest.raises(ValueError, match="is undefined, wanted some of each kind"):
            error_trade_off(np.zeros(2), np.array(known))


class TestPrecisionRecall:
    def test_worked_by_hand(self) -> None:
        """Right, unknown, right with an equal wrong one; three could be answered."""
        found = precision_recall(np.array([T, F, T, F]), np.array([0.9, 0.8, 0.7, 0.7]), np.array([T, F, T, T]))
        assert found.precision.tolist() == [1, 1, 1 / 2, 2 / 4]
        assert found.recall.tolist() == [0, 1 / 3, 1 / 3, 2 / 3]
        assert [found.recall_at(one) for one in (1, 0.99, 0.5, 0)] == [1 / 3, 1 / 3, 2 / 3, 2 / 3]

    def test_where_the_surest_is_wrong_nothing_is_found_at_full_precision(self) -> None:
        found = precision_recall(np.array([F, T]), np.array([2.0, 1.0]), np.array([F, T]))
        assert found.recall_at(1.0) == 0

    def test_steps_under_it_are_micro_ap(self, rng: np.random.Generator) -> None:
        confidences, answerable = tied(rng)
        correct = answerable & (rng.random(80) < 0.7)
        found = precision_recall(correct, confidences, answerable)
        steps = (np.diff(found.recall) * found.precision[1:]).sum()
        assert steps == pytest.approx(micro_ap(correct, confidences, answerable), abs=1e-12)

    def test_of_pairs_is_that_of_scikit_learn(self, peer: ModuleType, rng: np.random.Generator) -> None:
        similarities, relevant = rng.integers(20, size=(6, 9)) / 20, rng.random((6, 9)) < 0.3
        found = precision_recall_of_pairs(similarities, relevant)
        precision, recall, _ = peer.precision_recall_curve(relevant.ravel(), similarities.ravel())
        np.testing.assert_allclose(found.precision[1:], precision[:-1][::-1], atol=1e-12)
        np.testing.assert_allclose(found.recall[1:], recall[:-1][::-1], atol=1e-12)

    def test_of_pairs_with_none_one_and_many_matches(self) -> None:
        """The first query has two matches, the second one, the third none: three are to be found."""
        relevant = np.array([[T, T, F], [F, F, T], [F, F, F]])
        similarities = np.array([[0.9, 0.4, 0.1], [0.1, 0.1, 0.8], [0.1, 0.6, 0.1]])
        found = precision_recall_of_pairs(similarities, relevant)
        assert found.recall[:5].tolist() == [0, 1 / 3, 2 / 3, 2 / 3, 1]
        assert found.precision[:5].tolist() == [1, 1, 1, 2 / 3, 3 / 4]
        without = precision_recall_of_pairs(similarities, relevant, ignored=np.array([[F] * 3, [F] * 3, [F, T, F]]))
        assert without.recall_at(1) == 1

    def test_agrees_with_the_tutorial_of_place_recognition(self, rng: np.random.Generator) -> None:
        """VPR_Tutorial's evaluation/metrics.py (Schubert et al. 2023, commit 28136448), in our words.

        ``createPR`` takes queries as columns and tries 100 thresholds evenly from the largest similarity to the
        smallest, after a first point of precision 1 at recall 0. "single" keeps each query's best match and divides by
        the queries that have any; "multi" keeps all pairs and divides by the relevant ones. Similarities on that grid
        of thresholds give the same points; between grid points it steps over some of ours. Its ``recallAt100precision``
        is the largest recall where precision is 1.
        """
        relevant = rng.random((7, 12)) < 0.25
        relevant[2] = False  # a query with no match
        similarities = np.clip(rng.integers(100, size=(7, 12)) + 30 * relevant, 0, 99).astype(float)
        similarities[0, :2] = 0, 99  # the ends of the grid
        best = similarities.argmax(axis=1)
        right = np.take_along_axis(relevant, best[:, None], axis=1)[:, 0]
        single = precision_recall(right, similarities.max(axis=1), relevant.any(axis=1))
        multi = precision_recall_of_pairs(similarities, relevant)
        of_pairs = similarities.ravel(), relevant.ravel(), relevant.sum()
        of_best = similarities.max(axis=1), right, relevant.any(axis=1).sum()
        for found, (scores, hits, total) in ((multi, of_pairs), (single, of_best)):
            points, full = _tutorial(scores, hits, int(total))
            ours = {(round(p, 9), round(r, 9)) for p, r in zip(found.precision, found.recall, strict=True)}
            assert points <= ours
            assert found.recall_at(1.0) == pytest.approx(full, abs=1e-9)

    @pytest.mark.parametrize("precision", [-0.1, 1.1, np.nan, True])
    def test_refuses_precisions_that_are_none(self, precision: float) -> None:
        found = PrecisionRecall(np.zeros(1), np.ones(1), np.zeros(1))
        with pytest.raises(ValueError, match="a precision of"):
            found.recall_at(precision)

    def test_refuses_where_there_is_nothing_to_find(self) -> None:
        with pytest.raises(ValueError, match="nothing to find among 2 answers"):
            precision_recall(np.zeros(2, bool), np.zeros(2), np.zeros(2, bool))
        with pytest.raises(ShapeError, match="all of 4 pairs are ignored"):
            precision_recall_of_pairs(np.zeros((2, 2)), np.eye(2) > 0, ignored=np.ones((2, 2), bool))


def _tutorial(scores: Array, hits: Array, total: int) -> tuple[set[tuple[float, float]], float]:
    """Precision and recall at each of a hundred thresholds, and the largest recall at precision 1."""
    points = [(1.0, 0.0)]
    for threshold in np.linspace(scores.max(), scores.min(), 100):
        taken = scores >= threshold - 1e-9
        points.append((hits[taken].sum() / taken.sum(), hits[taken].sum() / total))
    return {(round(p, 9), round(r, 9)) for p, r in points}, max(
        recall for precision, recall in points if precision == 1
    )
