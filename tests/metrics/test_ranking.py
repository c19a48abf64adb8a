"""Ranking metrics against slow loops from their formulas, hand-worked orders and what must change nothing."""

from __future__ import annotations

import math
from types import ModuleType

import numpy as np
import pytest

from resight.errors import ShapeError
from resight.metrics.ranking import (
    CONVENTIONS,
    RankingMean,
    auroc,
    average_precision,
    hit_at_k,
    mean_average_precision,
    micro_ap,
    micro_ap_of_known,
    n_s_score,
    nearest_first,
    precision_at_k,
    recall_at_k,
)
from resight.types import Array

T, F = True, False
BOUNDED = ["standard", "trapezoid"]


@pytest.fixture
def peer() -> ModuleType:
    """scikit-learn's metrics, whose second of loading is not for each process that only collects tests."""
    import sklearn.metrics

    return sklearn.metrics


def rankings(rng: np.random.Generator) -> tuple[Array, Array]:
    """Relevance and junk of 40 rankings of 12, each with something relevant and kept, and 6 kept entries or more."""
    relevant, ignored = rng.random((400, 12)) < 0.3, rng.random((400, 12)) < 0.2
    usable = (relevant & ~ignored).any(axis=1) & ((~ignored).sum(axis=1) >= 6)
    return relevant[usable][:40], ignored[usable][:40]


def slow_precision(relevant: Array, ignored: Array, k: int) -> float:
    shares = []
    for row, junk in zip(relevant, ignored, strict=True):
        listed = [bool(hit) for hit, out in zip(row, junk, strict=True) if not out]
        shares.append(sum(listed[:k]) / k)
    return sum(shares) / len(shares)


def slow_ap(row: Array, junk: Array, total: int, convention: str) -> float:
    """One ranking, entry by entry; precision before the first is 1 (Oxford)."""
    hits, place, before, area = 0, 0, 1.0, 0.0
    for hit, out in zip(row, junk, strict=True):
        if out:
            continue
        place += 1
        gained = 1 if hit else 0
        hits += gained
        precision = hits / place
        steps = {"standard": gained * precision, "seed": precision, "trapezoid": gained * (before + precision) / 2}
        area += steps[convention] / total
        before = precision
    return area


class TestPrecisionAtK:
    @pytest.mark.parametrize("k", [1, 2, 6])
    def test_matches_a_slow_loop(self, k: int, rng: np.random.Generator) -> None:
        relevant, ignored = rankings(rng)
        assert precision_at_k(relevant, k, ignored=ignored) == pytest.approx(slow_precision(relevant, ignored, k))
        assert precision_at_k(relevant, k) == pytest.approx(slow_precision(relevant, np.zeros_like(relevant), k))

    def test_worked_by_hand(self) -> None:
        relevant = np.array([[T, F, T, F], [F, F, F, T]])
        assert [precision_at_k(relevant, k) for k in (1, 2, 3, 4)] == [1 / 2, 1 / 4, 2 / 6, 3 / 8]

    def test_ignored_entries_give_their_place_away(self) -> None:
        assert precision_at_k(np.array([[F, T, F]]), 1, ignored=np.array([[T, F, F]])) == 1
        assert precision_at_k(np.array([[T, F, F]]), 1, ignored=np.array([[T, F, F]])) == 0

    def test_entries_after_the_kth_change_nothing(self, rng: np.random.Generator) -> None:
        relevant, _ = rankings(rng)
        assert precision_at_k(relevant, 3) == precision_at_k(relevant[:, :3], 3)

    @pytest.mark.parametrize("k", [0, 4, -1])
    def test_refuses_places_that_nothing_fills(self, k: int) -> None:
        with pytest.raises(ShapeError, match=f"precision at {k} .* 1 <= k <= 3"):
            precision_at_k(np.ones((2, 3), bool), k)

    def test_refuses_a_query_with_too_few_entries_kept(self) -> None:
        with pytest.raises(ShapeError, match="1 <= k <= 1"):
            precision_at_k(np.ones((1, 3), bool), 2, ignored=np.array([[T, F, T]]))

    @pytest.mark.parametrize("shape", [(0, 3), (3, 0), (3,)])
    def test_refuses_empty_and_flat_rankings(self, shape: tuple[int, ...]) -> None:
        with pytest.raises(ShapeError, match="relevant has shape"):
            precision_at_k(np.ones(shape, bool), 1)


class TestAveragePrecision:
    @pytest.mark.parametrize("convention", CONVENTIONS)
    def test_matches_a_slow_loop(self, convention: str, rng: np.random.Generator) -> None:
        relevant, ignored = rankings(rng)
        totals = (relevant & ~ignored).sum(axis=1) + rng.integers(3, size=len(relevant))
        found = average_precision(relevant, totals=totals, ignored=ignored, convention=convention)
        expected = [
            slow_ap(row, junk, int(total), convention)
            for row, junk, total in zip(relevant, ignored, totals, strict=True)
        ]
        np.testing.assert_allclose(found, expected)

    def test_standard_is_that_of_scikit_learn(self, peer: ModuleType, rng: np.random.Generator) -> None:
        relevant, _ = rankings(rng)
        relevant = relevant[relevant.any(axis=1)]
        falling = -np.arange(relevant.shape[1])
        expected = [peer.average_precision_score(r, falling) for r in relevant]
        np.testing.assert_allclose(average_precision(relevant), expected)

    def test_worked_by_hand(self) -> None:
        relevant = np.array([[T, F, T, F]])
        assert average_precision(relevant) == pytest.approx([(1 + 2 / 3) / 2])
        assert average_precision(relevant, convention="seed") == pytest.approx([(1 + 1 / 2 + 2 / 3 + 2 / 4) / 2])
        # Oxford: ½ (1 + 1) / 2 at the first, ½ (1/2 + 2/3) / 2 at the third.
        assert average_precision(relevant, convention="trapezoid") == pytest.approx([1 / 2 + 7 / 24])
        # A wrong first entry: precision falls from 1 to 0, then rises to 1/2.
        assert average_precision(np.array([[F, T]]), convention="trapezoid") == pytest.approx([1 / 4])

    @pytest.mark.parametrize("convention", BOUNDED)
    def test_perfect_is_one_and_the_rest_less(self, convention: str, rng: np.random.Generator) -> None:
        perfect = np.array([[T, F, F, F], [T, T, T, F], [T, T, T, T]])
        assert average_precision(perfect, convention=convention).tolist() == [1, 1, 1]
        found = average_precision(rankings(rng)[0] | np.eye(12, dtype=bool)[-1], convention=convention)
        assert (found < 1).all()
        assert (found > 0).all()

    def test_the_printed_formula_may_exceed_one(self) -> None:
        assert average_precision(np.array([[T, F, F, F]]), convention="seed") == pytest.approx([25 / 12])

    @pytest.mark.parametrize("convention", BOUNDED)
    def test_a_distractor_ranked_last_changes_nothing(self, convention: str, rng: np.random.Generator) -> None:
        relevant = rankings(rng)[0] | np.eye(12, dtype=bool)[3]
        longer = np.pad(relevant, [(0, 0), (0, 5)])
        found = average_precision(longer, convention=convention)
        np.testing.assert_allclose(found, average_precision(relevant, convention=convention))

    @pytest.mark.parametrize("convention", CONVENTIONS)
    def test_junk_is_as_if_it_were_not_there(self, convention: str, rng: np.random.Generator) -> None:
        relevant, ignored = rankings(rng)
        found = average_precision(relevant, ignored=ignored, convention=convention)
        for row, junk, one in zip(relevant, ignored, found, strict=True):
            assert average_precision(row[~junk][None], convention=convention) == pytest.approx([one])

    def test_what_was_not_found_lowers_it(self) -> None:
        relevant = np.array([[T, F]])
        assert average_precision(relevant, totals=np.array([4])) == pytest.approx([1 / 4])
        assert average_precision(np.array([[F, F]]), totals=np.array([4])) == pytest.approx([0])

    @pytest.mark.parametrize("convention", CONVENTIONS)
    def test_each_query_has_its_own_in_any_order(self, convention: str, rng: np.random.Generator) -> None:
        relevant, ignored = rankings(rng)
        found = average_precision(relevant, ignored=ignored, convention=convention)
        rows = rng.permutation(len(relevant))
        shuffled = average_precision(relevant[rows], ignored=ignored[rows], convention=convention)
        np.testing.assert_array_equal(shuffled, found[rows])

    def test_refuses_queries_without_an_answer_and_totals_below_what_was_found(self) -> None:
        with pytest.raises(ValueError, match="1 of 2 queries have nothing relevant"):
            average_precision(np.array([[T, F], [F, F]]))
        with pytest.raises(ValueError, match="1 of 1 queries have nothing relevant"):
            average_precision(np.array([[T, F]]), ignored=np.array([[T, F]]))
        with pytest.raises(ValueError, match="1 of 2 queries found more"):
            average_precision(np.array([[T, T], [T, F]]), totals=np.array([1, 1]))

    def test_refuses_other_conventions_and_junk_of_another_ranking(self) -> None:
        with pytest.raises(ValueError, match="'oxford', wanted one of standard, seed, trapezoid"):
            average_precision(np.array([[T]]), convention="oxford")
        with pytest.raises(ShapeError, match="ignored has shape"):
            average_precision(np.array([[T, F]]), ignored=np.array([[T]]))


def slow_micro_ap(correct: Array, confidences: Array, answerable: Array) -> float:
    """Equation 4.1 with P taken after everything that is at least as confident."""
    total = 0.0
    for confidence, right in zip(confidences, correct, strict=True):
        if right:
            listed = [bool(other) for other, sure in zip(correct, confidences, strict=True) if sure >= confidence]
            total += sum(listed) / len(listed)
    return total / sum(bool(one) for one in answerable)


def museum(rng: np.random.Generator, q: int = 60) -> tuple[Array, Array, Array]:
    """Answers of which many share a confidence."""
    answerable = rng.random(q) < 0.7
    return answerable & (rng.random(q) < 0.6), rng.integers(12, size=q) / 12, answerable


class TestMicroAP:
    @pytest.mark.parametrize("seed", range(10))
    def test_matches_a_slow_loop(self, seed: int) -> None:
        sample = museum(np.random.default_rng(seed))
        assert micro_ap(*sample) == pytest.approx(slow_micro_ap(*sample))

    def test_worked_by_hand(self) -> None:
        correct, answerable = np.array([T, F, T, F]), np.array([T, F, T, T])
        # In order: right 1/1, unknown, right 2/3, wrong; three could be answered.
        assert micro_ap(correct, np.array([0.9, 0.8, 0.7, 0.1]), answerable) == pytest.approx((1 + 2 / 3) / 3)
        # All tied: two of four right, for each of the two.
        assert micro_ap(correct, np.ones(4), answerable) == pytest.approx(2 * (2 / 4) / 3)

    def test_is_scikit_learns_average_precision_where_all_answers_are_right_or_unknown(
        self, peer: ModuleType, rng: np.random.Generator
    ) -> None:
        answerable, confidences = rng.random(80) < 0.5, rng.integers(20, size=80).astype(float)
        expected = peer.average_precision_score(answerable, confidences)
        assert micro_ap(answerable, confidences, answerable) == pytest.approx(expected)

    def test_a_perfect_ranking_is_one(self) -> None:
        right = np.array([T, T, T, F, F])
        assert micro_ap(right, np.array([3.0, 2.0, 2.0, 1.0, 0.0]), right) == 1

    def test_nothing_correct_is_zero(self) -> None:
        assert micro_ap(np.zeros(3, bool), np.arange(3.0), np.array([T, T, F])) == 0

    def test_unknown_photos_can_only_lower_it_and_ranked_last_change_nothing(self, rng: np.random.Generator) -> None:
        correct, confidences, answerable = museum(rng)
        before = micro_ap(correct, confidences, answerable)
        for confidence in np.linspace(-1, 2, 31):
            after = micro_ap(np.append(correct, F), np.append(confidences, confidence), np.append(answerable, F))
            assert after <= before
            assert (after == before) == (confidence < confidences[correct].min())

    def test_an_answerable_query_without_a_name_only_counts_in_m(self) -> None:
        assert micro_ap(np.array([T, F]), np.array([0.1, -np.inf]), np.array([T, T])) == 1 / 2

    def test_order_of_queries_and_monotone_confidences_change_nothing(self, rng: np.random.Generator) -> None:
        correct, confidences, answerable = museum(rng)
        before, rows = micro_ap(correct, confidences, answerable), rng.permutation(60)
        assert micro_ap(correct[rows], confidences[rows], answerable[rows]) == before
        assert micro_ap(correct, np.exp(5 * confidences), answerable) == before
        assert micro_ap(correct, (12 * confidences).round().astype(np.uint8), answerable) == before

    def test_refuses_no_answerable_queries(self) -> None:
        with pytest.raises(ValueError, match="0 answerable"):
            micro_ap(np.zeros(2, bool), np.zeros(2), np.zeros(2, bool))

    def test_refuses_right_answers_to_what_has_none(self) -> None:
        with pytest.raises(ValueError, match="1 of 2 queries are correct but not answerable"):
            micro_ap(np.array([T, F]), np.zeros(2), np.array([F, T]))

    def test_refuses_nan_empty_and_uneven(self) -> None:
        with pytest.raises(ValueError, match="1 NaN"):
            micro_ap(np.array([T]), np.array([math.nan]), np.array([T]))
        with pytest.raises(ShapeError, match="correct has shape"):
            micro_ap(np.zeros(0, bool), np.zeros(0), np.zeros(0, bool))
        with pytest.raises(ShapeError, match="confidences has shape"):
            micro_ap(np.array([T]), np.zeros(2), np.array([T]))


def slow_auroc(scores: Array, known: Array) -> float:
    wins = 0.0
    for inside in scores[known]:
        for outside in scores[~known]:
            wins += 1.0 if inside > outside else 0.5 if inside == outside else 0.0
    return wins / (known.sum() * (~known).sum())


class TestAUROC:
    @pytest.mark.parametrize("levels", [2, 7, 1000])
    def test_matches_a_slow_loop_and_scikit_learn(
        self, peer: ModuleType, levels: int, rng: np.random.Generator
    ) -> None:
        scores, known = rng.integers(levels, size=70) / levels, rng.random(70) < 0.4
        assert auroc(scores, known) == pytest.approx(slow_auroc(scores, known))
        assert auroc(scores, known) == pytest.approx(peer.roc_auc_score(known, scores))

    def test_worked_by_hand(self) -> None:
        # Pairs: 3 > 1, 3 > 2, 2 > 1, 2 = 2.
        assert auroc(np.array([3, 2, 2, 1]), np.array([T, T, F, F])) == 3.5 / 4

    def test_perfect_reversed_and_blind(self) -> None:
        known = np.array([T, T, F])
        assert auroc(np.array([2.0, np.inf, 1.0]), known) == 1
        assert auroc(np.array([0.0, -np.inf, 1.0]), known) == 0
        assert auroc(np.ones(3), known) == 0.5

    def test_swapping_the_kinds_mirrors_and_order_says_nothing(self, rng: np.random.Generator) -> None:
        scores, known = rng.integers(9, size=50), rng.random(50) < 0.5
        rows = rng.permutation(50)
        assert auroc(scores, ~known) == pytest.approx(1 - auroc(scores, known))
        assert auroc(scores[rows], known[rows]) == auroc(scores, known)

    @pytest.mark.parametrize("known", [np.ones(3, bool), np.zeros(3, bool)])
    def test_refuses_one_kind(self, known: Array) -> None:
        with pytest.raises(ValueError, match="undefined"):
            auroc(np.arange(3), known)


class TestNSScore:
    def test_counts_views_in_the_first_four(self, rng: np.random.Generator) -> None:
        relevant = rng.random((30, 6)) < 0.5
        expected = sum(sum(bool(one) for one in row[:4]) for row in relevant) / 30
        assert n_s_score(relevant) == pytest.approx(expected)

    def test_perfect_is_four(self) -> None:
        assert n_s_score(np.ones((5, 4), bool)) == 4

    def test_refuses_fewer_than_four_neighbours(self) -> None:
        with pytest.raises(ShapeError, match="precision at 4"):
            n_s_score(np.ones((5, 3), bool))


class TestNearestFirst:
    def test_equal_ones_keep_the_order_of_the_gallery(self) -> None:
        assert nearest_first(np.array([[0.5, 0.9, 0.5, 0.9], [1, 1, 1, 1]])).tolist() == [[1, 3, 0, 2], [0, 1, 2, 3]]

    def test_refuses_nan(self) -> None:
        with pytest.raises(ValueError, match="1 NaN"):
            nearest_first(np.array([[0.5, np.nan]]))


class TestHitsAndRecall:
    def test_worked_by_hand(self) -> None:
        relevant = np.array([[F, T, F, T], [T, F, F, F], [F, F, F, F]])
        assert hit_at_k(relevant, 1).tolist() == [F, T, F]
        assert hit_at_k(relevant, 2).tolist() == [T, T, F]
        assert recall_at_k(relevant[:2], 2).tolist() == [1 / 2, 1]
        assert recall_at_k(relevant[:2], 2, totals=np.array([4, 1])).tolist() == [1 / 4, 1]

    def test_junk_gives_its_place_away(self) -> None:
        relevant, junk = np.array([[F, T]]), np.array([[T, F]])
        assert hit_at_k(relevant, 1, ignored=junk).tolist() == [T]
        assert recall_at_k(relevant, 1, ignored=junk).tolist() == [1]

    def test_k_beyond_the_gallery_takes_all(self) -> None:
        assert hit_at_k(np.array([[F, T]]), 10).tolist() == [T]

    @pytest.mark.parametrize("k", [0, -1])
    def test_refuses_no_place(self, k: int) -> None:
        with pytest.raises(ValueError, match="wanted 1 or more"):
            hit_at_k(np.array([[T]]), k)


class TestMeanAveragePrecision:
    def test_counts_the_queries_that_it_is_not_of(self) -> None:
        found = mean_average_precision(np.array([[T, F], [F, T], [F, F]]))
        assert found == RankingMean(0.75, 2, 1)
        with pytest.raises(ValueError, match="none of 1 queries has anything relevant"):
            mean_average_precision(np.array([[F, F]]))

    def test_map_at_r_is_that_of_its_definition(self, rng: np.random.Generator) -> None:
        """Musgrave et al. 2020: precisions at the relevant of the first R, over R."""
        relevant, _ = rankings(rng)
        totals = relevant.sum(axis=1)
        kept = zip(relevant, totals, strict=True)
        expected = [slow_ap(row[:total], np.zeros(total, bool), total, "standard") for row, total in kept]
        found = mean_average_precision(relevant, totals=totals, depth=totals)
        assert found.value == pytest.approx(sum(expected) / len(expected), abs=1e-12)

    def test_a_cut_that_cuts_nothing_changes_nothing(self, rng: np.random.Generator) -> None:
        relevant, ignored = rankings(rng)
        found = average_precision(relevant, ignored=ignored, depth=12)
        np.testing.assert_array_equal(found, average_precision(relevant, ignored=ignored))

    def test_agrees_with_the_program_of_google_landmarks(self, rng: np.random.Generator) -> None:
        """MeanAveragePrecision of tensorflow/models, research/delf (commit e4009b23), in our words.

        The precision at each relevant one of the first 100 is summed and divided by the smaller of 100 and the number
        of relevant photos; the mean is over all queries of the solution, also those that got no prediction. A photo
        that was predicted before counts as nothing, but keeps its rank; a query without a relevant photo, which its
        lists have none of, would divide by zero: here it is told as unanswerable.
        """
        relevant = rng.random((5, 150)) < 0.8
        totals = relevant.sum(axis=1) + 30
        expected = []
        for row, total in zip(relevant, totals, strict=True):
            found = np.flatnonzero(row[:100])
            expected.append(sum((i + 1) / (rank + 1) for i, rank in enumerate(found)) / min(total, 100))
        ours = mean_average_precision(relevant, totals=totals, depth=100)
        assert ours.value == pytest.approx(np.mean(expected), abs=1e-9)

    def test_agrees_with_the_program_of_revisited_oxford(self, rng: np.random.Generator) -> None:
        """compute_map of revisitop, python/evaluate.py (commit 80bca954), in our words.

        Each positive's rank, from 0, is lowered by the junk before it. A positive of rank r, the j-th from 0, adds the
        mean of j / r, or 1 where r is 0, and (j + 1) / (r + 1), over the number of positives. A query without positives
        is nan and left out of the mean. Its P@10 divides by the smaller of 10 and the last positive's rank, ours by 10.
        """
        relevant, ignored = rankings(rng)
        relevant[0] = False
        relevant &= ~ignored
        expected = []
        for row, junk in zip(relevant, ignored, strict=True):
            ranks = np.flatnonzero(row) - junk.cumsum()[row]
            if len(ranks):
                steps = [((j / r if r else 1.0) + (j + 1) / (r + 1)) / 2 for j, r in enumerate(ranks)]
                expected.append(sum(steps) / len(ranks))
        ours = mean_average_precision(relevant, ignored=ignored, convention="trapezoid")
        assert ours.value == pytest.approx(np.mean(expected), abs=1e-9)
        assert (ours.queries, ours.unanswerable) == (len(relevant) - 1, 1)

    def test_refuses_no_depth(self) -> None:
        with pytest.raises(ValueError, match="wanted 1 or more"):
            average_precision(np.array([[T]]), depth=0)


class TestMicroAPOfKnown:
    def test_others_are_as_if_they_had_not_been_asked(self, rng: np.random.Generator) -> None:
        correct, confidences, answerable = museum(rng)
        found = micro_ap_of_known(correct, confidences, answerable)
        kept = correct[answerable], confidences[answerable]
        assert found == micro_ap(*kept, np.ones(answerable.sum(), bool))
        assert found >= micro_ap(correct, confidences, answerable)

    def test_agrees_with_the_programs_of_google_landmarks_and_met(self, rng: np.random.Generator) -> None:
        """GlobalAveragePrecision of tensorflow/models (e4009b23) and gap of nikosips/met (ab0462a7), in words.

        Both sort by score, largest first, equal ones by name and class (Google's) or as the sort leaves them (Met's);
        the precision at each right answer is summed and divided by the queries that have a landmark. Both have a second
        figure without the other queries, whose divisor is the same.
        """
        correct, confidences, answerable = museum(rng)
        for keep, ours in ((np.ones(60, bool), micro_ap), (answerable, micro_ap_of_known)):
            order = np.argsort(-confidences[keep], kind="stable")
            hits = correct[keep][order]
            gap = (hits * hits.cumsum() / (1 + np.arange(len(hits)))).sum() / answerable.sum()
            assert ours(correct, confidences, answerable, ties="in order") == pytest.approx(gap, abs=1e-9)

    def test_without_ties_their_order_does_not_matter(self, rng: np.random.Generator) -> None:
        correct, _, answerable = museum(rng)
        confidences = rng.random(60)
        together, apart = (micro_ap(correct, confidences, answerable, ties=ties) for ties in ("together", "in order"))
        assert together == pytest.approx(apart, abs=1e-12)
