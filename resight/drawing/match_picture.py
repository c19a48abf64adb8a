"""The evidence as a picture: both photos, the points that agree, and where the two differ."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from resight.io import images
from resight.types import Array, Image, SpatialVerification
from resight.verification.comparison import LocalFeatures, lay
from resight.verification.difference_map import difference
from resight.verification.polygons import outline
from resight.verification.registration import RegisteredPair

from .canvas import Canvas, encoded
from .colours import GREY, LUMA, REFUSED, WEIGHTS, WHITE, faint, graded, tint
from .layout import DETAIL, GAP, HEAD, LABEL, LINE, MARGIN, NARROWEST, Panel, PanelPlace, arrange, hang, write_head

LINES: Final = 60
"""Inliers of most weight that are joined by lines; of more, nobody can follow one."""

EDGE: Final = "the edge of the {} photo, as it lies on this one"

KEY: Final = 48
"""Distance from a sign of the legend to its words, in pixels."""


@dataclass(frozen=True, slots=True, eq=False)
class MatchEvidence:
    """The evidence of an answer, drawn when somebody looks; a :class:`resight.results.Picture`.

    Attributes
    ----------
    query : the photo that was asked about.
    reference : the known photo it was compared with, or None where there was none.
    check : what agrees between the two, from query to reference.
    caption : the answer in plain words, one line.
    detail : what else there is to say, one smaller line.
    named : whether the known photo is the answer, or only the nearest one.
    title : of the second photo where it is neither.
    """

    query: LocalFeatures
    reference: LocalFeatures | None
    check: SpatialVerification | None
    caption: str
    detail: str = ""
    named: bool = True
    title: str = ""

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
        write_head(canvas, self.caption, self.detail)
        for panel, place in zip(panels, places, strict=True):
            hang(canvas, panel, place)
        if agreeing is not None:
            colours = WEIGHTS if self.named else REFUSED
            join(canvas, places, self.query, *agreeing, colours)
            edge = EDGE.format("other" if self.title else "known")
            _explain_lines(canvas, places, agreeing[1], colours, edge, top=bottom + MARGIN // 2)
        if laid is not None:
            _explain_colours(canvas, places[-1], top=bottom + MARGIN // 2)
        return canvas.image()

    def _agreeing(self) -> tuple[LocalFeatures, SpatialVerification] | None:
        """The known photo and the check, where any point agrees."""
        if self.reference is None or self.check is None or not len(self.check.inliers):
            return None
        return self.reference, self.check

    def _panels(self, registered: RegisteredPair | None) -> list[Panel]:
        panels = [Panel("This photo", self.query.image, self.query.features.size)]
        if self.reference is not None:
            image, size = self.reference.image, self.reference.features.size
            title = self.title or ("Known photo" if self.named else "The nearest known photo")
            panels.append(Panel(title, image, size))
            if registered is not None:
                panels.append(Panel("What agrees, what differs", tinted(image, registered), size))
        return panels


def tinted(reference: Image, registered: RegisteredPair) -> Image:
    """The known photo, blue where the two agree and orange where they differ, faint where nothing was compared."""
    size = (reference.shape[1], reference.shape[0])
    compared = np.clip(3 * _spread(registered.mask, size, smoothing=4) - 1, 0, 1)
    differ = _spread(difference(registered.query, registered.reference, registered.mask), size, smoothing=2)
    differ /= np.maximum(
        _spread(registered.mask, size, smoothing=2), 1e-3
    )  # else it would fall towards the mask's edge
    grey = (reference @ LUMA)[..., None]
    return np.round(compared * tint(grey, np.minimum(differ, 1)) + (1 - compared) * faint(grey)).astype(np.uint8)


def _spread(plane: Array, size: tuple[int, int], *, smoothing: int) -> Array:
    """A plane ``(h, w)`` in [0, 1] as ``(..., 1)`` at (width, height), its steps smoothed over so many pixels."""
    rough = np.round(255 * plane.astype(np.float64)).astype(np.uint8)
    reduced = (rough.shape[1] // smoothing, rough.shape[0] // smoothing)
    return images.resize(images.resize(rough, reduced, resampling="area"), size)[..., None] / 255


def join(
    canvas: Canvas,
    places: Sequence[PanelPlace],
    query: LocalFeatures,
    reference: LocalFeatures,
    check: SpatialVerification,
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


def _explain_lines(
    canvas: Canvas, places: Sequence[PanelPlace], check: SpatialVerification, colours: Array, edge: str, *, top: int
) -> None:
    left, count = places[0].box[0], len(check.inliers)
    room = (places[2].box[0] - GAP if len(places) > 2 else canvas.width - MARGIN) - left - KEY
    joined = f"the {LINES} strongest of {count} points that agree" if count > LINES else "points that agree"
    for step, colour in enumerate(colours.tolist()):
        canvas.swatch(tuple(colour), (left + 12 * step, top + 3, 12, 14))
    canvas.text(f"{joined}, joined; the darker, the stronger", (left + KEY, top), size=LABEL, colour=GREY, room=room)
    if check.transform is not None:
        canvas.polygon(np.array([(1, 4), (34, 4), (34, 16), (1, 16)]) + np.array([left, top + LINE]), WHITE)
        canvas.text(edge, (left + KEY, top + LINE), size=LABEL, colour=GREY, room=room)


def _explain_colours(canvas: Canvas, place: PanelPlace, *, top: int) -> None:
    grey = np.array([200.0])
    colours = (tint(grey, np.zeros(1)), tint(grey, np.ones(1)), np.repeat(faint(np.array([155.0])), 3))
    for line, (words, colour) in enumerate(zip(("alike", "different", "not compared"), colours, strict=True)):
        left, height = place.box[0], top + line * LINE
        red, green, blue = colour.astype(int).tolist()
        canvas.swatch((red, green, blue), (left, height + 3, 36, 14))
        canvas.text(words, (left + KEY, height), size=LABEL, colour=GREY, room=place.room - KEY)
