"""The sheet that maps are drawn on: a caption, a sentence, photos side by side, and rows of words below."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np

from .canvas import Canvas, Colour
from .match_picture import (
    DETAIL,
    GREY,
    HEAD,
    INK,
    LABEL,
    LINE,
    MARGIN,
    NARROWEST,
    TITLE,
    Panel,
    PanelPlace,
    arrange,
    hang,
)

BAR: Final = (300, 14)
"""Width and height of the bar before a row's words, pixels."""

Stripes = Sequence[tuple[float, Colour]]
"""Shares of a bar with their colours, from the left."""


@dataclass(frozen=True, slots=True)
class CaptionRow:
    """A line below the photos: its words, after a bar where there are ``stripes``."""

    words: str
    stripes: Stripes = ()
    colour: Colour = GREY


def sheet(
    caption: str, sentence: str, panels: Sequence[Panel], rows: Sequence[CaptionRow]
) -> tuple[Canvas, list[PanelPlace]]:
    """All of it drawn, and where the panels hang."""
    places = arrange([panel.size for panel in panels], top=HEAD + DETAIL)
    top = max(place.box[1] + place.box[3] for place in places) + MARGIN // 2
    wide = max(NARROWEST, places[-1].box[0] + places[-1].room + MARGIN)
    canvas = Canvas(wide, top + LINE * len(rows) + MARGIN // 2)
    room = canvas.width - 2 * MARGIN
    canvas.text(caption, (MARGIN, MARGIN - 6), size=TITLE, colour=INK, room=room)
    canvas.text(sentence, (MARGIN, MARGIN + TITLE + 4), size=DETAIL, colour=GREY, room=room)
    for panel, place in zip(panels, places, strict=True):
        hang(canvas, panel, place)
    for number, row in enumerate(rows):
        height, indent = top + number * LINE, BAR[0] + 14 if row.stripes else 0
        _bar(canvas, (MARGIN, height + 4), row.stripes)
        canvas.text(row.words, (MARGIN + indent, height), size=LABEL, colour=row.colour, room=room - indent)
    return canvas, list(places)


def _bar(canvas: Canvas, at: tuple[int, int], stripes: Stripes) -> None:
    left, top = at
    ends = np.cumsum([0.0, *(share for share, _ in stripes)]) * BAR[0]
    for (start, end), (_, colour) in zip(pairwise(np.round(ends).astype(int).tolist()), stripes, strict=True):
        if end > start:
            canvas.swatch(colour, (left + start, top, end - start, BAR[1]))
