"""An explanation as a picture: both photos, their heat, what the score is made of, and whether it is so."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from resight.io import images
from resight.results import Faithfulness, ScoreSplit
from resight.types import Array, Image, SpatialVerification
from resight.verification.comparison import LocalFeatures

from .canvas import Canvas, Colour, encoded
from .colour_map import viridis
from .colours import FAINT, INK, LUMA, REFUSED, WEIGHTS
from .layout import CaptionRow, Panel, PanelPlace, Stripes, sheet
from .match_picture import join

DIM: Final = 0.35
"""Share of its colour that the darkest spot of a photo keeps under heat, so that the photo is seen through it."""

COVER: Final = (0.35, 0.75)
"""Share of the heat's colour that lies over the photo where there is none, and where there is most."""

PARTS: Final = np.array([(230, 159, 0), (86, 180, 233), (0, 158, 115), (240, 228, 66), (0, 114, 178), (213, 94, 0)])
"""Colours of matching regions: those of Okabe and Ito (2008), apart for every kind of colour vision."""

FAINTEST: Final = 0.15
"""Heat of a region from which it has its colour."""

ABOVE: Final[Colour] = (94, 201, 98)
BELOW: Final[Colour] = (213, 94, 0)
CONSTANT: Final[Colour] = (176, 176, 180)
LIGHT: Final[Colour] = (226, 226, 228)
"""Colours of what speaks for the match, of what speaks against it, of what has no place, and of what is gone."""

SHADES: Final = 60
"""Steps of the bar of heat."""

LINES: Final = 25
"""Inliers of most weight that are joined: fewer than where there is no heat to be seen."""


@dataclass(frozen=True, slots=True, eq=False)
class HeatPanel:
    """A photo and what lies over it: ``heat (h, w)`` in [0, 1], or that of several regions ``(k, h, w)``."""

    local: LocalFeatures
    heat: Array

    def image(self) -> Image:
        """The photo under its heat, at its own size."""
        grey = (self.local.image @ LUMA)[..., None]
        size = (self.local.image.shape[1], self.local.image.shape[0])
        if self.heat.ndim == 2:
            return lit(grey, enlarged(self.heat, size))
        return coloured(grey, np.stack([enlarged(one, size) for one in self.heat]))


@dataclass(frozen=True, slots=True, eq=False)
class HeatPicture:
    """An explanation, drawn when somebody looks; a :class:`resight.results.Picture`.

    Attributes
    ----------
    photos : the one that was asked about, and the known one if there is one.
    check : what agrees between the two, to be joined by lines; or None.
    caption : the answer in plain words, one line.
    sentence : what was found, one smaller line.
    bright, dark : what such a place is, in words.
    split : of the score; or None.
    tests : how faithful the maps are, by their photo in words.
    named : whether the known photo is the answer, or only the nearest one.
    title : of the second photo where it is neither.
    compared : whether there are maps: else both photos are drawn as they are.
    """

    photos: tuple[HeatPanel, ...]
    check: SpatialVerification | None
    caption: str
    sentence: str
    bright: str
    dark: str = "nothing"
    split: ScoreSplit | None = None
    tests: Mapping[str, Faithfulness] = field(default_factory=dict)
    named: bool = True
    title: str = ""
    compared: bool = True

    def encode(self, suffix: str) -> bytes:
        """The drawing as the bytes of a file; raises ValueError for a ``suffix`` that is none of SUFFIXES."""
        return encoded(self.draw, suffix)

    def draw(self) -> Image:
        """The drawing, ``(h, w, 3)``."""
        titles = ("This photo", self.title or ("Known photo" if self.named else "The nearest known photo"))
        panels = [
            Panel(title, photo.image() if self.compared else photo.local.image, photo.local.features.size)
            for title, photo in zip(titles, self.photos, strict=False)
        ]
        canvas, places = sheet(self.caption, self.sentence, panels, self._rows())
        self._draw_lines(canvas, places)
        return canvas.image()

    def _draw_lines(self, canvas: Canvas, places: Sequence[PanelPlace]) -> None:
        """The border of the known photo, and lines between the points that agree."""
        if self.check is None or not len(self.check.inliers) or len(self.photos) < 2:
            return
        query, reference = (photo.local for photo in self.photos)
        join(canvas, places, query, reference, self.check, WEIGHTS if self.named else REFUSED, lines=LINES)

    def _legend(self) -> CaptionRow:
        """Draws what the colours mean."""
        if not self.compared:
            return CaptionRow("could not be compared: no map was made, and nothing is said about what differs")
        if self.photos[0].heat.ndim == 3:
            return CaptionRow("regions of one colour match", [(1 / len(PARTS), _colour(part)) for part in PARTS])
        return CaptionRow(f"dark: {self.dark}; bright: {self.bright}", scale())

    def _rows(self) -> list[CaptionRow]:
        """Rows of words below the photos."""
        rows = [self._legend()]
        if self.split is not None and self.split.above:
            rows.append(CaptionRow(_sum(self.split), _stripes(self.split)))
        return rows + [_test(photo, found) for photo, found in self.tests.items()]


def scale() -> Stripes:
    """The colours of heat, from none to most."""
    return [(1 / SHADES, _colour(shade)) for shade in viridis(np.linspace(0, 1, SHADES))]


def lit(grey: Array, heat: Array) -> Image:
    """Grey values ``(h, w, 1)`` in [0, 255] under the colours of heat ``(h, w)`` in [0, 1]: dark, or alight."""
    cover = (COVER[0] + (COVER[1] - COVER[0]) * heat)[..., None]
    colour = viridis(heat) * (DIM + (1 - DIM) * grey / 255)
    return np.round((1 - cover) * grey + cover * colour).astype(np.uint8)


def coloured(grey: Array, heats: Array) -> Image:
    """Grey values ``(h, w, 1)`` under the colours of regions ``(k, h, w)``, each as far as it is the warmest there."""
    colours = PARTS[heats.argmax(axis=0)]
    cover = np.clip(heats.max(axis=0) / FAINTEST - 0.5, 0, COVER[1])[..., None]
    pale = 255 - FAINT * (255 - grey)
    return np.round((1 - cover) * pale + cover * colours * (DIM + (1 - DIM) * grey / 255)).astype(np.uint8)


def enlarged(heat: Array, size: tuple[int, int]) -> Array:
    """Heat ``(h, w)`` in [0, 1] at (width, height)."""
    return images.resize(np.round(255 * heat).astype(np.uint8), size, resampling="bilinear") / 255


def _stripes(split: ScoreSplit) -> Stripes:
    """The parts of a score, to scale, those against it at the end."""
    parts = ((max(split.above, 0), ABOVE), (abs(split.constant), CONSTANT), (abs(split.below), BELOW))
    total = max(sum(part for part, _ in parts), 1e-12)
    return [(part / total, colour) for part, colour in parts]


def _sum(split: ScoreSplit) -> str:
    """The score as a sum, in words, in the order of its stripes."""
    kinds = ("of bright places", "of no place", "of places against it")
    parts = zip((split.above, split.constant, split.below), kinds, strict=True)
    (first, words), *others = ((value, words) for value, words in parts if value)
    terms = [f"{'+' if value > 0 else '−'} {abs(value):.2f} {words}" for value, words in others]
    answered = [] if split.answered is None else [f"(at full size {split.answered:.2f})"]
    return " ".join([f"score {split.score:.2f} = {first:.2f} {words}", *terms, *answered])


def _test(photo: str, found: Faithfulness) -> CaptionRow:
    """Words on what is left of the score without the bright places; a score turned round counts as none."""
    kept = float(np.clip(found.deletion, 0, 1))
    return CaptionRow(f"{photo}: {found.sentence}", [(kept, INK if found.holds else BELOW), (1 - kept, LIGHT)])


def _colour(values: Array) -> Colour:
    red, green, blue = np.round(values).astype(int).tolist()
    return red, green, blue
