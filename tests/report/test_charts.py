"""Charts are drawings of their own, equal for equal numbers, and show where the rate falls."""

from __future__ import annotations

import re
import sys
from xml.etree import ElementTree

import numpy as np
import pytest

from resight.errors import MissingExtra
from resight.report import charts
from resight.report.palette import LIGHT, adaptive
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


def test_settings_of_a_person_or_of_the_working_folder_change_nothing() -> None:
    """As matplotlib reads them from a ``matplotlibrc``."""
    from matplotlib import rc_context

    plain = charts.curves(_history(1, 0.5)), charts.intervals(FIGURES)
    with rc_context({"lines.linewidth": 9, "font.size": 30, "savefig.bbox": "tight"}):
        assert (charts.curves(_history(1, 0.5)), charts.intervals(FIGURES)) == plain
    assert charts.intervals(FIGURES) == charts.intervals(FIGURES)
    assert b"<dc:date>" not in charts.intervals(FIGURES)


def test_all_colours_follow_the_page_and_text_stays_text() -> None:
    filters = charts.filters(np.arange(12.0).reshape(4, 3), {"filters": [0.25] * 4, "alike": [0.25] * 4})
    for drawn in (charts.curves(_history(1, 0.5)), charts.intervals(FIGURES), filters):
        assert not re.search("#[0-9a-f]{6}", adaptive(drawn.decode()))
        texts = [each for each in ElementTree.fromstring(drawn).iter() if each.tag.endswith("}text")]
        assert texts
        assert all("fill:" in each.get("style", "") for each in texts)


def test_without_matplotlib_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(MissingExtra, match=r'pip install "resight\[report\]"'):
        charts.require()


def test_filters_are_drawn_above_their_weights() -> None:
    rises = np.arange(12.0).reshape(4, 3)
    shares = {"filters": [0.1, 0.2, 0.3, 0.4], "alike": [0.25] * 4}
    svg = charts.filters(rises, shares)
    assert svg == charts.filters(rises, shares)
    drawn = ElementTree.fromstring(svg)
    assert any(each.tag.endswith("image") for each in drawn.iter())
    bars = [each for each in drawn.iter() if LIGHT["after"] in each.get("style", "") and each.tag.endswith("path")]
    assert len(bars) == 4 + 1  # and one in the legend
