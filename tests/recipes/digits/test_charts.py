"""The filters' worth is drawn above their weights, in the colours of the page."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import numpy as np
import pytest

from resight.recipes.digits.charts import filter_chart
from resight.report.palette import LIGHT, adaptive

pytest.importorskip("matplotlib")


def test_filters_are_drawn_above_their_weights() -> None:
    rises = np.arange(12.0).reshape(4, 3)
    shares = {"filters": [0.1, 0.2, 0.3, 0.4], "alike": [0.25] * 4}
    svg = filter_chart(rises, shares)
    assert svg == filter_chart(rises, shares)
    assert not re.search("#[0-9a-f]{6}", adaptive(svg.decode()))
    drawn = ElementTree.fromstring(svg)
    assert any(each.tag.endswith("image") for each in drawn.iter())
    bars = [each for each in drawn.iter() if LIGHT["after"] in each.get("style", "") and each.tag.endswith("path")]
    assert len(bars) == 4 + 1  # and one in the legend
