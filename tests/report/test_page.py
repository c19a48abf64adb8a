"""A page that needs nothing but itself, and that no text can break."""

from __future__ import annotations

import base64
import io
import re

import numpy as np
import pytest
from PIL import Image

from resight.report.page import block, drawing, element, folded, listing, page, picture, row, table

SVG = (
    b'<?xml version="1.0"?><svg width="1pt" viewBox="0 0 4 3"><metadata>x</metadata>'
    b'<g id="a" style="fill: #2563a8"/></svg>'
)
EVIL = '"><script>alert(1)</script>&'


def test_no_text_becomes_markup() -> None:
    square = np.zeros((4, 4, 3), np.uint8)
    pieces = [element("p", EVIL, EVIL), table((EVIL,), [(EVIL,)]), listing([EVIL]), picture(square, EVIL, kind=EVIL)]
    written = page(EVIL, [block(EVIL, row(*pieces)), folded(EVIL, ""), drawing(SVG, EVIL)])
    assert "<script" not in written
    assert written.count("&lt;script&gt;") == 12


def test_pictures_lie_inside_and_nothing_is_fetched() -> None:
    photo = np.random.default_rng(0).integers(0, 256, (5, 7, 3), dtype=np.uint8)
    written = page("x", [picture(photo, "a photo", suffix=".png"), drawing(SVG, "a drawing")])
    [source] = re.findall(r'src="([^"]+)"', written)
    kind, content = source.split(",")
    assert kind == "data:image/png;base64"
    with Image.open(io.BytesIO(base64.b64decode(content))) as found:
        assert np.array_equal(np.asarray(found), photo)
    assert not re.search(r"(?:href|src|url)\W{1,2}(?:https?:)?//", written)


def test_a_drawing_is_part_of_the_page_and_takes_its_colours() -> None:
    """So it follows a dark page, and its names cannot clash with those of a second one."""
    assert drawing(SVG, "a line") == (
        '<div class="scroll"><svg class="chart" role="img" aria-label="a line" viewBox="0 0 4 3">'
        '<g style="fill: var(--after)"/></svg></div>'
    )


@pytest.mark.parametrize(
    ("header", "above"), [(("a", "b"), "<tr><th>a</th><th>b</th></tr>"), (("", ""), "")], ids=["headed", "bare"]
)
def test_a_table_has_a_row_below_its_header(header: tuple[str, str], above: str) -> None:
    found = table(header, [(1, 0.5)])
    assert found == f'<div class="scroll"><table>{above}<tr><td>1</td><td>0.5</td></tr></table></div>'
