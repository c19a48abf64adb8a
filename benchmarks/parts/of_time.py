"""How long an answer takes, the builds being asked in turn."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from data.crowd import write_photos
from data.packs import Pack
from parts.columns import Beside, Part
from running.journal import resumed
from running.table import figure, table
from systems.builds import FORMER, NOW

from resight.metrics.interval import Estimate, bootstrap
from resight.types import Array

TIMED, WARM, TURNS = 30, 3, 5
"""Photos whose answers are timed, those that are asked before, and how often both builds are asked in turn."""


def time(beside: Beside, asked: Pack, work: Path) -> Part:
    """Seconds of processor for an answer, the builds being asked in turn."""
    photos = [str(path) for path in write_photos(asked.queries[: WARM + TIMED], work / "timed" / asked.name)]
    galleries = {name: one.gallery(asked.name, [asked.file]) for name, one in beside.items()}

    def turn(key: str) -> Any:
        return {
            name: one.build.ask("seconds", gallery=str(galleries[name]), photos=photos, warm=WARM)
            for name, one in beside.items()
        }

    journal = work / f"{asked.name}, time of {' and '.join(one.build.digest for one in beside.values())}.jsonl"
    turns = list(resumed(journal, map(str, range(TURNS)), turn, workers=1).values())
    medians = {name: np.median([one[name] for one in turns], axis=0) for name in beside}
    rows = [
        (name, figure(bootstrap(np.median, 1000 * one, rng=np.random.default_rng(0)), digits=0))
        for name, one in medians.items()
    ]
    said = f"### Milliseconds of processor for an answer on {asked.name}\n\n{table(('build', 'median'), rows)}"
    if FORMER in medians:
        said += f"\nNow / former: {figure(_ratio(medians[NOW], medians[FORMER]))}.\n"
    return said, {"turns": turns}


def _ratio(now: Array, former: Array) -> Estimate:
    """How many times as long all answers take together, with an interval over photos."""
    return bootstrap(lambda a, b: a.sum() / b.sum(), now, former, rng=np.random.default_rng(0))
