"""A benchmark of the heat maps of Ghosh et al. 2017: where digits are that were pasted on photos, and what they are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from resight.metrics.interval import bootstrap_difference, wilson
from resight.progress import Job, Progress
from resight.types import Array

from .methods import OURS, by_filters, methods
from .mnist import Digits
from .pointing import HeatMethod, PointingScores, Rules, score
from .scenes import DigitScene, SceneDifficulty, scenes

if TYPE_CHECKING:
    from .maps import DigitMaps


@dataclass(frozen=True, slots=True)
class Condition:
    """A condition of the benchmark: scenes of a difficulty, and whether only thin strokes of them are looked at."""

    difficulty: SceneDifficulty
    thin: bool = False


CONDITIONS: Final = {
    "photos as they are": Condition(SceneDifficulty()),
    "photos as they are, thin strokes only": Condition(SceneDifficulty(), thin=True),
    "photos dimmed to a half": Condition(SceneDifficulty(contrast=0.5)),
    "dimmed, beside another digit": Condition(SceneDifficulty(contrast=0.5, rivals=1)),
}

COMPARED: Final = (OURS, "alike", "printed")
"""Weights that the signs of equation 1 are judged by, on scenes of one digit."""


@dataclass(frozen=True, slots=True, eq=False)
class DigitBenchmark:
    """Scenes of pasted digits, and the digits that are asked for.

    Attributes
    ----------
    backdrops : grey photos ``(h, w)`` that digits are pasted on.
    digits : that are pasted.
    count : scenes of each condition.
    rules : of the conditions with thin strokes only.
    seed : of the scenes.
    """

    backdrops: Sequence[Array]
    digits: Digits
    count: int
    rules: Rules
    seed: int

    def scenes(self, condition: str, count: int | None = None) -> list[DigitScene]:
        """The scenes of a condition, the same at every call; the first ``count`` where that is named."""
        rng, difficulty = np.random.default_rng(self.seed), CONDITIONS[condition].difficulty
        return list(scenes(self.backdrops, self.digits, difficulty, count=count or self.count, rng=rng))

    def ruled(self, *, thin: bool) -> Rules:
        """The rules, with or without that only thin strokes are kept."""
        return self.rules if thin else replace(self.rules, strokes=0)

    def score(self, method: HeatMethod, condition: str, maps: DigitMaps) -> PointingScores:
        """Score a method under a condition."""
        return score(method, self.scenes(condition), maps.read, self.ruled(thin=CONDITIONS[condition].thin))


def run_benchmark(benchmark: DigitBenchmark, maps: DigitMaps, shares: Mapping[str, Array]) -> Job[dict[str, Any]]:
    """Run each method under each condition."""
    asked = methods(maps, shares, rng=np.random.default_rng(benchmark.seed))
    found: dict[str, Any] = {}
    total = len(CONDITIONS) * len(asked)
    for number, condition in enumerate(CONDITIONS):
        found[condition] = {}
        for done, (name, method) in enumerate(asked.items(), number * len(asked) + 1):
            found[condition][name] = benchmark.score(method, condition, maps).to_dict(seed=benchmark.seed)
            yield Progress("localisation", done, total, remark=name)
    return found


def true_boxes(benchmark: DigitBenchmark, maps: DigitMaps) -> dict[str, Any]:
    """Digits whose class is read rightly in their own boxes, under each condition: what hotspots may get."""
    found = {}
    for name, condition in CONDITIONS.items():
        asked, rules = benchmark.scenes(name), benchmark.ruled(thin=condition.thin)
        read = [maps.read(rules.prepared(scene.image), scene.box[None])[0][0] == scene.label for scene in asked]
        found[name] = wilson(int(sum(read)), len(asked)).to_dict()
    return found


def compare_signs(
    benchmark: DigitBenchmark, networks: Sequence[tuple[DigitMaps, Mapping[str, Array]]]
) -> Job[list[dict[str, Any]]]:
    """Compare both signs of equation 1, and no weights at all, on every network: a row for each and each condition."""
    rows = []
    names = [name for name, condition in CONDITIONS.items() if not condition.difficulty.rivals]
    for number, (maps, shares) in enumerate(networks):
        for name in names:
            found = {weights: benchmark.score(by_filters(maps, shares[weights]), name, maps) for weights in COMPARED}
            rows.append({"network": number, "scenes": name, **_compared(found, benchmark.seed)})
        yield Progress("signs", number + 1, len(networks))
    return rows


def _compared(found: Mapping[str, PointingScores], seed: int) -> dict[str, Any]:
    """Means of each weighting, and what the right sign has over the printed one, scene by scene."""
    row: dict[str, Any] = {}
    for measure in ("pointing", "energy", "iou"):
        values = {name: getattr(each, measure) for name, each in found.items()}
        difference = bootstrap_difference(_mean, (values[OURS],), (values["printed"],), rng=np.random.default_rng(seed))
        row[measure] = {name: float(each.mean()) for name, each in values.items()} | {"gain": difference.to_dict()}
    return row


def _mean(values: Array) -> float:
    return float(values.mean())
