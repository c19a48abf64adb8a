"""Picture of detections: the photo with numbered outlines, and beside it what each of them is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from resight.io import images
from resight.results import Detection
from resight.types import Array, Image

from .canvas import Canvas, Colour, encoded
from .colours import GREY, INK, WHITE
from .layout import HEAD, LABEL, LINE, MARGIN, TITLE

LONGEST: Final = (1080, 860)
"""Width and height that the photo has at most on the page, pixels."""

LIST, THUMBNAIL, ROW = 380, 88, 104
"""Width of the list beside it, side of a known photo in it, and height of an entry."""

NAME: Final = 220
"""Width of a name on the photo, at most."""

LISTED: Final = 12
"""Entries of the list; of more, all are outlined, and the surest are told."""

COLOURS: Final[dict[str, Colour]] = {"geometry": (0, 114, 178), "heat": (213, 94, 0)}
"""Blue and vermilion, which differ for every kind of colour vision (Okabe and Ito 2008)."""

MEANINGS: Final = {
    "geometry": "outlined by points that agree",
    "heat": "outlined by heat, roughly",
}


@dataclass(frozen=True, slots=True, eq=False)
class DetectionPicture:
    """Detections in a photo, drawn when somebody looks; a :class:`resight.results.Picture`.

    Attributes
    ----------
    image : (h, w, 3), the photo or a smaller copy.
    size : (width, height) of the upright photo, whose pixels the outlines count.
    found : the known things.
    known : an image of each one's known photo.
    caption : how many they are, in words.
    """

    image: Image
    size: tuple[int, int]
    found: tuple[Detection, ...]
    known: tuple[Image, ...]
    caption: str

    def encode(self, suffix: str) -> bytes:
        """The drawing as the bytes of a file; raises ValueError for a ``suffix`` that none is written with."""
        return encoded(self.draw, suffix)

    def draw(self) -> Image:
        """The drawing, ``(h, w, 3)``: the photo to the left, the list to the right."""
        scale = min(LONGEST[0] / self.size[0], LONGEST[1] / self.size[1])
        width, height = (max(1, round(scale * side)) for side in self.size)
        rows = min(len(self.found), LISTED) * ROW
        left = 2 * MARGIN + max(width, LIST)
        canvas = Canvas(left + LIST + MARGIN, max(HEAD + height, HEAD + rows + len(COLOURS) * LINE) + MARGIN)
        room = canvas.width - 2 * MARGIN
        canvas.text(self.caption, (MARGIN, MARGIN - 6), size=TITLE, colour=INK, room=room)
        canvas.photo(images.resize(self.image, (width, height), resampling="lanczos"), (MARGIN, HEAD))
        for number, one in enumerate(self.found, 1):
            _outline(
                canvas, one, number, np.array([MARGIN, HEAD]) + one.outline * (np.array([width, height]) / self.size)
            )
        for number, (one, known) in enumerate(zip(self.found[:LISTED], self.known, strict=False), 1):
            _entry(canvas, one, known, number, (left, HEAD + (number - 1) * ROW))
        _explain(canvas, {one.method for one in self.found}, (left, HEAD + rows))
        return canvas.image()


def _outline(canvas: Canvas, one: Detection, number: int, corners: Array) -> None:
    canvas.polygon(corners, WHITE, width=6)
    canvas.polygon(corners, COLOURS[one.method], width=3)
    x, y = corners.mean(axis=0).round().astype(int).tolist()
    canvas.label(f"{number}. {one.name}", (x, y), size=LABEL, colour=WHITE, on=COLOURS[one.method], room=NAME)


def _entry(canvas: Canvas, one: Detection, known: Image, number: int, at: tuple[int, int]) -> None:
    left, top = at
    size = images.fit((known.shape[1], known.shape[0]), THUMBNAIL)
    canvas.photo(images.resize(known, size, resampling="area"), (left, top))
    beside, room = left + THUMBNAIL + 16, LIST - THUMBNAIL - 16
    canvas.text(f"{number}. {one.name}", (beside, top), size=LABEL + 3, colour=INK, room=room)
    canvas.text(f"{one.sureness} sure", (beside, top + LINE + 4), size=LABEL, colour=GREY, room=room)


def _explain(canvas: Canvas, ways: set[str], at: tuple[int, int]) -> None:
    left, top = at
    for line, way in enumerate(way for way in COLOURS if way in ways):
        canvas.swatch(COLOURS[way], (left, top + line * LINE + 3, 24, 14))
        canvas.text(MEANINGS[way], (left + 36, top + line * LINE), size=LABEL, colour=GREY, room=LIST - 36)
