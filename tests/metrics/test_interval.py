"""Intervals against the equations that define them, resampling against a slow loop, the exact test against counting."""

from __future__ import annotations

import itertools
import json
import math
from statistics import NormalDist

import numpy as np
import pytest

from resight.errors import ShapeError
from resight.metrics.interval import (
    Estimate,
    McNemar,
    bootstrap,
    bootstrap_difference,
    mcnemar,
    wilson,
    wilson_by_group,
)
from resight.types import Array


def mean(values: Array) -> float:
    return float(values.mean())


def spread(values: Array, known: Array) -> float:
    """A statistic that needs both kinds, as AUROC does."""
    if known.all() or not known.any():
        raise ValueError("one kind only")
    return float(values[known].mean() - values[~known].mean())


def edge(successes: int, n: int, z: float, side: int) -> float:
    """The p furthest from the share on one side with |share - p| <= z sqrt(p (1 - p) / n), by bisection."""
    inside, outside = successes / n, float(side)
    for _ in range(200):
        p = (inside + outside) / 2
        within = abs(successes / n - p) <= z * math.sqrt(p * (1 - p) / n)
        inside, outside = (p, outside) if within else (inside, p)
    return inside


class TestWilson:
    @pytest.mark.parametrize("level", [0.5, 0.95, 0.999])
    @pytest.mark.parametrize(("successes", "n"), [(1, 2), (3, 10), (9, 10), (70, 1000), (1, 10_000)])
    def test_is_the_set_of_shares_that_a_score_test_does_not_reject(self, successes: int, n: int, level: float) -> None:
        z = NormalDist().inv_cdf(0.5 + level / 2)
        found = wilson(successes, n, level=level)
        assert found.value == successes / n
        assert found.n == n
        assert found.low == pytest.approx(edge(successes, n, z, 0), rel=1e-9)
        assert found.high == pytest.approx(edge(successes, n, z, 1), rel=1e-9)

    def test_worked_by_hand(self) -> None:
        # z² = 3.8415: none of 10 gives [0, z² / (10 + z²)].
        none, all_of_them = wilson(0, 10), wilson(10, 10)
        assert (none.value, none.low, none.n) == (0, 0, 10)
        assert none.high == pytest.approx(3.8415 / 13.8415, abs=1e-4)
        assert (all_of_them.value, all_of_them.high) == (1, 1)
        assert all_of_them.low == pytest.approx(10 / 13.8415, abs=1e-4)
        assert wilson(5, 10).low == pytest.approx(0.2366, abs=1e-4)

    def test_hits_of_one_group_count_as_far_as_they_differ(self) -> None:
        """Of pairs that are alike each counts once; of pairs that are not each hit; each alone is as before."""
        alike, mixed = np.repeat([True, False, True, True], 2), np.tile([True, False], 4)
        pairs, alone = np.repeat(np.arange(4), 2), np.arange(8)
        assert wilson_by_group(alike, alone) == wilson(6, 8)
        assert wilson_by_group(mixed, pairs).low == pytest.approx(wilson(4, 8).low)
        # Of four pairs with 2, 0, 2, 2 hits the strays from 1.5 are .5, −1.5, .5, .5, squares that sum to 3: the design
        # effect is 4/3 · 3/8 / (3/16) = 8/3, and eight hits count as three.
        found, z = wilson_by_group(alike, pairs), NormalDist().inv_cdf(0.975)
        assert (found.value, found.n) == (0.75, 8)
        half = z * math.sqrt(0.75 * 0.25 / 3 + z * z / 36) / (1 + z * z / 3)
        assert (found.high - found.low) / 2 == pytest.approx(half)
        flawless = wilson_by_group(np.ones(8, bool), pairs)
        assert (flawless.low, flawless.high, flawless.n) == (pytest.approx(wilson(4, 4).low), 1.0, 8)

    @pytest.mark.parametrize("n", [1, 2, 7, 100])
    def test_stays_in_range_and_mirrors(self, n: int) -> None:
        for successes in range(n + 1):
            found, mirrored = wilson(successes, n), wilson(n - successes, n)
            assert 0 <= found.low <= found.value <= found.high <= 1
            assert found.low < found.high
            assert found.low == pytest.approx(1 - mirrored.high, abs=1e-12)

    def test_narrows_with_more_queries_and_widens_with_level(self) -> None:
        def width(found: Estimate) -> float:
            return found.high - found.low

        assert width(wilson(30, 100)) < width(wilson(3, 10))
        assert width(wilson(3, 10, level=0.99)) > width(wilson(3, 10))

    def test_counts_of_numpy_give_plain_numbers(self) -> None:
        found = wilson(np.int64(3), np.int64(4))
        assert {type(value) for value in found.to_dict().values()} == {float, int}

    @pytest.mark.parametrize(("successes", "n"), [(0, 0), (3, 2), (-1, 2), (0, -1)])
    def test_refuses_shares_that_do_not_exist(self, successes: int, n: int) -> None:
        with pytest.raises(ValueError, match=f"{successes} in {n}"):
            wilson(successes, n)

    def test_refuses_fractions_of_a_query(self) -> None:
        with pytest.raises(TypeError, match="integer"):
            wilson(0.5, 2)  # type: ignore[arg-type]

    @pytest.mark.parametrize("level", [0.0, 1.0, 95.0, math.nan])
    def test_refuses_levels_that_are_none(self, level: float) -> None:
        with pytest.raises(ValueError, match="level"):
            wilson(1, 2, level=level)


class TestBootstrap:
    def test_matches_a_slow_loop_over_the_same_draws(self) -> None:
        values = np.random.default_rng(0).normal(size=13)
        found = bootstrap(mean, values, rng=np.random.default_rng(7), rounds=101, level=0.9)
        rng = np.random.default_rng(7)
        draws = [rng.integers(13, size=13) for _ in range(101)]
        drawn = sorted(math.fsum(float(values[i]) for i in rows) / 13 for rows in draws)
        # Of 101 sorted values, those 5 from either end stand at 5 % and 95 %.
        assert (found.low, found.high) == pytest.approx((drawn[5], drawn[95]))
        assert found.value == pytest.approx(math.fsum(values) / 13)
        assert found.n == 13

    def test_agrees_with_normal_theory_on_a_mean(self, rng: np.random.Generator) -> None:
        values = rng.normal(size=400)
        found = bootstrap(mean, values, rng=rng, rounds=2000)
        half = 1.96 * float(values.std()) / 20
        assert found.low == pytest.approx(values.mean() - half, abs=half / 10)
        assert found.high == pytest.approx(values.mean() + half, abs=half / 10)

    def test_rows_of_all_arrays_stay_together(self, rng: np.random.Generator) -> None:
        first, second = np.arange(20.0), np.arange(40.0).reshape(20, 2)

        def mismatch(a: Array, b: Array) -> float:
            return float(np.abs(2 * a - b[:, 0]).max())

        assert bootstrap(mismatch, first, second, rng=rng, rounds=50) == Estimate(0.0, 0.0, 0.0, 20)

    def test_same_seed_same_interval(self) -> None:
        values = np.arange(10.0)
        first, second = (bootstrap(mean, values, rng=np.random.default_rng(3), rounds=50) for _ in range(2))
        assert first == second

    def test_leaves_out_resamples_where_the_statistic_is_undefined(self) -> None:
        values, known = np.arange(5.0), np.array([True, False, False, False, False])
        found = bootstrap(spread, values, known, rng=np.random.default_rng(1), rounds=200, level=0.9)
        rng, kept = np.random.default_rng(1), []
        for _ in range(200):
            rows = rng.integers(5, size=5)
            if 0 < known[rows].sum() < 5:
                kept.append(spread(values[rows], known[rows]))
        assert 100 < len(kept) < 200
        assert (found.low, found.high) == pytest.approx(tuple(np.percentile(kept, [5, 95])))

    def test_nan_counts_as_undefined(self, rng: np.random.Generator) -> None:
        found = bootstrap(lambda values: math.nan if 0 not in values else 1.0, np.arange(3), rng=rng, rounds=50)
        assert found == Estimate(1.0, 1.0, 1.0, 3)

    def test_half_of_the_resamples_must_be_defined(self, rng: np.random.Generator) -> None:
        enough, too_few = (iter([1.0] + [math.nan] * undefined + [1.0] * 5) for undefined in (5, 6))
        assert bootstrap(lambda _: next(enough), np.ones(3), rng=rng, rounds=10).high == 1
        with pytest.raises(ValueError, match="undefined on 6 of 11 resamples of 3 queries"):
            bootstrap(lambda _: next(too_few), np.ones(3), rng=rng, rounds=11)

    def test_statistic_undefined_on_the_queries_themselves_says_so_itself(self, rng: np.random.Generator) -> None:
        with pytest.raises(ValueError, match="one kind only"):
            bootstrap(spread, np.arange(3.0), np.ones(3, bool), rng=rng)
        with pytest.raises(ValueError, match="nan on these 3 queries"):
            bootstrap(lambda _: math.nan, np.arange(3.0), rng=rng)

    @pytest.mark.parametrize("arrays", [(), (np.zeros(0),), (np.float64(1.0),), (np.zeros(3), np.zeros(2))])
    def test_refuses_arrays_that_are_not_one_row_per_query(
        self, arrays: tuple[Array, ...], rng: np.random.Generator
    ) -> None:
        with pytest.raises(ShapeError, match="one row per query"):
            bootstrap(lambda *_: 0.0, *arrays, rng=rng)

    def test_refuses_no_rounds(self, rng: np.random.Generator) -> None:
        with pytest.raises(ValueError, match="0 rounds"):
            bootstrap(mean, np.ones(3), rng=rng, rounds=0)

    def test_leaves_its_arrays_alone(self, rng: np.random.Generator) -> None:
        values = np.arange(6.0)
        bootstrap(mean, values, rng=rng, rounds=5)
        assert values.tolist() == [0, 1, 2, 3, 4, 5]


class TestCorrected:
    """Of resamples, the interval corrected for bias and acceleration."""

    def test_matches_the_equations(self) -> None:
        """Efron & Tibshirani 1993, equations 14.9, 14.10, 14.14 and 14.15, over the same draws."""
        values = np.random.default_rng(5).exponential(size=15)
        found = bootstrap(mean, values, rng=np.random.default_rng(6), rounds=300, level=0.9, method="bca")
        rng, normal = np.random.default_rng(6), NormalDist()
        drawn = np.array([mean(values[rng.integers(15, size=15)]) for _ in range(300)])
        bias = normal.inv_cdf(sum(one < values.mean() for one in drawn) / 300)
        without = [mean(np.delete(values, row)) for row in range(15)]
        off = [math.fsum(without) / 15 - one for one in without]
        acceleration = math.fsum(one**3 for one in off) / (6 * math.fsum(one**2 for one in off) ** 1.5)
        ends = []
        for share in (0.05, 0.95):
            place = bias + normal.inv_cdf(share)
            ends.append(np.quantile(drawn, normal.cdf(bias + place / (1 - acceleration * place))))
        assert (found.low, found.high) == pytest.approx(tuple(ends))

    def test_pairs_stay_together(self) -> None:
        source = np.random.default_rng(8)
        a, b = source.exponential(size=(2, 12))
        paired = bootstrap_difference(mean, (a,), (b,), rng=np.random.default_rng(9), rounds=200, method="bca")
        single = bootstrap(mean, a - b, rng=np.random.default_rng(9), rounds=200, method="bca")
        assert (paired.low, paired.high) == pytest.approx((single.low, single.high))

    @pytest.mark.parametrize("values", [[4.0], [2.0, 2.0, 2.0]], ids=["one query", "nothing varies"])
    def test_without_spread_it_is_the_value(self, values: list[float], rng: np.random.Generator) -> None:
        found = bootstrap(mean, np.array(values), rng=rng, rounds=50, method="bca")
        assert (found.low, found.high) == (values[0], values[0])

    def test_where_no_query_can_be_spared_it_is_that_of_the_percentiles(self) -> None:
        """Without its only known query the statistic is undefined."""
        values, known = np.array([3.0, 1.0, 2.0, 5.0]), np.array([True, False, False, False])
        corrected, plain = (
            bootstrap(spread, values, known, rng=np.random.default_rng(1), rounds=200, method=method)
            for method in ("bca", "percentile")
        )
        assert corrected == plain


class TestGroups:
    """Queries of one instance are drawn together."""

    def test_matches_a_slow_loop_over_whole_groups(self) -> None:
        values, groups = np.arange(6.0) ** 2, np.array(["b", "a", "b", "c", "c", "c"])
        found = bootstrap(mean, values, rng=np.random.default_rng(7), rounds=101, level=0.9, groups=groups)
        rng = np.random.default_rng(7)
        drawn = []
        for _ in range(101):
            names = [("a", "b", "c")[one] for one in rng.integers(3, size=3)]
            drawn.append(mean(np.concatenate([values[groups == name] for name in names])))
        assert (found.low, found.high) == pytest.approx(tuple(np.quantile(drawn, [0.05, 0.95])))
        assert found.n == 6

    def test_each_its_own_group_is_as_without(self, rng: np.random.Generator) -> None:
        values = rng.exponential(size=12)
        plain, grouped = (
            bootstrap(mean, values, rng=np.random.default_rng(1), rounds=60, method="bca", groups=groups)
            for groups in (None, np.arange(12))
        )
        assert plain == grouped

    def test_copies_of_queries_make_nothing_surer(self) -> None:
        """Each query thrice: as independent draws they would narrow the interval, as groups they do not."""
        values = np.random.default_rng(2).normal(size=20)
        once, thrice = np.arange(20), np.repeat(np.arange(20), 3)
        widths = [
            found.high - found.low
            for rows, groups in ((once, once), (thrice, thrice), (thrice, None))
            for found in [bootstrap(mean, values[rows], rng=np.random.default_rng(3), rounds=400, groups=groups)]
        ]
        assert widths[0] == pytest.approx(widths[1])
        assert widths[2] < 0.75 * widths[0]

    def test_refuses_groups_of_other_queries(self, rng: np.random.Generator) -> None:
        with pytest.raises(ShapeError, match=r"wanted \(3,\)"):
            bootstrap(mean, np.zeros(3), rng=rng, groups=np.zeros(2))


class TestBootstrapDifference:
    def test_of_a_system_with_itself_is_nothing(self, rng: np.random.Generator) -> None:
        values = rng.normal(size=30)
        found = bootstrap_difference(mean, (values,), (values.copy(),), rng=rng, rounds=50)
        assert found == Estimate(0.0, 0.0, 0.0, 30)

    def test_pairing_removes_what_the_queries_share(self, rng: np.random.Generator) -> None:
        hardness = rng.normal(scale=100, size=50)
        found = bootstrap_difference(mean, (hardness + 1,), (hardness,), rng=rng, rounds=100)
        assert (found.low, found.value, found.high) == pytest.approx((1, 1, 1))

    def test_matches_a_slow_loop_and_changes_sign_when_swapped(self) -> None:
        source = np.random.default_rng(2)
        a, b, known = source.normal(size=12), source.normal(size=12), np.arange(12) < 6
        forth = bootstrap_difference(spread, (a, known), (b, known), rng=np.random.default_rng(4), rounds=101)
        back = bootstrap_difference(spread, (b, known), (a, known), rng=np.random.default_rng(4), rounds=101)
        rng, drawn = np.random.default_rng(4), []
        for _ in range(101):
            rows = rng.integers(12, size=12)
            drawn.append(spread(a[rows], known[rows]) - spread(b[rows], known[rows]))
        assert (forth.low, forth.high) == pytest.approx(tuple(np.percentile(drawn, [2.5, 97.5])))
        assert (forth.low, forth.high) == pytest.approx((-back.high, -back.low))


def split_at_least_as_uneven(only_a: int, only_b: int) -> float:
    """Share of all equally likely outcomes of the discordant queries that are as uneven, by listing them."""
    outcomes = list(itertools.product([0, 1], repeat=only_a + only_b))
    uneven = [2 * sum(outcome) - len(outcome) for outcome in outcomes]
    return sum(abs(one) >= abs(only_a - only_b) for one in uneven) / len(outcomes)


def answers_with(only_a: int, only_b: int, both: int = 3) -> tuple[Array, Array]:
    a = np.repeat([True, False, True, False], [only_a, only_b, both, 2])
    b = np.repeat([False, True, True, False], [only_a, only_b, both, 2])
    return a, b


class TestMcNemar:
    @pytest.mark.parametrize(("only_a", "only_b"), [(0, 1), (0, 6), (1, 1), (2, 5), (5, 2), (3, 7), (5, 6)])
    def test_matches_counting_every_outcome(self, only_a: int, only_b: int) -> None:
        found = mcnemar(*answers_with(only_a, only_b))
        assert (found.only_a, found.only_b) == (only_a, only_b)
        assert found.p == pytest.approx(split_at_least_as_uneven(only_a, only_b))

    def test_worked_by_hand(self) -> None:
        # 10 discordant queries, 1 against 9: 2 (1 + 10) / 1024.
        assert mcnemar(*answers_with(1, 9)) == McNemar(1, 9, 22 / 1024)

    def test_systems_that_never_disagree_are_not_told_apart(self) -> None:
        assert mcnemar(*answers_with(0, 0)) == McNemar(0, 0, 1.0)

    def test_queries_on_which_both_agree_say_nothing(self) -> None:
        assert mcnemar(*answers_with(2, 8, both=0)) == mcnemar(*answers_with(2, 8, both=500))

    def test_order_of_the_queries_says_nothing(self, rng: np.random.Generator) -> None:
        a, b = answers_with(3, 9)
        rows = rng.permutation(a.size)
        assert mcnemar(a[rows], b[rows]) == mcnemar(a, b)

    def test_thousands_of_discordant_queries_neither_overflow_nor_lose_the_tail(self) -> None:
        found = mcnemar(*answers_with(2400, 2600))
        # Normal approximation with continuity correction.
        z = (200 - 1) / math.sqrt(5000)
        assert found.p == pytest.approx(2 * NormalDist().cdf(-z), rel=1e-2)
        assert mcnemar(*answers_with(0, 1000)).p == 2.0**-999

    def test_refuses_systems_with_other_queries(self) -> None:
        with pytest.raises(ShapeError, match="b_correct has shape"):
            mcnemar(np.ones(3, bool), np.ones(2, bool))


def test_estimate_is_four_plain_numbers() -> None:
    assert json.loads(json.dumps(Estimate(0.5, 0.25, 0.75, 8).to_dict())) == {
        "value": 0.5,
        "low": 0.25,
        "high": 0.75,
        "n": 8,
    }
