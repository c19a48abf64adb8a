"""Many measures over one set of draws, against the statistic called for each, and against scipy's correction."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest
import scipy.stats

from resight.errors import ShapeError
from resight.metrics.ranking import micro_ap
from resight.metrics.resampling import ResampledMeasure, Resamples, resampled_micro_ap
from resight.types import Array


def museum(rng: np.random.Generator, q: int = 50) -> tuple[Array, Array, Array]:
    """Answers of which many share a confidence."""
    answerable = rng.random(q) < 0.7
    return answerable & (rng.random(q) < 0.6), rng.integers(12, size=q) / 12, answerable


def test_each_draw_is_micro_ap_of_the_queries_that_were_drawn(rng: np.random.Generator) -> None:
    sample = museum(rng)
    resamples = Resamples.of(np.arange(50), rng=rng, rounds=20)
    found = resampled_micro_ap(*sample, resamples)
    assert found.value == pytest.approx(micro_ap(*sample), abs=1e-12)
    for weights, drawn in zip(resamples.drawn, found.drawn, strict=True):
        rows = np.repeat(np.arange(50), weights)
        assert drawn == pytest.approx(micro_ap(*(array[rows] for array in sample)), abs=1e-12)
    for row, left in enumerate(found.left_out):
        assert left == pytest.approx(micro_ap(*(np.delete(array, row) for array in sample)), abs=1e-12)


def test_queries_of_one_group_come_and_go_together(rng: np.random.Generator) -> None:
    groups = np.array(["a", "b", "a", "c", "c", "c"])
    resamples = Resamples.of(groups, rng=rng, rounds=30)
    assert (resamples.drawn[:, 0] == resamples.drawn[:, 2]).all()
    assert (resamples.drawn[:, [0, 1, 3]].sum(axis=1) == 3).all()
    assert resamples.left_out.tolist() == [[0, 1, 0, 1, 1, 1], [1, 0, 1, 1, 1, 1], [1, 1, 1, 0, 0, 0]]


def test_the_interval_is_scipys(rng: np.random.Generator) -> None:
    sample = museum(rng)
    resamples = Resamples.of(np.arange(50), rng=rng, rounds=500)
    cell = resampled_micro_ap(*sample, resamples)
    expected = scipy.stats.bootstrap(
        (np.arange(50),),
        lambda rows: micro_ap(*(array[rows] for array in sample)),
        vectorized=False,
        n_resamples=0,
        bootstrap_result=SimpleNamespace(bootstrap_distribution=cell.drawn),
    ).confidence_interval
    found = resamples.estimate(cell)
    assert (found.low, found.high) == pytest.approx((expected.low, expected.high), abs=1e-12)
    assert (found.value, found.n) == (cell.value, 50)


def test_a_difference_is_paired(rng: np.random.Generator) -> None:
    correct, confidences, answerable = museum(rng)
    resamples = Resamples.of(np.arange(50), rng=rng, rounds=100)
    cell = resampled_micro_ap(correct, confidences, answerable, resamples)
    nothing = resamples.estimate(cell - cell)
    assert (nothing.value, nothing.low, nothing.high) == (0, 0, 0)
    better = resampled_micro_ap(answerable, confidences, answerable, resamples)
    gain = resamples.estimate(better - cell)
    assert gain.low > 0


def test_p_and_interval_tell_the_same(rng: np.random.Generator) -> None:
    correct, confidences, answerable = museum(rng)
    resamples = Resamples.of(np.arange(50), rng=rng, rounds=999)
    cell = resampled_micro_ap(correct, confidences, answerable, resamples)
    other = resampled_micro_ap(correct, rng.random(50), answerable, resamples)
    p = resamples.p_value(cell - other)
    inside, outside = (resamples.estimate(cell - other, level=1 - level) for level in (0.8 * p, 1.25 * p))
    assert inside.low < 0 < inside.high
    assert outside.low > 0 or outside.high < 0
    assert resamples.p_value(cell - cell) == 1


def test_what_is_undefined_is_left_out_and_said_where_it_is_too_much(rng: np.random.Generator) -> None:
    resamples = Resamples.of(np.arange(4), rng=rng, rounds=4)
    assert resamples.estimate(ResampledMeasure(1.0, np.array([1, 1, np.nan, 1]), np.ones(4))).low == 1
    with pytest.raises(ValueError, match="undefined on 3 of 4 resamples"):
        resamples.estimate(ResampledMeasure(1.0, np.array([1, np.nan, np.nan, np.nan]), np.ones(4)))


def test_refuses_no_queries_no_rounds_and_no_answers(rng: np.random.Generator) -> None:
    with pytest.raises(ShapeError, match="one value for each query"):
        Resamples.of(np.zeros(0), rng=rng)
    with pytest.raises(ValueError, match="0 rounds"):
        Resamples.of(np.arange(2), rng=rng, rounds=0)
    nothing, resamples = np.zeros(2, bool), Resamples.of(np.arange(2), rng=rng, rounds=2)
    with pytest.raises(ValueError, match="0 answerable"):
        resampled_micro_ap(nothing, np.zeros(2), nothing, resamples)
