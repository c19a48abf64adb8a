"""What is where: museum's photos of walls and rooms, and shelves of pasted things.

    python benchmarks/find.py --output find.md

A finding is right where its name is one that the photo's list still lacks; on shelves, where every thing has an
outline, that must be met as well (intersection over union of a half). Every photo is asked again with all that it shows
left out of the gallery: then whatever gets a name, at a chosen false-accept rate, is unknown.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Final

import numpy as np
from data.corners import walls
from data.packs import Pack, pack, photo_of, shared
from data.shelves import shelf
from running.command import QUICK, Report, launch, parser
from running.journal import resumed
from running.progress import note
from running.provenance import digest
from running.table import figure, table
from systems.finding import list_f1, mean_overlap, paired

from resight.calibration.decision import DecisionRule
from resight.detection.detection import BOTH, find
from resight.detection.hypotheses import NamedHypothesis
from resight.detection.magnified import MagnifiedPhoto
from resight.features.encoder import DEFAULT
from resight.indexing.index import index
from resight.io import images
from resight.io.datasets.dataset import discover
from resight.io.images import Photo
from resight.metrics.interval import Estimate, bootstrap, wilson
from resight.recognition.recogniser import Recogniser
from resight.types import Array
from resight.verification.polygons import iou

SYSTEMS: Final = {
    "geometry": (DEFAULT, "geometry"),
    "both": (DEFAULT, BOTH),
    "heat": (DEFAULT, "heat"),
    "heat, house alone": (("house",), "heat"),
}
"""The encoders that the gallery was made with, and the way that things are found."""

FAR: Final = 0.05
"""The false-accept rate at which unknown things are asked about."""

SHELVES: Final = 30

THINGS: Final = 5
"""Known things on a shelf; every second one has the first of them twice, and each an unknown thing as well."""

HALF: Final = 0.5
"""Of an outline on a shelf, the least intersection over union."""


@dataclass(frozen=True, slots=True, eq=False)
class Scene:
    """A photo to be asked about: ``load`` reads it, and ``known`` things are there, each with its outline or None."""

    name: str
    load: Callable[[], Photo]
    known: tuple[str, ...]
    outlines: tuple[Array | None, ...]


@dataclass(frozen=True, slots=True)
class Result:
    """What one system found in one set of photos.

    Attributes
    ----------
    f1 : of the lists of names.
    overlap : mean intersection over union of the right findings whose outline is known, None without any.
    named : share of photos in which an unknown thing got a name, all that they show being left out.
    seconds : median of the processor time for one photo, its reading left out.
    """

    f1: Estimate
    overlap: Estimate | None
    named: Estimate
    seconds: float


def main(arguments: argparse.Namespace) -> Report:
    """Both tables."""
    museum = pack("museum")
    step = QUICK if arguments.quick else 1
    sets = {
        "on the wall, in the room": (on_walls(museum)[::step], 0.0),
        "shelves": (on_shelves(museum, SHELVES)[::step], HALF),
    }
    code = digest([Path(__file__)], data=[museum.file])
    folder = arguments.cache / f"{museum.name}-find-{code}"
    folder.mkdir(parents=True, exist_ok=True)
    galleries = {made: _gallery(museum, made, folder) for made in dict.fromkeys(made for made, _ in SYSTEMS.values())}
    results = {}
    for title, (scenes, least) in sets.items():
        for name, (made, way) in SYSTEMS.items():
            journal = folder / f"{title}-{name}.jsonl".replace(", ", "-").replace(" ", "-")
            rows = _asked(galleries[made], way, scenes, journal)
            results[title, name] = measured(scenes, rows, least)
    return Report(_markdown(sets, results), {"results": [_data(*key, one) for key, one in results.items()]})


def on_walls(museum: Pack) -> list[Scene]:
    """Museum's photos of paintings on the wall and in the room, distractors included."""
    return [Scene(wall.entry.name, partial(photo_of, wall.entry), wall.known, wall.outlines) for wall in walls(museum)]


def on_shelves(museum: Pack, count: int) -> list[Scene]:
    """Shelves of museum's references, on everyday photos, each with a building that the museum does not know."""
    backdrops = discover(shared() / "data" / "photos" / "images.parquet").entries
    others = pack("sf-buildings").references
    found = []
    for number in range(count):
        rng = np.random.default_rng(number)
        rows = rng.choice(len(museum.references), THINGS, replace=False)
        things = [museum.references[row] for row in rows]
        things += things[: number % 2]
        backdrop, other = (several[rng.integers(len(several))] for several in (backdrops, others))
        pasted = [photo_of(entry).image for entry in (*things, other)]
        image, outlines = shelf(pasted, photo_of(backdrop).image, rng)
        data = images.encode(image, ".jpg")
        known = tuple(entry.label or "" for entry in things)
        found.append(Scene(f"shelf {number}", partial(images.read, data), known, tuple(outlines[: len(things)])))
    return found


def _gallery(museum: Pack, made: Sequence[str], folder: Path) -> Recogniser:
    name = "-".join(made)
    path = folder / f"{name}.gallery"
    note(f"{museum.name} is indexed by {name}")
    index(museum.file, path, encoders=made)
    return Recogniser.open(path)


def _asked(recogniser: Recogniser, way: str, scenes: Sequence[Scene], journal: Path) -> list[dict[str, Any]]:
    """What is found in every scene, and with what it shows left out; one after the other, so that it can be timed."""
    named = {scene.name: scene for scene in scenes}

    def ask(name: str) -> dict[str, Any]:
        scene = named[name]
        look = MagnifiedPhoto(scene.load(), recogniser.encoders)
        begun = time.process_time()
        found = _found(recogniser, look, way)
        seconds = time.process_time() - begun
        barred = [id for id, item in recogniser.index.items.items() if item.instance in scene.known]
        unknown = _found(recogniser, look, way, false_accept_rate=FAR, exclude=barred)
        return {"found": _rows(found), "unknown": _rows(unknown), "seconds": seconds}

    return list(resumed(journal, named, ask, workers=1).values())


def _found(
    recogniser: Recogniser,
    look: MagnifiedPhoto,
    way: str,
    *,
    false_accept_rate: float | None = None,
    exclude: Collection[int] = (),
) -> list[NamedHypothesis]:
    rule = DecisionRule(recogniser.calibration, false_accept_rate, 0.5)
    found = find(recogniser.index, look, rule, method=way, exclude=exclude)
    return [one for one in found if not one.mirrored]


def _rows(found: Iterable[NamedHypothesis]) -> list[dict[str, Any]]:
    return [
        {
            "name": one.hypothesis.instance,
            "outline": one.hypothesis.outline.tolist(),
            "way": one.method,
            "sure": one.probability,
        }
        for one in found
    ]


def measured(scenes: Sequence[Scene], rows: Sequence[Mapping[str, Any]], least: float) -> Result:
    """Figures of one system; a finding needs an overlap of ``least`` to be right."""
    counts = np.array([_judged(scene, row["found"], least) for scene, row in zip(scenes, rows, strict=True)])
    right, found, there, marked, sums = counts.T
    rng = np.random.default_rng(0)
    named = sum(bool(row["unknown"]) for row in rows)
    return Result(
        bootstrap(list_f1, right, found, there, rng=rng),
        bootstrap(mean_overlap, sums, marked, rng=rng) if marked.any() else None,
        wilson(named, len(rows)),
        float(np.median([row["seconds"] for row in rows])),
    )


def _judged(scene: Scene, found: Sequence[Mapping[str, Any]], least: float) -> tuple[float, ...]:
    """Right findings, findings, things there, right ones whose outline is known, and the sum of their overlaps."""
    same = np.array([[one["name"] == name for name in scene.known] for one in found], bool)
    overlaps = np.array([
        [0.0 if outline is None else iou(np.array(one["outline"]), outline) for outline in scene.outlines]
        for one in found
    ])  # fmt: skip
    shape = (len(found), len(scene.known))
    pairs = paired(same.reshape(shape), overlaps.reshape(shape), least=least)
    marked = [(f, t) for f, t in pairs if scene.outlines[t] is not None]
    return len(pairs), *shape, len(marked), float(sum(overlaps[f, t] for f, t in marked))


def _markdown(sets: Mapping[str, tuple[Sequence[Scene], float]], results: Mapping[tuple[str, str], Result]) -> str:
    headers = ("photos", "n", "things", "way", "list F1", "mean IoU", f"unknown named at {FAR:.0%}", "CPU s")
    lines = []
    for (title, name), one in results.items():
        scenes, _ = sets[title]
        things = sum(len(scene.known) for scene in scenes)
        overlap = "–" if one.overlap is None else figure(one.overlap)
        figures = (figure(one.f1), overlap, figure(one.named), f"{one.seconds:.2f}")
        lines.append((title, str(len(scenes)), str(things), name, *figures))
    return table(headers, lines)


def _data(title: str, name: str, one: Result) -> dict[str, Any]:
    overlap = None if one.overlap is None else one.overlap.to_dict()
    figures = {"f1": one.f1.to_dict(), "overlap": overlap, "named": one.named.to_dict()}
    return {"photos": title, "way": name, **figures, "seconds": one.seconds}


if __name__ == "__main__":
    launch(parser(__doc__ or ""), main)
