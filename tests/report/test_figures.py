"""A figure is drawn in the colours of the page, and alike whatever anybody has set."""

from __future__ import annotations

import re
import sys
from xml.etree import ElementTree

import pytest

from resight.errors import MissingExtra
from resight.report import figures
from resight.report.palette import LIGHT, adaptive

pytest.importorskip("matplotlib")


@figures.by_default
def _line(*heights: float) -> bytes:
    figure = figures.blank(3, 2)
    axes = figure.subplots()
    axes.plot(heights, color=LIGHT["after"], label="height")
    axes.set_ylabel("metres")
    axes.legend(frameon=False)
    return figures.svg(figure)


def test_settings_of_a_person_or_of_the_working_folder_change_nothing() -> None:
    """As matplotlib reads them from a ``matplotlibrc``."""
    from matplotlib import rc_context

    plain = _line(1, 2)
    with rc_context({"lines.linewidth": 9, "font.size": 30, "savefig.bbox": "tight"}):
        assert _line(1, 2) == plain
    assert _line(1, 2) == plain
    assert _line(1, 3) != plain
    assert b"<dc:date>" not in plain


def test_all_colours_follow_the_page_and_text_stays_text() -> None:
    drawn = _line(1, 2)
    assert not re.search("#[0-9a-f]{6}", adaptive(drawn.decode()))
    texts = [each for each in ElementTree.fromstring(drawn).iter() if each.tag.endswith("}text")]
    assert {"metres", "height"} <= {each.text for each in texts}
    assert all("fill:" in each.get("style", "") for each in texts)


@pytest.mark.parametrize("package", ["matplotlib", "jinja2"])
def test_without_a_package_the_extra_is_named(package: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(MissingExtra, match=rf'needs {package}: pip install "resight\[report\]"'):
        figures.require()


def test_few_and_many_photos_are_drawn() -> None:
    ticks = re.compile(r"<text[^>]*>(\d+)</text>")
    assert {"1", "10", "18"} <= set(ticks.findall(figures.photo_counts([18, 2, 1, 1]).decode()))
    assert "things, the most photographed first" in figures.photo_counts([1]).decode()
