"""The pointing game of heat maps: does a method know where the thing is that it is asked about?"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import cv2
import numpy as np

from resight.explain.hot_regions import hot, regions
from resight.metrics.interval import bootstrap, wilson, with_wilson_end
from resight.metrics.localisation import energy_inside, iou, pointing
from resight.types import Array

from .greys import white_on_black
from .scenes import DigitScene

HeatMethod = Callable[[Array, int], Array]
"""A grey image ``(h, w)`` uint8, bright on dark, and a class, to heat ``(h, w)``."""

Read = Callable[[Array, Array], tuple[Array, Array]]
"""A reader of digits: such an image and boxes ``(n, 4)`` to classes ``(n,)`` and their probabilities ``(n,)``."""

FOUND: Final = 0.5
"""Intersection over union from which a hotspot is the digit's."""


@dataclass(frozen=True, slots=True)
class Rules:
    """Rules by which an image is prepared and its heat is cut.

    Attributes
    ----------
    deviations, gap : as of `hot` and `regions`.
    strokes : only bright strokes thinner than so many pixels are kept, by a white top-hat (Meyer 1979); odd, so that
        its square has a middle, or 0, which keeps everything.
    """

    deviations: float = 2.0
    gap: int = 4
    strokes: int = 0

    def prepared(self, image: Array, *, invert: bool = True) -> Array:
        """A grey image ``(h, w)`` uint8 bright on dark; only inverted where it is told to."""
        bright = white_on_black(image) if invert else image
        if not self.strokes:
            return bright
        square = np.ones((self.strokes, self.strokes), np.uint8)
        return cv2.morphologyEx(bright, cv2.MORPH_TOPHAT, square)

    def hotspots(self, heat: Array) -> Array:
        """Boxes ``(n, 4)`` of what is hot, the hottest first."""
        return regions(heat, hot(heat, deviations=self.deviations), gap=self.gap)[0]


@dataclass(frozen=True, slots=True, eq=False)
class PointingScores:
    """Scores of each scene ``(n,)``.

    Attributes
    ----------
    pointing : whether the hottest place lies in the digit's box.
    energy : the share of the heat in there.
    iou : intersection over union of the box with that of the hottest hotspot, 0 where nothing is hot.
    located : whether any hotspot's is FOUND or more.
    right : whether the class that is read in that hotspot is right as well.
    seconds : that the map took.
    """

    pointing: Array
    energy: Array
    iou: Array
    located: Array
    right: Array
    seconds: Array

    def to_dict(self, *, seed: int) -> dict[str, Any]:
        """Means with their 95 % intervals, and the median cost in ms."""
        means = {
            name: with_wilson_end(bootstrap(_mean, values, rng=np.random.default_rng(seed))).to_dict()
            for name, values in (("pointing", self.pointing), ("energy", self.energy), ("iou", self.iou))
        }
        counts = {
            name: wilson(int(values.sum()), len(values)).to_dict()
            for name, values in (("located", self.located), ("right", self.right))
        }
        return {**means, **counts, "ms": 1000 * float(np.median(self.seconds))}


def score(method: HeatMethod, scenes: Sequence[DigitScene], read: Read, rules: Rules) -> PointingScores:
    """Score a method, and what is read in its hotspots."""
    rows = [_score(method, scene, read, rules) for scene in scenes]
    return PointingScores(*np.array(rows, np.float64).T)


def _score(method: HeatMethod, scene: DigitScene, read: Read, rules: Rules) -> tuple[float, ...]:
    image = rules.prepared(scene.image)
    start = time.perf_counter()
    heat = method(image, scene.label)
    seconds = time.perf_counter() - start
    boxes = rules.hotspots(heat)
    overlaps = np.array([iou(box, scene.box) for box in boxes])
    located = bool(len(boxes)) and overlaps.max() >= FOUND
    right = located and read(image, boxes[overlaps.argmax()][None])[0][0] == scene.label
    first = overlaps[0] if len(boxes) else 0.0
    return pointing(heat, scene.box), energy_inside(heat, scene.box), first, located, right, seconds


def _mean(values: Array) -> float:
    return float(values.mean())
