"""The sheet that maps are drawn on."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from resight.drawing.canvas import Canvas
from resight.drawing.layout import BAR, CaptionRow, sheet
from resight.drawing.match_picture import MARGIN, Panel

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
