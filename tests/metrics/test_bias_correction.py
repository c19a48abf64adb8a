"""Corrected intervals against scipy's, and where there is nothing to correct by."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest
import scipy.stats

from resight.metrics.bias_correction import interval_ends, share_below


def test_the_ends_are_scipys(rng: np.random.Generator) -> None:
    values = rng.exponential(size=30)
    drawn = np.array([values[rng.integers(30, size=30)].mean() for _ in range(400)])
    left_out = (values.sum() - values) / 29
    expected = scipy.stats.bootstrap(
        *((values,), np.mean),
        confidence_level=0.9,
        n_resamples=0,
        bootstrap_result=SimpleNamespace(bootstrap_distribution=drawn),
    ).confidence_interval
    assert interval_ends(values.mean(), drawn, left_out, 0.9) == pytest.approx((expected.low, expected.high))
    low, high = interval_ends(values.mean(), drawn, left_out, 0.9)
    assert share_below(low, values.mean(), drawn, left_out) == pytest.approx(0.05, abs=0.005)
    assert share_below(high, values.mean(), drawn, left_out) == pytest.approx(0.95, abs=0.005)


@pytest.mark.parametrize("left_out", [[2.0, 2.0], [np.nan, 2.0]], ids=["nothing varies", "one query is needed"])
def test_without_a_correction_it_is_the_percentiles(left_out: list[float]) -> None:
    drawn = np.arange(101.0)
    assert interval_ends(50.0, drawn, np.array(left_out), 0.9) == pytest.approx((5, 95))
    assert share_below(10.0, 50.0, drawn, np.array(left_out)) == pytest.approx(10.5 / 101)
