"""The exam of heat maps: does a method know where the thing is that it is asked about?"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from resight.core.hotspots import hot, hotspots
from resight.io.greys import white_on_black
from resight.metrics.interval import bootstrap
from resight.metrics.localisation import energy_inside, iou, pointing
from resight.types import Array

from .scenes import Scene

Method = Callable[[Array, int], Array]
"""A grey image ``(h, w)`` uint8, bright on dark, and a class, to heat ``(h, w)``."""


@dataclass(frozen=True, slots=True, eq=False)
class Marks:
    """Of each scene ``(n,)``.

    Attributes
    ----------
    pointing : whether the hottest place lies in the digit's box.
    energy : the share of the heat in there.
    iou : intersection over union of the box with that of the hottest hotspot, 0 where nothing is hot.
    seconds : that the map took.
    """

    pointing: Array
    energy: Array
    iou: Array
    seconds: Array

    def to_dict(self, *, seed: int) -> dict[str, Any]:
        """Means with their 95 % intervals, and the median cost in ms."""
        means = {
            name: bootstrap(_mean, values, rng=np.random.default_rng(seed)).to_dict()
            for name, values in (("pointing", self.pointing), ("energy", self.energy), ("iou", self.iou))
        }
        return {**means, "ms": 1000 * float(np.median(self.seconds))}


def marks(method: Method, scenes: Sequence[Scene], *, deviations: float, gap: int) -> Marks:
    """What a method gets; ``deviations`` and ``gap`` are `hot`'s and `hotspots`'."""
    rows = [_mark(method, scene, deviations, gap) for scene in scenes]
    return Marks(*np.array(rows, np.float64).T)


def _mark(method: Method, scene: Scene, deviations: float, gap: int) -> tuple[float, float, float, float]:
    image = white_on_black(scene.image)
    start = time.perf_counter()
    heat = method(image, scene.label)
    seconds = time.perf_counter() - start
    boxes, _ = hotspots(heat, hot(heat, deviations=deviations), gap=gap)
    overlap = iou(boxes[0], scene.box) if len(boxes) else 0.0
    return pointing(heat, scene.box), energy_inside(heat, scene.box), overlap, seconds


def _mean(values: Array) -> float:
    return float(values.mean())
