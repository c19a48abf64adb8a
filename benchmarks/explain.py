"""Maps: what they cost, whether their brightest spot is on the thing, and what hiding their bright places does.

    python benchmarks/explain.py --output explain.md --json explain.json

The house encoder's similarity in closed form beside Grad-CAM by back-propagation on the same network, and votes. The
known photos are museum's references; what is asked are museum's photos with marked corners, and references pasted small
on clutter.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Final

import cv2
import numpy as np
from data.corners import walls
from data.packs import Pack, pack, photo_of, shared
from data.shelves import shelf
from running.command import QUICK, Report, launch, parser
from running.progress import meter
from running.table import difference, figure, number, table
from timing.map_costs import costs

from resight.detection.magnified import MagnifiedPhoto
from resight.explain.faithfulness import cells, faithfulness
from resight.explain.heat import normalised
from resight.explain.methods import METHODS
from resight.explain.pair import PhotoPair, encoded, map_shape
from resight.features.encoder import encoders, global_encoder
from resight.features.head import gallery_head, head
from resight.io.datasets.dataset import discover
from resight.io.images import Photo
from resight.metrics import interval
from resight.metrics.interval import Estimate
from resight.search.describe import PhotoFeatures, extract
from resight.types import Array, Head, Image
from resight.verification.comparison import NO_VOTES, verify
from resight.verification.polygons import inside

PACK: Final = "museum"
PASTED: Final = 100
"""References that are pasted, one on each photo of clutter."""

POINTED: Final = ("votes", "similarity", "grad-cam")
TESTED: Final = ("similarity", "grad-cam")
LEAST: Final = 0.1
"""What a photo must add to the cosine of its blur for its places to be tested."""


@dataclass(frozen=True, slots=True, eq=False)
class Scene:
    """A photo, the label of one known thing in it, and the thing's corners ``(4, 2)`` in the photo's pixels."""

    image: Image
    label: str
    corners: Array

    def holds(self, point: Sequence[float]) -> bool:
        """Whether a point ``(x, y)`` lies on the thing."""
        return bool(inside(np.array([point], np.float64), self.corners)[0])

    def share(self) -> float:
        """How often a random point does."""
        mask = np.zeros(self.image.shape[:2], np.uint8)
        return float(cv2.fillConvexPoly(mask, self.corners.round().astype(np.int32), 1).mean())


class Museum:
    """The known photos of a pack by label, and how both encoders see them.

    Attributes
    ----------
    encoders : classical, whose points vote, and house.
    heads : the house encoder's, its whitening fitted on the known photos.
    """

    def __init__(self, asked: Pack) -> None:
        self.house = global_encoder("house")
        self.encoders = (*encoders("classical"), self.house)
        self._entries = {entry.label or "": entry for entry in asked.references}
        self.heads = {self.house.fingerprint: self._head()}
        self.reference = cache(self._reference)

    def case(self, image: Image, label: str) -> PhotoPair:
        """A photo, looked at closely, beside the known one of a label."""
        query, reference = MagnifiedPhoto(Photo.of(image), self.encoders).local, self.reference(label).local
        check = verify(query, reference, NO_VOTES).check
        return PhotoPair(query, reference, NO_VOTES, check, label, self.encoders, self.heads)

    def cosines(self, image: Image, label: str) -> tuple[float, float]:
        """The house encoder's, of a photo with the known one as an answer has it, and of their small images."""
        query, reference, house = extract(Photo.of(image), self.encoders), self.reference(label), self.house.fingerprint
        full = [head(one.descriptors[house], self.heads[house]) for one in (query, reference)]
        case = PhotoPair(query.local, reference.local, NO_VOTES, NO_VOTES, label, self.encoders, self.heads)
        small = [one.row for one in encoded(case, self.house)]
        return float(full[0] @ full[1]), float(small[0] @ small[1])

    def _reference(self, label: str) -> PhotoFeatures:
        return extract(photo_of(self._entries[label]), self.encoders)

    def _head(self) -> Head:
        seen = (extract(photo_of(entry), (self.house,)) for entry in self._entries.values())
        return gallery_head(np.stack([one.descriptors[self.house.fingerprint] for one in seen]), self.house.background)


def main(arguments: argparse.Namespace) -> Report:
    """The tables of cost, of pointing and of hiding."""
    step = QUICK if arguments.quick else 1
    asked = pack(PACK)
    museum = Museum(asked)
    scenes = {"museum, corners marked": list(hung(asked))[::step], "pasted small on clutter": pasted(asked)[::step]}
    hits = {name: pointed(museum, each, name) for name, each in scenes.items()}
    areas = hidden(museum, scenes["museum, corners marked"])
    gaps = [abs(np.subtract(*museum.cosines(scene.image, scene.label))) for scene in scenes["museum, corners marked"]]
    first = scenes["museum, corners marked"][0]
    taken = costs(museum.case(first.image, first.label), museum.house)
    parts = [
        f"### The brightest spot is on the thing\n\n{_pointing_table(hits)}",
        f"### What is left of the cosine, its bright places hidden first\n\n{_hiding_table(areas)}",
        f"### How far the cosine of the small images is from the answer's\n\n{_gap_table(gaps)}",
        f"### Milliseconds, one thread\n\n{_cost_table(taken)}",
    ]
    data = {
        "pointing": {name: {key: one.tolist() for key, one in each.items()} for name, each in hits.items()},
        "gaps": gaps,
        "deletion": {name: one.tolist() for name, one in areas.items()},
        "milliseconds": {
            given: {name: (1000 * np.array(one)).tolist() for name, one in each.items()}
            for given, each in taken.items()
        },
    }
    return Report("\n".join(parts), data)


def hung(asked: Pack) -> Iterator[Scene]:
    """The pack's photos of known things whose corners are marked."""
    for wall in walls(asked):
        for label, outline in zip(wall.known, wall.outlines, strict=True):
            if outline is not None:
                yield Scene(photo_of(wall.entry).image, label, outline)


def pasted(asked: Pack) -> list[Scene]:
    """References, each small, turned and slanted on a photo of clutter."""
    rng = np.random.default_rng(0)
    backdrops = [entry.photo().image for entry in discover(shared() / "data/photos/images.parquet").entries]
    scenes = []
    for index in rng.permutation(len(asked.references))[:PASTED]:
        entry = asked.references[index]
        image, [corners] = shelf([photo_of(entry).image], backdrops[rng.integers(len(backdrops))], rng)
        scenes.append(Scene(image, entry.label or "", corners))
    return scenes


def pointed(museum: Museum, scenes: Sequence[Scene], name: str) -> dict[str, Array]:
    """Whether the brightest spot of each map lies on the thing, ``(n,)``; and how often the centre and chance do."""
    hits: dict[str, list[float]] = {method: [] for method in (*POINTED, "centre", "random")}
    tell = meter(name)
    for done, scene in enumerate(scenes, 1):
        case = museum.case(scene.image, scene.label)
        for method in POINTED:
            encoder = next(each for each in case.encoders if METHODS[method].suits(each))
            hits[method].append(_hit(scene, METHODS[method].maps(case, encoder).weights[0]))
        size = np.array(scene.image.shape[1::-1])
        hits["centre"].append(scene.holds((size - 1) / 2))
        hits["random"].append(scene.share())
        tell(done, len(scenes))
    return {method: np.array(found, np.float64) for method, found in hits.items()}


def _hit(scene: Scene, weights: Array) -> bool:
    """A map that is empty points nowhere."""
    if not weights.max() > 0:
        return False
    row, column = np.unravel_index(weights.argmax(), weights.shape)
    cell = np.array(scene.image.shape[1::-1]) / weights.shape[::-1]
    return scene.holds((np.array([column, row]) + 0.5) * cell - 0.5)


def hidden(museum: Museum, scenes: Sequence[Scene]) -> dict[str, Array]:
    """Deletion areas of the house encoder's maps and of random orders, ``(n,)``."""
    rows = []
    tell = meter("hiding")
    for done, scene in enumerate(scenes, 1):
        rows += _areas(museum, scene)
        tell(done, len(scenes))
    return dict(zip((*TESTED, "random"), np.array(rows).T, strict=True))


def _areas(museum: Museum, scene: Scene) -> Iterator[tuple[float, ...]]:
    """The areas of one photo; none where seeing it adds less than LEAST to the cosine: a share of nothing is noise."""
    case = museum.case(scene.image, scene.label)
    maps = [METHODS[method].maps(case, museum.house) for method in TESTED]
    assert maps[0].scores is not None
    score, _ = maps[0].scores
    shape = cells(map_shape(case.query))
    if score(np.ones(shape, bool)) - score(np.zeros(shape, bool)) < LEAST:
        return
    tested = [faithfulness(score, normalised(one.weights[0]), rng=np.random.default_rng(0)) for one in maps]
    if all(tested):
        yield (*(one.deletion for one in tested if one), tested[0].random)  # type: ignore[union-attr]


def _pointing_table(hits: Mapping[str, Mapping[str, Array]]) -> str:
    methods = (*POINTED, "centre", "random")
    rows = (
        (name, str(len(each["centre"])), *(_share(each[method], method) for method in methods))
        for name, each in hits.items()
    )
    return table(("photos", "n", *methods), rows)


def _share(hits: Array, method: str) -> str:
    """A share with its interval; chance is known without one."""
    if method == "random":
        return f"{hits.mean():.3f}".removeprefix("0")
    return figure(interval.wilson(int(hits.sum()), len(hits)))


def _hiding_table(areas: Mapping[str, Array]) -> str:
    rng = np.random.default_rng(0)
    rows = []
    for name, one in areas.items():
        less = "–" if name == "similarity" else difference(_less(areas["similarity"], one, rng))
        rows.append((name, str(len(one)), figure(interval.bootstrap(_mean, one, rng=rng)), less))
    return table(("hidden first", "n", "area", "similarity − this, paired"), rows)


def _less(a: Array, b: Array, rng: np.random.Generator) -> Estimate:
    return interval.bootstrap_difference(_mean, (a,), (b,), rng=rng)


def _mean(values: Array) -> float:
    return float(values.mean())


def _gap_table(gaps: Sequence[float]) -> str:
    figures = (np.median(gaps), np.quantile(gaps, 0.9), max(gaps))
    return table(("n", "median", "nine in ten", "most"), [(str(len(gaps)), *(number(float(one)) for one in figures))])


def _cost_table(taken: Mapping[str, Mapping[str, Sequence[float]]]) -> str:
    """Beside the others that are given the same."""
    rows = []
    for given, each in taken.items():
        medians = {name: 1000 * float(np.median(one)) for name, one in each.items()}
        first = next(iter(medians.values()))
        rows += [(given, name, f"{one:.2f}", f"{one / first:,.1f}") for name, one in medians.items()]
    return table(("given", "map", "median ms", "times the first"), rows)


if __name__ == "__main__":
    launch(parser(__doc__ or ""), main)
