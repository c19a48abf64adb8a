"""Charts of a training are equal for equal numbers, in the colours of the page, and show where the rate falls."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import pytest

from resight.report.palette import adaptive
from resight.training import charts
from resight.training.history import History

pytest.importorskip("matplotlib")

FOUND = {"value": 0.5, "low": 0.4, "high": 0.6, "n": 10}
FIGURES = {"all": {when: {"p_at_1": FOUND, "micro_ap": FOUND} for when in ("before", "after")}}


def _history(*rates: float, score: float | None = 0.5) -> History:
    epochs = {str(n): {"loss": 1 / n, "rate": r, "score": score, "seconds": {}} for n, r in enumerate(rates, 1)}
    return History(score, [(n, 1 / n, r) for n, r in enumerate(rates, 1)], epochs)


def _dashed(svg: bytes) -> int:
    return sum("stroke-dasharray" in each.get("style", "") for each in ElementTree.fromstring(svg).iter())


@pytest.mark.parametrize("score", [0.5, None])
def test_each_decay_is_a_line_in_each_chart(score: float | None) -> None:
    panels = 2 if score is None else 3
    assert _dashed(charts.curves(_history(1, 1, 1, score=score))) == 0
    assert _dashed(charts.curves(_history(1, 0.1, 0.1, 0.01, score=score))) == 2 * panels


def test_equal_numbers_give_equal_bytes() -> None:
    assert charts.curves(_history(1, 0.5)) == charts.curves(_history(1, 0.5))
    assert charts.intervals(FIGURES) == charts.intervals(FIGURES)


def test_all_colours_follow_the_page() -> None:
    for drawn in (charts.curves(_history(1, 0.5)), charts.intervals(FIGURES)):
        assert not re.search("#[0-9a-f]{6}", adaptive(drawn.decode()))
