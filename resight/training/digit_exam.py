"""The exam of document 000's heat maps: where digits are that were pasted on photos, and what they are."""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from resight.core.hotspots import hot, hotspots
from resight.io.greys import white_on_black
from resight.io.mnist import Digits
from resight.metrics.interval import bootstrap_difference, wilson
from resight.metrics.localisation import iou
from resight.progress import Progress
from resight.types import Array

from .digit_methods import OURS, by_filters, methods
from .pointing import Marks, marks
from .scenes import Difficulty, Scene, scenes

if TYPE_CHECKING:
    from resight.nn.digit_maps import DigitMaps

DIFFICULTIES: Final = {
    "photos as they are": Difficulty(),
    "photos dimmed to a half": Difficulty(contrast=0.5),
    "dimmed, beside another digit": Difficulty(contrast=0.5, rivals=1),
}
"""What digits are pasted on."""

COMPARED: Final = (OURS, "alike", "printed")
"""Weights that the signs of equation 1 are judged by, on scenes of one digit."""

FOUND: Final = 0.5
"""Intersection over union from which a hotspot is the digit's."""


@dataclass(frozen=True, slots=True, eq=False)
class Exam:
    """What is asked.

    Attributes
    ----------
    backdrops : grey photos ``(h, w)`` that digits are pasted on.
    digits : that are pasted.
    count : scenes of each difficulty.
    deviations, gap : as of `hot` and `hotspots`.
    seed : of the scenes.
    """

    backdrops: Sequence[Array]
    digits: Digits
    count: int
    deviations: float
    gap: int
    seed: int

    def scenes(self, name: str, count: int | None = None) -> list[Scene]:
        """The scenes of a difficulty, the same at every call; the first ``count`` where that is named."""
        rng = np.random.default_rng(self.seed)
        return list(scenes(self.backdrops, self.digits, DIFFICULTIES[name], count=count or self.count, rng=rng))


def examined(exam: Exam, maps: DigitMaps, shares: Mapping[str, Array]) -> Generator[Progress, None, dict[str, Any]]:
    """What each method gets at each difficulty, and what is read in document 000's hotspots."""
    ways = methods(maps, shares, rng=np.random.default_rng(exam.seed))
    found: dict[str, Any] = {}
    for number, name in enumerate(DIFFICULTIES):
        asked = exam.scenes(name)
        found[name] = {"methods": {}, "hotspots": _read(exam, maps, shares[OURS], asked)}
        for done, (way, method) in enumerate(ways.items(), 1):
            figures = marks(method, asked, deviations=exam.deviations, gap=exam.gap).to_dict(seed=exam.seed)
            found[name]["methods"][way] = figures
            yield Progress("localisation", number * len(ways) + done, len(DIFFICULTIES) * len(ways), remark=way)
    return found


def _read(exam: Exam, maps: DigitMaps, shares: Array, asked: Sequence[Scene]) -> dict[str, Any]:
    """Of how many digits a hotspot is theirs, in how many of those the class is right, and right of all true boxes."""
    located, right, true = [], [], []
    for scene in asked:
        image = white_on_black(scene.image)
        heat = maps.filter_heat(image, shares)
        boxes, _ = hotspots(heat, hot(heat, deviations=exam.deviations), gap=exam.gap)
        overlaps = np.array([iou(box, scene.box) for box in boxes])
        located.append(bool(len(boxes)) and overlaps.max() >= FOUND)
        classes, _ = maps.read(image, np.concatenate([scene.box[None], boxes]))
        true.append(classes[0] == scene.label)
        right.append(located[-1] and classes[1 + overlaps.argmax()] == scene.label)
    count = len(asked)
    return {
        "located": wilson(sum(located), count).to_dict(),
        "located_and_right": wilson(int(sum(right)), count).to_dict(),
        "right_in_true_boxes": wilson(int(sum(true)), count).to_dict(),
    }


def signs(
    exam: Exam, networks: Sequence[tuple[DigitMaps, Mapping[str, Array]]]
) -> Generator[Progress, None, list[dict[str, Any]]]:
    """Both signs of equation 1, and no weights at all, on every network: a row for each of them and each difficulty."""
    rows = []
    names = [name for name, difficulty in DIFFICULTIES.items() if not difficulty.rivals]
    for number, (maps, shares) in enumerate(networks):
        for name in names:
            asked = exam.scenes(name)
            found = {
                way: marks(by_filters(maps, shares[way]), asked, deviations=exam.deviations, gap=exam.gap)
                for way in COMPARED
            }
            rows.append({"network": number, "scenes": name, **_compared(found, exam.seed)})
        yield Progress("signs", number + 1, len(networks))
    return rows


def _compared(found: Mapping[str, Marks], seed: int) -> dict[str, Any]:
    """Means of each weighting, and what the right sign has over the printed one, scene by scene."""
    row: dict[str, Any] = {}
    for measure in ("pointing", "energy", "iou"):
        values = {way: getattr(each, measure) for way, each in found.items()}
        difference = bootstrap_difference(_mean, (values[OURS],), (values["printed"],), rng=np.random.default_rng(seed))
        row[measure] = {way: float(each.mean()) for way, each in values.items()} | {"gain": difference.to_dict()}
    return row


def _mean(values: Array) -> float:
    return float(values.mean())
