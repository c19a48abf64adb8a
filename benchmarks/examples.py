"""What photos of real use teach a calibration: 20, 60 and 200 examples, and the answers to the others.

    python benchmarks/examples.py --output examples.md

Every query of a pack is asked once, as an example by which a copy of its gallery is taught. Then examples are drawn
many times, photo by photo, or thing by thing until there are enough; the calibration is fitted to them as
`resight calibrate` does, and what it states of the other queries is judged, beside what it states of them untaught.
Intervals are of the draws.
"""

from __future__ import annotations

import argparse
import shutil
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import numpy as np
from data.packs import ASKED, Pack, pack, short
from running.command import QUICK, Report, launch, parser
from running.progress import meter, note
from running.table import number, table
from systems import resight_default
from systems.bench import Bench
from systems.contestants import SYSTEMS
from systems.resight_default import Recognising

from resight.calibration import calibration, conditional_logit
from resight.calibration.calibration import Calibration
from resight.calibration.examples import examples_in
from resight.calibration.fitting import calibrate
from resight.calibration.samples import CalibrationSamples, concatenate
from resight.calibration.teaching import teach
from resight.gallery.protocol import Gallery
from resight.gallery.stores.opening import open_gallery
from resight.io.datasets.dataset import Entry, discover
from resight.metrics.reliability import ece
from resight.search.candidates import columns
from resight.types import Array

PACKS: Final = ("groceries", "museum", "sf-buildings")
COUNTS: Final = (20, 60, 200)
DRAWS: Final = 20
FALSE_ACCEPTS: Final = 0.05
LEFT: Final = 40
"""Queries, at the least, that are left to be judged."""

FIGURES: Final = ("calibration error", "log loss", "named rightly, of known", "named, of unknown", "coverage at 5 %")


@dataclass(frozen=True, eq=False)
class Asked:
    """A pack's gallery and its queries as questions, of which ``things`` are the names."""

    columns: tuple[str, ...]
    simulated: CalibrationSamples
    queries: CalibrationSamples
    things: Array
    photos: int


def main(arguments: argparse.Namespace) -> Report:
    """A table of each pack: by photo and by thing, of each number of examples."""
    sections, data = [], {}
    for name in arguments.packs:
        asked = _asked(pack(name).thinned(QUICK if arguments.quick else 1), arguments.cache)
        rows = []
        for by, groups in (("photo", np.arange(len(asked.queries))), ("thing", asked.things)):
            for count in (count for count in COUNTS if count <= len(asked.queries) - LEFT):
                drawn = _drawn(asked, groups, count, 2 if arguments.quick else arguments.draws)
                data[f"{name}, {count} by {by}"] = drawn
                rows.append((by, str(count), *_row(drawn)))
        known = int(asked.queries.known.sum())
        title = f"### {name}: {known} photos of known things, {len(asked.queries) - known} of unknown ones"
        heads = ("drawn by", "examples", "used", *FIGURES)
        sections += [title, "", table(heads, rows)]
    return Report("\n".join(sections), {"draws": data})


def _asked(asked: Pack, cache: Path) -> Asked:
    """The pack's queries as examples of a copy of its gallery; an interrupted run goes on."""
    bench = Bench(resight_default.NAME, SYSTEMS[resight_default.NAME], asked, cache)
    if not isinstance(bench.system, Recognising):
        raise TypeError(f"{resight_default.NAME} is a {type(bench.system).__name__}; wanted a Recognising")
    taught = bench.folder / f"taught-{len(asked.queries)}.gallery"
    if not taught.exists():
        shutil.copy(bench.folder / resight_default.FILE, taught)
    wanted = {entry.name for entry in asked.queries}
    answerable = {entry.name for entry in asked.queries if asked.answers(entry)}
    entries = [
        entry if short(entry.name) in answerable else replace(entry, labels=())
        for entry in discover(asked.file).of(*ASKED)
        if short(entry.name) in wanted
    ]
    with open_gallery(taught, write=True) as gallery:
        _teach(gallery, bench.system, entries)
        stored = calibration.stored(gallery)
        if stored is None:
            raise TypeError(f"{taught} has no calibration")
        samples = CalibrationSamples.of(stored.arrays)
        names = {example.key: example.thing for example in examples_in(stored.parameters)}
    queries = samples.only(samples.given)
    things = np.array([names[key] for key in queries.asked()])
    return Asked(
        columns(bench.system.recogniser.index),
        samples.only(~samples.given),
        queries,
        things,
        len(bench.system.recogniser.index),
    )


def _teach(gallery: Gallery, system: Recognising, entries: Sequence[Entry]) -> None:
    tell = meter("queries asked as examples")
    steps = calibrate(gallery, system.recogniser.encoders, entries)
    while True:
        try:
            step = next(steps)
        except StopIteration as end:
            told = end.value.examples
            note(f"left out: {len(told.references)} references, {len(told.recognised)} unknown ones that are known")
            return
        tell(step.done, step.total)


def _drawn(asked: Asked, groups: Array, count: int, draws: int) -> dict[str, Any]:
    """The figures of each draw of so many examples, untaught and taught."""
    untaught, taught, worths = [], [], []
    for seed in range(draws):
        rng = np.random.default_rng(seed)
        chosen = np.zeros(len(groups), bool)
        for group in rng.permutation(np.unique(groups)):
            rows = np.flatnonzero((groups == group) & ~chosen)
            chosen[rows[: count - int(chosen.sum())]] = True
        samples = concatenate([asked.simulated, asked.queries.only(chosen)], len(asked.columns))
        plain = calibration.fit(asked.columns, asked.simulated, photos=asked.photos)
        fitted, lesson = teach(asked.columns, samples, asked.things[chosen].tolist(), photos=asked.photos)
        # Of a thing that is an example in part, the other photos are no others.
        apart = ~np.isin(asked.things, asked.things[chosen]) if len(np.unique(groups)) < len(groups) else ~chosen
        others = asked.queries.only(apart)
        untaught.append(_figures(plain, others))
        taught.append(_figures(fitted, others))
        worths.append(0 if lesson is None else lesson.worth)
    return {"untaught": untaught, "taught": taught, "worths": worths}


def _figures(fitted: Calibration, asked: CalibrationSamples) -> list[float]:
    """FIGURES of what a calibration states of questions, at their own share of unknown photos."""
    known = asked.known
    unknown = ((~known).sum() + 1) / (len(known) + 2)
    offset = float(np.log(unknown / (1 - unknown)))
    questions = conditional_logit.Questions(fitted.scale(asked.evidence), asked.present, asked.answers)

    def stated(offset: float) -> Array:
        return conditional_logit.probabilities(questions.evidence, questions.present, fitted.weights, offset=offset)

    found, even = stated(offset), stated(0.0).max(axis=1)
    right = (found.argmax(axis=1) == asked.answers) & (asked.answers >= 0)
    loss = -conditional_logit.log_likelihood(questions, fitted.weights)
    passed = even >= fitted.threshold(FALSE_ACCEPTS).value
    return [
        ece(found.max(axis=1), right),
        (_mean(loss[known]) + _mean(loss[~known])) / 2,
        _mean((right & (found.max(axis=1) >= 0.5))[known]),
        _mean((found.max(axis=1) >= 0.5)[~known]),
        _mean((right & passed)[known]),
    ]


def _mean(values: Array) -> float:
    """The mean; of none, as where a quick run leaves no unknown photo, it is no number."""
    return float(values.mean()) if len(values) else float("nan")


def _row(drawn: dict[str, Any]) -> list[str]:
    """How often examples were used, and each figure untaught → taught, with the middle 90 % of the draws."""
    used = [worth for worth in drawn["worths"] if worth]
    cells = [f"{len(used)} of {len(drawn['worths'])}"]
    for before, after in zip(np.transpose(drawn["untaught"]), np.transpose(drawn["taught"]), strict=True):
        low, high = np.quantile(after, (0.05, 0.95))
        cells.append(f"{number(before.mean())} → {number(after.mean())} [{number(low)}, {number(high)}]")
    return cells


if __name__ == "__main__":
    options = parser(__doc__ or "", packs=PACKS)
    options.add_argument("--draws", type=int, default=DRAWS, metavar="N", help=f"draws of examples; by default {DRAWS}")
    launch(options, main)
