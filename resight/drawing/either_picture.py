"""The picture of an answer between two things that look alike: the photo, both known photos, and where those differ."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from resight.types import Array, Image, SpatialVerification
from resight.verification.comparison import LocalFeatures
from resight.verification.look_alikes import LookAlikes

from .canvas import Canvas, encoded
from .colours import DIFFERENT, WHITE
from .layout import CaptionRow, Panel, PanelPlace, sheet

Outlines = Sequence[Array]
"""Places on a photo, ``(c, 2)`` each, in its pixels."""


@dataclass(frozen=True, slots=True, eq=False)
class EitherPicture:
    """Photo and two known photos, drawn when somebody looks; a :class:`resight.results.Picture`.

    Attributes
    ----------
    query : the photo that was asked about.
    checks : what agrees between it and each of the known photos, from it to them.
    known : the two known photos.
    names : what they show.
    caption : the answer in plain words, one line.
    detail : what else there is to say, one smaller line.
    """

    query: LocalFeatures
    checks: tuple[SpatialVerification, SpatialVerification]
    known: LookAlikes
    names: tuple[str, str]
    caption: str
    detail: str = ""

    def encode(self, suffix: str) -> bytes:
        """The drawing as the bytes of a file; raises ValueError for a ``suffix`` that none is written with."""
        return encoded(self.draw, suffix)

    def draw(self) -> Image:
        """The drawing, ``(h, w, 3)``."""
        photos = (self.query, self.known.first, self.known.second)
        panels = [
            Panel(title, photo.image, photo.features.size)
            for title, photo in zip(("This photo", *self.names), photos, strict=True)
        ]
        rows = [CaptionRow(self.known.sentence(*self.names))]
        canvas, hung = sheet(self.caption, self.detail, panels, rows)
        pointed = (self.known.on(self.query, *self.checks), self.known.on_first, self.known.on_second)
        for place, outlines in zip(hung, pointed, strict=True):
            point(canvas, place, outlines)
        return canvas.image()


def point(canvas: Canvas, place: PanelPlace, outlines: Outlines) -> None:
    """Draws each outline on a photo that hangs at ``place``."""
    low, high = place.points(np.array([(0, 0), place.size]))
    for outline in outlines:
        corners = np.clip(place.points(outline), low + 2, high - 2)
        canvas.polygon(corners, WHITE, width=6)
        canvas.polygon(corners, DIFFERENT, width=3)
