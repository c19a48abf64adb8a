"""A page that needs nothing but itself, and that no text can break."""

from __future__ import annotations

import base64
import io
import re

import numpy as np
from PIL import Image

from resight.report.page import drawing, element, listing, page, picture, row, table

EVIL = '"><script>alert(1)</script>&'


def test_no_text_becomes_markup() -> None:
    square = np.zeros((4, 4, 3), np.uint8)
    pieces = [element("p", EVIL, EVIL), table((EVIL,), [(EVIL,)]), listing([EVIL]), picture(square, EVIL, kind=EVIL)]
    written = page(EVIL, [row(*pieces), drawing(b"<svg/>", EVIL)])
    assert "<script" not in written
    assert written.count("&lt;script&gt;") == 10


def test_pictures_lie_inside_and_nothing_is_fetched() -> None:
    photo = np.random.default_rng(0).integers(0, 256, (5, 7, 3), dtype=np.uint8)
    written = page("x", [picture(photo, "a photo", suffix=".png"), drawing(b"<svg/>", "a drawing")])
    sources = re.findall(r'src="([^"]+)"', written)
    assert [source.split(",")[0] for source in sources] == ["data:image/png;base64", "data:image/svg+xml;base64"]
    with Image.open(io.BytesIO(base64.b64decode(sources[0].split(",")[1]))) as found:
        assert np.array_equal(np.asarray(found), photo)
    assert not re.search(r"(?:href|src|url)\W{1,2}(?:https?:)?//", written)


def test_a_table_has_a_row_below_its_header() -> None:
    assert (
        table(("a", "b"), [(1, 0.5)]) == "<table><tr><th>a</th><th>b</th></tr><tr><td>1</td><td>0.5</td></tr></table>"
    )
