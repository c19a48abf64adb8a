"""A page that needs nothing but itself, and that no text can break."""

from __future__ import annotations

import base64
import io
import re
from typing import Any

import numpy as np
import pytest
from PIL import Image

from resight.report.page import PageDrawing, PageImage, environment, page

jinja2 = pytest.importorskip("jinja2", reason='needs Jinja2: pip install "resight[report]"')

PIECES = "{% from 'report/templates/pieces.html' import drawing, listing, picture, table %}"
SVG = (
    b'<?xml version="1.0"?><svg width="1pt" viewBox="0 0 4 3"><metadata>x</metadata>'
    b'<g id="a" style="fill: #2563a8"/></svg>'
)
EVIL = '"><script>alert(1)</script>&'


def _laid_out(template: str, **values: Any) -> str:
    return environment().from_string(PIECES + template).render(values).strip()


def test_no_text_becomes_markup() -> None:
    shown = PageImage(np.zeros((4, 4, 3), np.uint8), EVIL, EVIL)
    written = _laid_out(
        "{{ table((text,), ((text,),)) }}{{ listing((text,)) }}{{ picture(shown) }}{{ drawing(drawn) }}{{ text }}",
        text=EVIL,
        shown=shown,
        drawn=PageDrawing(SVG, EVIL),
    )
    assert "<script" not in written
    assert written.count("&lt;script&gt;") == 8


def test_what_a_template_wants_and_does_not_get_is_an_error() -> None:
    with pytest.raises(jinja2.UndefinedError, match="summary"):
        page("training/templates/report.html", "x", {})


def test_pictures_lie_inside() -> None:
    photo = np.random.default_rng(0).integers(0, 256, (5, 7, 3), dtype=np.uint8)
    written = _laid_out("{{ picture(shown) }}", shown=PageImage(photo, "a photo", suffix=".png"))
    [source] = re.findall(r'src="([^"]+)"', written)
    kind, content = source.split(",")
    assert kind == "data:image/png;base64"
    with Image.open(io.BytesIO(base64.b64decode(content))) as found:
        assert np.array_equal(np.asarray(found), photo)


def test_nothing_is_fetched() -> None:
    """By the style and the frame of every page, of which this one is the emptiest."""
    written = page("report/templates/page.html", EVIL, {})
    assert "&lt;script&gt;" in written
    assert "--ink: #1c2126;" in written
    assert "h1 { font-size: 1.7rem;" in written
    assert not re.search(r"<script|<link|@import|(?:href|src|url)\W{1,2}", written)


def test_a_drawing_is_part_of_the_page_and_takes_its_colours() -> None:
    """So it follows a dark page, and its names cannot clash with those of a second one."""
    assert _laid_out("{{ drawing(drawn) }}", drawn=PageDrawing(SVG, "a line")) == (
        '<div class="scroll"><svg class="chart" role="img" aria-label="a line" viewBox="0 0 4 3">'
        '<g style="fill: var(--after)"/></svg></div>'
    )


@pytest.mark.parametrize(
    ("header", "above"), [(("a", "b"), "<tr><th>a</th><th>b</th></tr>"), ((), "")], ids=["headed", "bare"]
)
def test_a_table_has_a_row_below_its_header(header: tuple[str, ...], above: str) -> None:
    found = _laid_out("{{ table(header, rows) }}", header=header, rows=[(1, 0.5)])
    assert found == f'<div class="scroll"><table>{above}<tr><td>1</td><td>0.5</td></tr></table></div>'
