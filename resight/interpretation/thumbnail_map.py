"""The map of visual explanations (Shi 2018, Figure 5): as a picture, as SVG, and as a page that works from the disk."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from resight.io import images
from resight.report.page import environment
from resight.types import Array, Image

from .thumbnail_layout import laid_out

THUMBNAIL: Final = 40
"""Side of a thumbnail on the picture, in pixels."""

TILE: Final = 56
"""Side of a thumbnail on the page's sheet, in pixels: it is drawn at half of that and up."""

MANY: Final = 1500
"""Photos from which the page shows smaller ones when one points at them, so that it stays a file that can be sent."""

SHOWN: Final = (192, 112)
"""Side of a photo that is pointed at, in pixels, where there are few and where there are many."""


@dataclass(frozen=True, slots=True, eq=False)
class MappedExplanations:
    """Visual explanations and where they lie.

    Attributes
    ----------
    points : (n, 2).
    explanations, photos : (n, h, w, 3) uint8, photos masked, and whole.
    names : of the photos.
    places, predicted, objects : (n,) indices into ``place_names`` and ``object_names``.
    """

    points: Array
    explanations: Array
    photos: Array
    names: Sequence[str]
    places: Array
    predicted: Array
    objects: Array
    place_names: Sequence[str]
    object_names: Sequence[str]

    def titled(self, row: int) -> str:
        """A line on what an explanation is of."""
        place, predicted = self.place_names[self.places[row]], self.place_names[self.predicted[row]]
        taken = "" if place == predicted else f", taken for {predicted}"
        return f"{self.names[row]}: {place}{taken}; {self.object_names[self.objects[row]]}"


def masked(photo: Image, heat: Array, theta: float) -> Image:
    """The visual explanation: a photo ``(h, w, 3)`` that is black where ``heat (h, w)`` is less than ``theta``."""
    return np.where((heat >= theta)[..., None], photo, 0).astype(np.uint8)


def picture(mapped: MappedExplanations) -> Image:
    """All explanations as thumbnails on white, none upon another."""
    cells, (columns, rows) = laid_out(mapped.points)
    sheet = np.full((rows * THUMBNAIL, columns * THUMBNAIL, 3), 255, np.uint8)
    for explanation, (column, row) in zip(mapped.explanations, cells.tolist(), strict=True):
        small = images.resize(explanation, (THUMBNAIL - 2, THUMBNAIL - 2))
        top, left = row * THUMBNAIL + 1, column * THUMBNAIL + 1
        sheet[top : top + THUMBNAIL - 2, left : left + THUMBNAIL - 2] = small
    return sheet


def drawing(mapped: MappedExplanations) -> str:
    """The map as SVG, in which each thumbnail is a picture of its own with a title."""
    cells, (columns, rows) = laid_out(mapped.points)
    thumbnails = [
        {
            "x": column * THUMBNAIL + 1,
            "y": row * THUMBNAIL + 1,
            "title": mapped.titled(number),
            "source": _source(images.resize(mapped.explanations[number], (2 * THUMBNAIL, 2 * THUMBNAIL))),
        }
        for number, (column, row) in enumerate(cells.tolist())
    ]
    template = environment().get_template("interpretation/templates/map.svg")
    return template.render(
        width=columns * THUMBNAIL, height=rows * THUMBNAIL, side=THUMBNAIL - 2, thumbnails=thumbnails
    )


def page(mapped: MappedExplanations, title: str) -> str:
    """The map as a page of its own, with nothing from elsewhere: zoomed, filtered, photos shown on pointing."""
    n = len(mapped.points)
    columns = int(np.ceil(np.sqrt(n)))
    sheet = np.zeros((-(-n // columns) * TILE, columns * TILE, 3), np.uint8)
    for number, explanation in enumerate(mapped.explanations):
        top, left = number // columns * TILE, number % columns * TILE
        sheet[top : top + TILE, left : left + TILE] = images.resize(explanation, (TILE, TILE))
    low, high = mapped.points.min(axis=0), mapped.points.max(axis=0)
    scaled = (mapped.points - low) / max(float((high - low).max()), 1e-12)
    side = SHOWN[n > MANY]
    data = {
        "points": np.round(scaled, 5).tolist(),
        "tile": TILE,
        "columns": columns,
        "places": mapped.places.tolist(),
        "predicted": mapped.predicted.tolist(),
        "objects": mapped.objects.tolist(),
        "placeNames": list(mapped.place_names),
        "objectNames": list(mapped.object_names),
        "names": list(mapped.names),
        "photos": [_source(images.resize(photo, (side, side)), 70) for photo in mapped.photos],
    }
    template = environment().get_template("interpretation/templates/map.html")
    return template.render(title=title, data=data, sheet=_source(sheet, 80))


def _source(image: Image, quality: int = 75) -> str:
    """A picture itself as an address."""
    return f"data:image/jpeg;base64,{base64.b64encode(images.encode(image, '.jpg', quality=quality)).decode()}"
