"""The map of explanations: no thumbnail upon another, and a page that a browser shows from the disk."""

from __future__ import annotations

import json
import os
import re
import shutil
from collections.abc import Iterator
from importlib.util import find_spec
from typing import Any

import numpy as np
import pytest

from resight.interpretation.thumbnail_map import THUMBNAIL, MappedExplanations, drawing, masked, page, picture

pytest.importorskip("jinja2", reason='needs Jinja2: pip install "resight[report]"')

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


@pytest.fixture(scope="module")
def mapped() -> MappedExplanations:
    """Forty photos of one colour each, in two heaps; the first two are at one point."""
    rng = np.random.default_rng(5)
    points = rng.normal(size=(40, 2)) + 9 * (np.arange(40) % 2)[:, None]
    points[1] = points[0]
    colours = rng.integers(40, 255, (40, 1, 1, 3)).astype(np.uint8)
    photos = np.broadcast_to(colours, (40, 16, 16, 3))
    return MappedExplanations(
        points,
        photos,
        photos,
        [f"photo {row}.jpg" for row in range(40)],
        np.arange(40) % 2,
        np.arange(40) // 20,
        np.arange(40) % 3,
        ["Delft <b>", "Tokyo"],
        ["sky", "tree", "wall"],
    )


def test_an_explanation_is_the_photo_where_it_is_hot() -> None:
    photo, heat = np.full((2, 2, 3), 9, np.uint8), np.array([[0.6, 0.59], [1.0, 0.0]])
    assert masked(photo, heat, 0.6)[..., 0].tolist() == [[9, 0], [9, 0]]


def test_the_picture_has_each_thumbnail_whole(mapped: MappedExplanations) -> None:
    sheet = picture(mapped)
    inner = (THUMBNAIL - 2) ** 2
    for photo in mapped.photos:
        assert (sheet == photo[0, 0]).all(axis=2).sum() == inner


def test_the_drawing_names_each(mapped: MappedExplanations) -> None:
    found = drawing(mapped)
    assert found.count("<image ") == 40
    assert "photo 1.jpg: Tokyo, taken for Delft &lt;b&gt;; tree" in found
    assert len({*re.findall(r'x="\d+" y="\d+"', found)}) == 40


@pytest.fixture(scope="module")
def browsed(mapped: MappedExplanations, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """The page in a browser, and what it complained of."""
    if CHROMIUM is None:
        pytest.skip("no Chromium is installed: apt-get install chromium")
    if find_spec("playwright") is None:
        pytest.skip("Playwright is not installed: pip install playwright")
    from playwright.sync_api import sync_playwright

    file = tmp_path_factory.mktemp("map") / "map.html"
    file.write_text(page(mapped, "Map"), encoding="utf-8")
    root = ["--no-sandbox"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=root)
        tab = browser.new_page(viewport={"width": 900, "height": 700})
        tab.set_default_timeout(20_000)
        tab.complaints = []
        tab.on("pageerror", lambda error: tab.complaints.append(str(error)))
        tab.on("request", lambda request: tab.complaints.append(request.url) if request.url[:4] == "http" else 0)
        tab.goto(file.as_uri())
        tab.wait_for_selector("body[data-ready=yes]")
        yield tab
        browser.close()


def _place(tab: Any, row: int) -> tuple[float, float]:
    """Where a photo lies on the page, in pixels."""
    tab.evaluate("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
    view = json.loads(tab.locator("canvas").get_attribute("data-view"))
    [x, y] = tab.evaluate(f"data.points[{row}]")
    box = tab.locator("canvas").bounding_box()
    return box["x"] + view["x"] + view["scale"] * x, box["y"] + view["y"] + view["scale"] * y


def test_pointing_shows_the_photo_under_it(browsed: Any, mapped: MappedExplanations) -> None:
    row = int(browsed.evaluate("drawn[5]"))
    browsed.mouse.move(*_place(browsed, row))
    browsed.locator("#shown:not([hidden])").wait_for()
    assert browsed.locator("#shown").get_attribute("data-row") == str(row)
    assert browsed.locator("figcaption").inner_text() == mapped.titled(row)
    colour = browsed.evaluate(
        "const pen = new OffscreenCanvas(1, 1).getContext('2d'), image = document.querySelector('#shown img');"
        "image.decode().then(() => { pen.drawImage(image, 0, 0, 1, 1);"
        "return [...pen.getImageData(0, 0, 1, 1).data]; })"
    )
    assert np.abs(np.array(colour[:3], int) - mapped.photos[row, 0, 0]).max() < 12


def test_zooming_parts_thumbnails_and_filters_choose(browsed: Any) -> None:
    browsed.locator("#whole").click()
    _place(browsed, 0)
    few = int(browsed.locator("canvas").get_attribute("data-drawn"))
    assert few < 40  # two lie at one point
    x, y = _place(browsed, 3)
    browsed.mouse.move(x, y)
    browsed.mouse.wheel(0, -600)
    assert _place(browsed, 3) == pytest.approx((x, y), abs=3)
    browsed.locator("#whole").click()
    browsed.locator("#place").select_option("1")
    browsed.locator("#object").select_option("0")
    _place(browsed, 0)
    assert browsed.evaluate("rows") == [row for row in range(40) if row % 2 == 1 and row % 3 == 0]
    assert browsed.complaints == []
