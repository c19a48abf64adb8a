"""The sheet that maps are drawn on."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import pytest

from resight.drawing.canvas import Canvas
from resight.drawing.layout import (
    BAR,
    GAP,
    MARGIN,
    TALLEST,
    WIDEST,
    CaptionRow,
    Panel,
    PanelPlace,
    arrange,
    sheet,
)

GREEN, BLUE = (0, 200, 0), (0, 0, 200)


def _panel(title: str) -> Panel:
    return Panel(title, np.full((40, 60, 3), 90, np.uint8), (600, 400))


def test_every_word_is_on_it_and_rows_follow_one_another(monkeypatch: pytest.MonkeyPatch) -> None:
    written: list[Any] = []

    def text(self: Canvas, words: str, at: tuple[int, int], **_: Any) -> None:
        written.append((words, at))

    monkeypatch.setattr(Canvas, "text", text)
    rows = [CaptionRow("first", [(1.0, GREEN)]), CaptionRow("second")]
    canvas, places = sheet("caption", "sentence", [_panel("one"), _panel("two")], rows)
    at = dict(written)
    assert {"caption", "sentence", "one", "two", "first", "second"} <= at.keys()
    assert (at["first"][0], at["second"][0]) == (
        MARGIN + BAR[0] + 14,
        MARGIN,
    )  # words stand after a bar, or without one
    assert (
        max(place.box[1] + place.box[3] for place in places)
        < at["first"][1]
        < at["second"][1]
        < canvas.image().shape[0]
    )


def test_a_bar_is_to_scale() -> None:
    canvas, _ = sheet("", "", [_panel("")], [CaptionRow("", [(0.25, GREEN), (0.75, BLUE)])])
    drawn = canvas.image()
    counts = [(drawn == colour).all(axis=2).sum() for colour in (GREEN, BLUE)]
    assert counts == [BAR[0] * BAR[1] // 4, 3 * BAR[0] * BAR[1] // 4]


@pytest.mark.parametrize(
    "sizes",
    [
        [(400, 300)],
        [(400, 300), (300, 400)],
        [(4000, 100), (100, 4000), (100, 4000)],
        [(100, 4000), (1000, 1000), (1000, 1000)],
        [(1920, 1080)] * 3,
    ],
)
def test_photos_are_arranged_whole_and_apart(sizes: list[tuple[int, int]]) -> None:
    places = arrange(sizes, top=100)
    assert places[0].box[0] == MARGIN
    for place, size in zip(places, sizes, strict=True):
        left, top, width, height = place.box
        assert (top, place.size) == (100, size)
        assert width == pytest.approx(height * size[0] / size[1], abs=max(1, size[0] / size[1]))
        assert height <= TALLEST
        assert width <= place.room + 1
        assert left + place.room <= WIDEST - MARGIN + 1
    for before, after in pairwise(places):
        assert after.box[0] - (before.box[0] + before.room) == pytest.approx(GAP, abs=1)


def test_photos_that_are_no_strips_are_equally_high_and_fill_the_page() -> None:
    places = arrange([(400, 300), (300, 400), (300, 300)], top=0)
    assert len({place.box[3] for place in places}) == 1
    assert places[-1].box[0] + places[-1].box[2] == pytest.approx(WIDEST - MARGIN, abs=2)


def test_points_of_the_photo_are_placed_on_the_page() -> None:
    place = PanelPlace((10, 20, 200, 100), (400, 300), 200)
    np.testing.assert_allclose(
        place.points(np.array([(0, 0), (400, 300), (200, 75)])), [(10, 20), (210, 120), (110, 45)]
    )
