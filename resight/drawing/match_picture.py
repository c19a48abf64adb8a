"""The evidence as a picture: both photos, the points that agree, and where the two differ."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from resight.io import images
from resight.types import Array, Check, Image
from resight.verification.comparison import LocalFeatures, lay
from resight.verification.difference_map import difference
from resight.verification.polygons import outline
from resight.verification.registration import Registered

from .canvas import Canvas, Colour

SUFFIXES: Final = (".png", ".jpg", ".webp")

WIDEST, NARROWEST, TALLEST = 1560, 900, 600
"""Of the page, and of a photo on it, pixels."""

MARGIN, GAP, LINE = 32, 56, 26
"""Around the page, between photos (room for lines to be seen on white), and from line to line of small words."""

TITLE, DETAIL, LABEL = 34, 20, 17
"""Sizes of words, pixels."""

HEAD: Final = MARGIN + TITLE + 2 * LINE
"""Above the photos, with the caption but without the detail."""

ASPECTS: Final = (0.5, 2.4)
"""Width over height of the room a photo has; a longer strip is shown smaller, so that it does not crush the others."""

LINES: Final = 60
"""Inliers of most weight that are joined by lines; of more, nobody can follow one."""

INK: Final[Colour] = (28, 28, 30)
GREY: Final[Colour] = (98, 100, 104)
WHITE: Final[Colour] = (255, 255, 255)

ALIKE: Final[Colour] = (0, 114, 178)
DIFFERENT: Final[Colour] = (230, 120, 0)
"""Blue and orange differ for every kind of colour vision, and in lightness (after Okabe and Ito 2008)."""

KEY: Final = 48
"""From a sign of the legend to its words, pixels."""

COVER: Final = (0.4, 0.8)
"""How much of those colours lies over the photo where it is alike, and where it is different, which is to be seen."""

FAINT: Final = 0.28
"""Contrast that is left to what was not compared."""

LUMA: Final = np.array([0.299, 0.587, 0.114])
"""Of red, green and blue in grey (ITU-R BT.601)."""

WEIGHTS: Final = np.array([(244, 190, 222), (219, 85, 160), (150, 0, 110)])
"""Colours of lines, the heaviest darkest: magenta, which few photos have."""

REFUSED: Final = np.array([(214, 214, 216), (150, 150, 154), (92, 92, 96)])
"""The same where what agrees was not enough for a name."""


def encoded(draw: Callable[[], Image], suffix: str) -> bytes:
    """What is drawn as the bytes of a file; raises ValueError, before it is drawn, for another than SUFFIXES."""
    if suffix.lower() not in images.ENCODINGS:
        raise ValueError(f"a picture cannot be written as {suffix!r}; wanted {', '.join(SUFFIXES)}: choose one")
    return images.encode(draw(), suffix)


@dataclass(frozen=True, slots=True, eq=False)
class Panel:
    """One photo of the picture: a small ``image (h, w, 3)`` of an upright photo of ``size`` pixels."""

    title: str
    image: Image
    size: tuple[int, int]


@dataclass(frozen=True, slots=True)
class PanelPlace:
    """Where a photo lies on the page.

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


@dataclass(frozen=True, slots=True, eq=False)
class Evidence:
    """Why a photo was recognised, or was not, drawn when somebody looks; a :class:`resight.types.Picture`.

    Attributes
    ----------
    query : the photo that was asked about.
    reference : the known photo it was compared with, or None where there was none.
    check : what agrees between the two, from query to reference.
    caption : the answer in plain words, one line.
    detail : what else there is to say, one smaller line.
    named : whether the known photo is the answer, or only the nearest one.
    """

    query: LocalFeatures
    reference: LocalFeatures | None
    check: Check | None
    caption: str
    detail: str = ""
    named: bool = True

    def encode(self, suffix: str) -> bytes:
        """The drawing as the bytes of a file; raises ValueError for a ``suffix`` that is none of SUFFIXES."""
        return encoded(self.draw, suffix)

    def draw(self) -> Image:
        """The drawing, ``(h, w, 3)``, up to WIDEST pixels wide."""
        agreeing = self._agreeing()
        laid = None if agreeing is None else lay(self.query, *agreeing)
        panels = self._panels(laid)
        places = arrange([panel.size for panel in panels], top=HEAD + (DETAIL if self.detail else 0))
        right = places[-1].box[0] + places[-1].room
        bottom = max(place.box[1] + place.box[3] for place in places)
        canvas = Canvas(max(NARROWEST, right + MARGIN), bottom + MARGIN + (3 * LINE if agreeing else 0))
        self._write(canvas)
        for panel, place in zip(panels, places, strict=True):
            hang(canvas, panel, place)
        if agreeing is not None:
            colours = WEIGHTS if self.named else REFUSED
            join(canvas, places, self.query, *agreeing, colours)
            _explain_lines(canvas, places, agreeing[1], colours, top=bottom + MARGIN // 2)
        if laid is not None:
            _explain_colours(canvas, places[-1], top=bottom + MARGIN // 2)
        return canvas.image()

    def _agreeing(self) -> tuple[LocalFeatures, Check] | None:
        """The known photo and the check, where any point agrees."""
        if self.reference is None or self.check is None or not len(self.check.inliers):
            return None
        return self.reference, self.check

    def _panels(self, laid: Registered | None) -> list[Panel]:
        panels = [Panel("This photo", self.query.image, self.query.features.size)]
        if self.reference is not None:
            image, size = self.reference.image, self.reference.features.size
            panels.append(Panel("Known photo" if self.named else "The nearest known photo", image, size))
            if laid is not None:
                panels.append(Panel("What agrees, what differs", tinted(image, laid), size))
        return panels

    def _write(self, canvas: Canvas) -> None:
        room = canvas.width - 2 * MARGIN
        canvas.text(self.caption, (MARGIN, MARGIN - 6), size=TITLE, colour=INK, room=room)
        canvas.text(self.detail, (MARGIN, MARGIN + TITLE + 4), size=DETAIL, colour=GREY, room=room)


def tinted(reference: Image, laid: Registered) -> Image:
    """The known photo, blue where the two agree and orange where they differ, faint where nothing was compared."""
    size = (reference.shape[1], reference.shape[0])
    compared = np.clip(3 * _spread(laid.mask, size, smoothing=4) - 1, 0, 1)
    differ = _spread(difference(laid.query, laid.reference, laid.mask), size, smoothing=2)
    differ /= np.maximum(_spread(laid.mask, size, smoothing=2), 1e-3)  # else it would fall towards the mask's edge
    grey = (reference @ LUMA)[..., None]
    return np.round(compared * tint(grey, np.minimum(differ, 1)) + (1 - compared) * faint(grey)).astype(np.uint8)


def _spread(plane: Array, size: tuple[int, int], *, smoothing: int) -> Array:
    """A plane ``(h, w)`` in [0, 1] as ``(..., 1)`` at (width, height), its steps smoothed over so many pixels."""
    rough = np.round(255 * plane.astype(np.float64)).astype(np.uint8)
    reduced = (rough.shape[1] // smoothing, rough.shape[0] // smoothing)
    return images.resize(images.resize(rough, reduced, resampling="area"), size)[..., None] / 255


def tint(grey: Array, differ: Array) -> Array:
    """Colours ``(..., 3)`` of grey values ``(..., 1)`` in [0, 255] that differ ``(..., 1)`` in [0, 1]."""
    colour = (1 - differ) * np.array(ALIKE) + differ * np.array(DIFFERENT)
    share = COVER[0] + (COVER[1] - COVER[0]) * differ
    return (1 - share) * grey + share * colour


def faint(grey: Array) -> Array:
    """Grey values in [0, 255], paled."""
    return 255 - FAINT * (255 - grey)


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


def percent(chance: float) -> str:
    """A chance in words that never claim certainty."""
    if chance > 0.9995:
        return "over 99.9 %"
    return "under 0.1 %" if chance < 0.0005 else f"{100 * chance:.1f} %"


def graded(weights: Array, colours: Array) -> Array:
    """Of ``colours (s, 3)`` one for each of ``weights (i,)``, ``(i, 3)``.

    The first is for the least weight or for half the largest, whichever is less.
    """
    heaviest = max(float(weights.max(initial=0)), 1e-12)
    lightest = min(float(weights.min(initial=heaviest)), heaviest / 2)
    shares = (weights - lightest) / (heaviest - lightest)
    stops = np.linspace(0, 1, len(colours))
    return np.column_stack([np.interp(shares, stops, channel) for channel in colours.T])


def hang(canvas: Canvas, panel: Panel, place: PanelPlace) -> None:
    """One photo with its title."""
    left, top, width, height = place.box
    canvas.text(panel.title, (left, top - LABEL - 9), size=LABEL, colour=GREY, room=place.room)
    canvas.photo(images.resize(panel.image, (width, height), resampling="lanczos"), (left, top))


def join(
    canvas: Canvas,
    places: Sequence[PanelPlace],
    query: LocalFeatures,
    reference: LocalFeatures,
    check: Check,
    colours: Array,
    *,
    lines: int = LINES,
) -> None:
    """The border of the known photo on the query, every point that agrees, and ``lines`` for the heaviest."""
    starts = places[0].points(query.features.points[check.inliers[:, 0]])
    ends = places[1].points(reference.features.points[check.inliers[:, 1]])
    if check.transform is not None:
        border = places[0].points(outline(check.transform, reference.features.size, query.features.size))
        corner, far = places[0].points(np.array([(0, 0), places[0].size]))
        # Half of a stroke along the photo's edge would lie off the photo, white on white.
        canvas.polygon(np.clip(border, corner + 2, far - 2), WHITE)
    heaviest = np.argsort(check.weights, kind="stable")[-lines:]
    canvas.lines(starts[heaviest], ends[heaviest], graded(check.weights[heaviest], colours))
    canvas.dots(np.concatenate([starts, ends]), WHITE)


def _explain_lines(canvas: Canvas, places: Sequence[PanelPlace], check: Check, colours: Array, *, top: int) -> None:
    left, count = places[0].box[0], len(check.inliers)
    room = (places[2].box[0] - GAP if len(places) > 2 else canvas.width - MARGIN) - left - KEY
    joined = f"the {LINES} strongest of {count} points that agree" if count > LINES else "points that agree"
    for step, colour in enumerate(colours.tolist()):
        canvas.swatch(tuple(colour), (left + 12 * step, top + 3, 12, 14))
    canvas.text(f"{joined}, joined; the darker, the stronger", (left + KEY, top), size=LABEL, colour=GREY, room=room)
    if check.transform is not None:
        canvas.polygon(np.array([(1, 4), (34, 4), (34, 16), (1, 16)]) + np.array([left, top + LINE]), WHITE)
        words = "the edge of the known photo, as it lies on this one"
        canvas.text(words, (left + KEY, top + LINE), size=LABEL, colour=GREY, room=room)


def _explain_colours(canvas: Canvas, place: PanelPlace, *, top: int) -> None:
    grey = np.array([200.0])
    colours = (tint(grey, np.zeros(1)), tint(grey, np.ones(1)), np.repeat(faint(np.array([155.0])), 3))
    for line, (words, colour) in enumerate(zip(("alike", "different", "not compared"), colours, strict=True)):
        left, height = place.box[0], top + line * LINE
        red, green, blue = colour.astype(int).tolist()
        canvas.swatch((red, green, blue), (left, height + 3, 36, 14))
        canvas.text(words, (left + KEY, height), size=LABEL, colour=GREY, room=place.room - KEY)
