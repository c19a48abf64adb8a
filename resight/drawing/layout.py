"""The layout of drawings: sizes, photos side by side, and the sheet of a caption, photos and rows of words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np

from resight.io import images
from resight.types import Array, Image

from .canvas import Canvas, Colour
from .colours import GREY, INK
from .typesetting import wrapped

WIDEST, NARROWEST, TALLEST = 1560, 900, 600
"""Widest page, and narrowest and tallest photo on it, in pixels."""

MARGIN, GAP, LINE = 32, 56, 26
"""Around the page, between photos (room for lines to be seen on white), and from line to line of small words."""

TITLE, DETAIL, LABEL = 34, 20, 17
"""Sizes of words, pixels."""

HEAD: Final = MARGIN + TITLE + 2 * LINE
"""Above the photos, with the caption but without the detail."""

ASPECTS: Final = (0.5, 2.4)
"""Width over height of the room a photo has; a longer strip is shown smaller, so that it does not crush the others."""

BAR: Final = (300, 14)
"""Width and height of the bar before a row's words, pixels."""

Stripes = Sequence[tuple[float, Colour]]
"""Shares of a bar with their colours, from the left."""


@dataclass(frozen=True, slots=True, eq=False)
class Panel:
    """A photo of the picture: a small ``image (h, w, 3)`` of an upright photo of ``size`` pixels."""

    title: str
    image: Image
    size: tuple[int, int]


@dataclass(frozen=True, slots=True)
class PanelPlace:
    """Position of a photo on the page.

    Attributes
    ----------
    box : (left, top, width, height) on the page.
    size : (width, height) of the upright photo whose points are placed.
    room : width that it and its words may use, pixels.
    """

    box: tuple[int, int, int, int]
    size: tuple[int, int]
    room: int

    def points(self, points: Array) -> Array:
        """Points ``(i, 2)`` of the upright photo, on the page."""
        left, top, width, height = self.box
        return np.array([left, top]) + points * (np.array([width, height]) / np.array(self.size))


@dataclass(frozen=True, slots=True)
class CaptionRow:
    """A row below the photos: its words, in as many lines as they need, after a bar where there are ``stripes``."""

    words: str
    stripes: Stripes = ()
    colour: Colour = GREY

    @property
    def indent(self) -> int:
        """Pixels from the margin to its words."""
        return BAR[0] + 14 if self.stripes else 0

    def lines(self, room: int) -> list[str]:
        """Wraps its words into lines that fit beside the bar in ``room`` pixels; one at least, for the bar."""
        return wrapped(self.words, LABEL, room - self.indent) or [""]


def sheet(
    caption: str, sentence: str, panels: Sequence[Panel], rows: Sequence[CaptionRow]
) -> tuple[Canvas, list[PanelPlace]]:
    """Draws all of it, and tells where the panels hang."""
    places = arrange([panel.size for panel in panels], top=HEAD + DETAIL)
    top = max(place.box[1] + place.box[3] for place in places) + MARGIN // 2
    wide = max(NARROWEST, places[-1].box[0] + places[-1].room + MARGIN)
    room = wide - 2 * MARGIN
    lines = [row.lines(room) for row in rows]
    canvas = Canvas(wide, top + LINE * sum(map(len, lines)) + MARGIN // 2)
    write_head(canvas, caption, sentence)
    for panel, place in zip(panels, places, strict=True):
        hang(canvas, panel, place)
    for row, words in zip(rows, lines, strict=True):
        _bar(canvas, (MARGIN, top + 4), row.stripes)
        for line in words:
            at = (MARGIN + row.indent, top)
            canvas.text(line, at, size=LABEL, colour=row.colour, room=room - row.indent)
            top += LINE
    return canvas, list(places)


def arrange(sizes: Sequence[tuple[int, int]], *, top: int) -> list[PanelPlace]:
    """Photos of ``sizes`` side by side, equally high where they are no strips, as large as WIDEST and TALLEST allow."""
    aspects = [float(np.clip(width / height, *ASPECTS)) for width, height in sizes]
    room = WIDEST - 2 * MARGIN - GAP * (len(sizes) - 1)
    high = min(TALLEST, room / sum(aspects))
    places, left = [], float(MARGIN)
    for (width, height), aspect in zip(sizes, aspects, strict=True):
        scale = min(aspect * high / width, high / height)
        box = (round(left), top, max(1, round(scale * width)), max(1, round(scale * height)))
        places.append(PanelPlace(box, (width, height), round(aspect * high)))
        left += aspect * high + GAP
    return places


def hang(canvas: Canvas, panel: Panel, place: PanelPlace) -> None:
    """Draws a photo with its title."""
    left, top, width, height = place.box
    canvas.text(panel.title, (left, top - LABEL - 9), size=LABEL, colour=GREY, room=place.room)
    canvas.photo(images.resize(panel.image, (width, height), resampling="lanczos"), (left, top))


def write_head(canvas: Canvas, caption: str, detail: str) -> None:
    """The caption, and a smaller line below it, each cut to the room that the canvas has."""
    room = canvas.width - 2 * MARGIN
    canvas.text(caption, (MARGIN, MARGIN - 6), size=TITLE, colour=INK, room=room)
    canvas.text(detail, (MARGIN, MARGIN + TITLE + 4), size=DETAIL, colour=GREY, room=room)


def _bar(canvas: Canvas, at: tuple[int, int], stripes: Stripes) -> None:
    left, top = at
    ends = np.cumsum([0.0, *(share for share, _ in stripes)]) * BAR[0]
    for (start, end), (_, colour) in zip(pairwise(np.round(ends).astype(int).tolist()), stripes, strict=True):
        if end > start:
            canvas.swatch(colour, (left + start, top, end - start, BAR[1]))
