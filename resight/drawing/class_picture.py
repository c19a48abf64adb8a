"""A class over a photo as a picture: photo and map, the best region, and whether the map means anything."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from resight.io import images
from resight.types import Array, Image

from .canvas import Canvas, Colour, encoded
from .colours import LUMA, WHITE
from .heat_picture import enlarged, lit, scale
from .layout import TALLEST, WIDEST, CaptionRow, Panel, PanelPlace, sheet

WARNING: Final[Colour] = (176, 70, 0)
"""Colour of doubts: the orange of what differs, dark enough to be read on white."""


@dataclass(frozen=True, slots=True, eq=False)
class ClassPicture:
    """Picture of where a classifier sees a class, drawn when somebody looks; a :class:`resight.results.Picture`.

    Attributes
    ----------
    image : (h, w, 3) the photo, upright, possibly smaller than it is.
    size : (width, height) of the photo in pixels.
    heat : (h', w') in [0, 1] over all of it.
    box : (left, top, width, height) of the best region in pixels of the photo, or None.
    caption : the class and how likely it is, one line.
    sentence : what a bright place is, one smaller line.
    title : of the map.
    scale : from what to what the colours of heat go.
    trials : what they have shown of the map, one line each.
    doubts : why it means little, one line each.
    """

    image: Image
    size: tuple[int, int]
    heat: Array
    box: tuple[int, int, int, int] | None
    caption: str
    sentence: str
    title: str
    scale: str
    trials: tuple[str, ...]
    doubts: tuple[str, ...]

    def encode(self, suffix: str) -> bytes:
        """The drawing as the bytes of a file; raises ValueError for another ``suffix`` than pictures have."""
        return encoded(self.draw, suffix)

    def draw(self) -> Image:
        """The drawing, ``(h, w, 3)``."""
        small = images.resize(self.image, images.fit(self.size, min(max(self.size), max(WIDEST, TALLEST))))
        grey = (small @ LUMA)[..., None]
        warm = lit(grey, enlarged(self.heat, (small.shape[1], small.shape[0])))
        panels = (Panel("This photo", small, self.size), Panel(self.title, warm, self.size))
        words = self.scale if self.box is None else f"{self.scale}; the frame is the best region"
        rows = [
            CaptionRow(words, scale()),
            *map(CaptionRow, self.trials),
            *(CaptionRow(line, colour=WARNING) for line in self.doubts),
        ]
        canvas, places = sheet(self.caption, self.sentence, panels, rows)
        for place in places:
            self._frame(canvas, place)
        return canvas.image()

    def _frame(self, canvas: Canvas, place: PanelPlace) -> None:
        """The best region, inside of the photo's edge."""
        if self.box is None:
            return
        left, top, width, height = self.box
        corners = np.array([(left, top), (left + width, top), (left + width, top + height), (left, top + height)])
        first, last = place.points(np.array([(0, 0), place.size]))
        canvas.polygon(np.clip(place.points(corners), first + 2, np.maximum(last - 2, first + 2)), WHITE)
