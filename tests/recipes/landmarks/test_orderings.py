"""Orderings: the thesis holds its own, and a verdict is what the differences say."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pytest

from resight.metrics.resampling import ResampledMeasure, Resamples
from resight.recipes.landmarks.orderings import ORDERINGS, Ordering, find, thesis_gain
from resight.recipes.landmarks.thesis import TABLES, Cell


@pytest.mark.parametrize("ordering", ORDERINGS, ids=lambda one: one.claim)
def test_the_thesis_holds_its_own(ordering: Ordering) -> None:
    assert thesis_gain(ordering) > 0


def cells(sign: float, noise: float) -> Mapping[str, Mapping[Cell, ResampledMeasure]]:
    """The thesis's tables times a sign, with resamples around each."""
    rng = np.random.default_rng(0)

    def cell(value: float) -> ResampledMeasure:
        drawn, left_out = (value + scale * rng.normal(size=n) for scale, n in ((noise, 500), (1e-4, 20)))
        return ResampledMeasure(value, drawn, left_out)

    return {number: {name: cell(sign * value) for name, value in table.items()} for number, table in TABLES.items()}


VERDICTS = [(1, 1e-4, "holds"), (-1, 1e-4, "fails"), (1, 5, "not told apart")]


@pytest.mark.parametrize(("sign", "noise", "verdict"), VERDICTS)
def test_verdicts_follow_the_differences(sign: float, noise: float, verdict: str) -> None:
    resamples = Resamples.of(np.arange(20), rng=np.random.default_rng(0), rounds=500)
    found = find(cells(sign, noise), resamples)
    assert {finding.verdict for finding in found} == {verdict}
    assert [finding.ordering for finding in found] == list(ORDERINGS)
    for finding in found:
        assert finding.gain.value == pytest.approx(sign * finding.thesis)
        assert finding.to_dict()["verdict"] == verdict
