"""The evidence recipe: how much each kind of evidence counts, fitted on simulated views of everyday photos.

Things are everyday photos and composed sister products; some of each are known. Every known thing is asked about in a
simulated view, and so are unknown sisters and unknown photos. The weights of the conditional logit that answers those
questions best ship with resight, and are where each gallery's own calibration starts.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from resight.calibration import SIGNS, Scale
from resight.candidates import COMPARED, PROPOSED
from resight.core import choice
from resight.encoders import Encoder, encoders
from resight.errors import DatasetError
from resight.evidence import LOCAL, Sight, compare
from resight.io import images
from resight.io.images import Photo
from resight.io.manifest import discover
from resight.local.sisters import sisters
from resight.local.views import Difficulty, view
from resight.local_index import LocalIndex
from resight.progress import Progress
from resight.sighting import see
from resight.types import Array, Image


@dataclass(frozen=True, slots=True)
class Config:
    """What the recipe draws.

    Attributes
    ----------
    families : of sister products, two to four each.
    photos : known everyday photos; as many more are unknown.
    backdrops, pictures : further photos, seen around and in front of things, and printed on products.
    views : of each known sister.
    grey : share of the things that have no colour.
    parallax : of everyday photos, which show scenes with depth; sisters are flat.
    worth : questions of a gallery's own that outweigh the shipped weights.
    seed : of everything drawn.
    """

    families: int = 150
    photos: int = 300
    backdrops: int = 200
    pictures: int = 200
    views: int = 2
    grey: float = 0.15
    parallax: float = 0.05
    worth: float = 50.0
    seed: int = 1


@dataclass(frozen=True, slots=True, eq=False)
class Thing:
    """A known thing's photo, or ``queries`` that show it; ``label`` names it."""

    label: int
    photo: Image | None
    queries: tuple[Image, ...]


def run(folder: Path, output: Path, config: Config | None = None) -> Iterator[Progress]:
    """Fit the evidence's weights on the photos of ``folder`` and write them to ``output`` (JSON).

    Raises DatasetError where the folder holds fewer photos than are drawn.
    """
    config = config or Config()
    rng = np.random.default_rng(config.seed)
    photos = _sample(folder, 2 * config.photos + config.backdrops + config.pictures, rng)
    things = list(_things(photos, config, rng))
    (encoder,) = encoders()
    yield Progress("things", len(things), len(things))
    index, known = _index(encoder, things)
    rows = []
    asked = [(thing.label, query) for thing in things for query in thing.queries]
    for label, query in asked:
        rows.append(_question(encoder, index, known, label, query))
        yield Progress("questions", len(rows), len(asked))
    evidence = _fit(rows, {thing.label for thing in things if thing.photo is not None}, asked, config)
    output.write_text(json.dumps(evidence, indent=2) + "\n", encoding="utf-8")
    yield Progress("fit", 1, 1, evidence)


def _sample(folder: Path, count: int, rng: np.random.Generator) -> list[Image]:
    entries = discover(folder).entries
    if len(entries) < count:
        raise DatasetError(f"{folder} holds {len(entries)} photos, wanted {count}: add some, or draw fewer things")
    rows = np.sort(rng.choice(len(entries), count, replace=False))
    photos = [images.read(entries[row].read()).image for row in rows]
    return [photos[row] for row in rng.permutation(len(photos))]


def _things(photos: Sequence[Image], config: Config, rng: np.random.Generator) -> Iterator[Thing]:
    """Sister products and everyday photos; the first photos are backdrops, the next pictures on products."""
    used = config.backdrops + config.pictures
    backdrops, pictures, own = photos[: config.backdrops], photos[config.backdrops : used], photos[used:]
    flat, deep = Difficulty(parallax=0.02), Difficulty(parallax=config.parallax)
    label = 0
    for _ in range(config.families):
        family = sisters(pictures, rng, int(rng.integers(2, 5)))
        known = int(rng.integers(1, len(family)))
        for rank, place in enumerate(rng.permutation(len(family))):
            paint = _grey if rng.random() < config.grey else _same
            number = config.views if rank < known else 1
            queries = tuple(paint(view(family[place], backdrops, rng, how=flat)) for _ in range(number))
            yield Thing(label, paint(family[place]) if rank < known else None, queries)
            label += 1
    for place, photo in enumerate(own):
        paint = _grey if rng.random() < config.grey else _same
        query = paint(view(photo, backdrops, rng, how=deep))
        yield Thing(label + place, paint(photo) if place < config.photos else None, (query,))


def _same(image: Image) -> Image:
    return image


def _grey(image: Image) -> Image:
    return np.repeat(image.mean(axis=2, keepdims=True).astype(np.uint8), 3, axis=2)


def _index(encoder: Encoder, things: Sequence[Thing]) -> tuple[LocalIndex, dict[int, Sight]]:
    if encoder.cells is None:
        raise ValueError("the evidence recipe needs an encoder whose features vote")
    index = LocalIndex(encoder.cells)
    known = {thing.label: _sight(encoder, thing.photo) for thing in things if thing.photo is not None}
    for label, sight in known.items():
        index.add(label, sight.features)
    return index, known


def _sight(encoder: Encoder, image: Image) -> Sight:
    return see(Photo(image, (image.shape[1], image.shape[0]), b""), [encoder]).sight


def _question(
    encoder: Encoder, index: LocalIndex, known: dict[int, Sight], label: int, query: Image
) -> tuple[Array, int]:
    """Evidence ``(k, e)`` of the candidates, and the column of the right one or -1."""
    sight = _sight(encoder, query)
    proposals = index.propose(sight.features, PROPOSED)[:COMPARED]
    evidence = [compare(sight, known[proposal.id], proposal.check).evidence for proposal in proposals]
    names = [proposal.id for proposal in proposals]
    return np.array(evidence).reshape(-1, len(LOCAL)), names.index(label) if label in names else -1


def _fit(
    rows: Sequence[tuple[Array, int]], known: set[int], asked: Sequence[tuple[int, Image]], config: Config
) -> dict[str, object]:
    most = max(len(evidence) for evidence, _ in rows)
    evidence = np.stack([np.pad(one, [(0, most - len(one)), (0, 0)]) for one, _ in rows])
    present = np.stack([np.arange(most) < len(one) for one, _ in rows])
    answers = np.array([answer for _, answer in rows])
    is_known = np.array([label in known for label, _ in asked])
    scale = _scale(evidence[present])
    importance = np.where(is_known, 0.5 / is_known.mean(), 0.5 / (~is_known).mean())
    questions = choice.Questions(scale(evidence), present, answers)
    wide = choice.Prior(np.zeros(len(LOCAL) + 1), np.full(len(LOCAL) + 1, 0.1))
    signs = np.array([*(SIGNS[name] for name in LOCAL), 0])
    weights = choice.fit(questions, wide, importance=importance, signs=signs)
    precision = np.diag(choice.curvature(questions, weights, importance)) * config.worth / len(answers)
    columns = {
        name: {"centre": centre, "spread": spread, "weight": weight, "precision": certain}
        for name, centre, spread, weight, certain in zip(
            (*LOCAL, "constant"),
            (*scale.centre.round(5).tolist(), 0.0),
            (*scale.spread.round(5).tolist(), 1.0),
            weights.round(5).tolist(),
            precision.round(5).tolist(),
            strict=True,
        )
    }
    report = {"questions": len(answers), "known": int(is_known.sum()), "kept": int((weights != 0).sum())}
    return {"evidence": columns, "fitted_on": report}


def _scale(evidence: Array) -> Scale:
    """Mean and deviation of each column; of the measures of registered photos, where there is a registration."""
    at = LOCAL.index("registered")
    compared = evidence[evidence[:, at] > 0]
    centre, spread = compared.mean(axis=0), compared.std(axis=0)
    centre[0], spread[0] = evidence[:, 0].mean(), evidence[:, 0].std()
    centre[at], spread[at] = 0.0, 1.0
    return Scale(centre, spread)
