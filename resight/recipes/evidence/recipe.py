"""The evidence recipe: how much each kind of evidence counts, fitted on simulated views of everyday photos.

Things are everyday photos and composed sister products; some of each are known. All of them are asked about in the
same simulated views, hard and mild, whether they are known or not, and sisters by a copy of the picture itself, cut a
little, as well; plain photos of walls, boxes and screens are asked as they are, and are unknown. The weights of the
conditional logit that answers those questions best ship with resight, and are where each gallery's own calibration
starts.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path
from typing import Any, Final

import cv2
import numpy as np

from resight.calibration import conditional_logit
from resight.calibration.prior import PRINT_ROW, Scale, signs
from resight.calibration.samples import CalibrationSamples, QueryKind, concatenate, row
from resight.calibration.simulated_views import MILD, ViewDifficulty, view
from resight.calibration.sister_products import sisters
from resight.errors import DatasetError, PhotoError
from resight.features.encoder import DEFAULT, Encoder, encoders
from resight.gallery.stores.opening import create_gallery
from resight.indexing.enrolment import enrol
from resight.indexing.index import whiten
from resight.io import images
from resight.io.cached_result import require_place, write_text
from resight.io.datasets.dataset import Entry, unlabelled_photos
from resight.io.datasets.preflight import DatasetRead, Outset, PhotosLeftOut
from resight.io.images import Photo
from resight.io.scratch_folder import scratch
from resight.progress import Job, Progress
from resight.runtimes import processors
from resight.search.candidates import candidates, columns
from resight.search.describe import extract
from resight.search.gallery_index import GalleryIndex
from resight.training.ranges import require_within
from resight.types import Array, Image
from resight.verification.comparison import BESIDE, LOCAL

from .config import EvidenceConfig
from .plain_photos import plain_photos

_CERTAIN: Final = 1e9
"""Precision of a weight that is left as it is."""

ALONE: Final = 100.0
"""Times as firmly as other evidence a cosine is believed where nothing else speaks: a gallery's own questions compare
its things with each other, and tell nothing of the plain things elsewhere that look much like one of them."""

CUT: Final = 1 / 12
"""Share of a picture's sides that a copy may lack at each."""


@dataclass(frozen=True, slots=True, eq=False)
class Thing:
    """A thing that ``queries`` show, in hard views or as it is, and ``copies``, mild views and pictures cut.

    ``label`` names it, and its ``photo`` makes it known.
    """

    label: int
    photo: Image | None
    queries: tuple[Image, ...]
    copies: tuple[Image, ...] = ()


def run(folder: Path, output: Path, config: EvidenceConfig | None = None) -> Job[dict[str, Any]]:
    """Fit the evidence's weights on the photos of ``folder`` and write them to ``output`` (JSON).

    Raises TrainingError for a setting out of its range and where the file cannot be written, DatasetError where the
    folder holds fewer photos than are drawn.
    """
    config = config or EvidenceConfig()
    require_within(config)
    require_place(output)
    rng = np.random.default_rng(config.seed)
    photos = yield from _sample(folder, 2 * config.photos + config.backdrops + config.pictures, rng)
    things = list(_things(photos, config, rng))
    yield Progress("things", len(things), len(things))
    makers = encoders(DEFAULT)
    queries = sum(len(thing.queries) + len(thing.copies) for thing in things)
    blocks: list[CalibrationSamples] = []
    with scratch() as place:
        known = _enrolled(things, makers, place)
        names = columns(known)
        for block in _asked(things, known, makers):
            blocks.append(block)
            yield Progress("questions", len(blocks), queries)
        known.gallery.close()
    evidence = {"fits": fits(concatenate(blocks, len(names)), names, config)}
    write_text(output, json.dumps(evidence, indent=2) + "\n")
    yield Progress("fit", 1, 1)
    return evidence


def _sample(folder: Path, count: int, rng: np.random.Generator) -> Job[list[Image]]:
    dataset = unlabelled_photos(folder)
    entries = dataset.entries
    yield DatasetRead.of(Outset(survey=dataset.survey), len(entries))
    if len(entries) < count:
        raise DatasetError(f"{folder} holds {len(entries)} photos, wanted {count}: add some, or draw fewer things")
    rows = np.sort(rng.choice(len(entries), count, replace=False))
    photos, unread = _readable(entries, rows, iter(np.setdiff1d(np.arange(len(entries)), rows)))
    yield PhotosLeftOut.of(unread, count)
    return [photos[row] for row in rng.permutation(len(photos))]


def _readable(entries: Sequence[Entry], rows: Array, spare: Iterator[int]) -> tuple[list[Image], tuple[str, ...]]:
    """The photos in these rows, with the next spare one for each that cannot be read, and those that cannot."""
    found: list[Image] = []
    unread: list[str] = []
    for drawn in rows:
        for each in chain([drawn], spare):
            try:
                found.append(entries[each].photo().image)
                break
            except PhotoError as error:
                unread.append(f"{entries[each].name}: {error}")
        else:
            raise DatasetError(f"too few of {len(entries)} photos can be read, such as: {unread[-1]}: add photos")
    return found, tuple(unread)


def _things(photos: Sequence[Image], config: EvidenceConfig, rng: np.random.Generator) -> Iterator[Thing]:
    """Sister products, everyday and plain photos; the first photos are backdrops, the next pictures on products."""
    used = config.backdrops + config.pictures
    backdrops, pictures, own = photos[: config.backdrops], photos[config.backdrops : used], photos[used:]
    label = 0
    for number in range(config.families):
        family = sisters(pictures, rng, int(rng.integers(2, 5)), forms=number % 2 > 0)
        known = int(rng.integers(1, len(family)))
        for rank, place in enumerate(rng.permutation(len(family))):
            paint = _grey if rng.random() < config.grey else _same
            hard, mild = _views(family[place], backdrops, rng, config, parallax=0.02)
            copies = map(paint, [*mild, _cut(family[place], rng)])
            photo = paint(family[place]) if rank < known else None
            yield Thing(label, photo, tuple(map(paint, hard)), tuple(copies))
            label += 1
    for place, photo in enumerate(own):
        paint = _grey if rng.random() < config.grey else _same
        hard, mild = _views(photo, backdrops, rng, config, parallax=config.parallax)
        shown = paint(photo) if place < config.photos else None
        yield Thing(label + place, shown, tuple(map(paint, hard)), tuple(map(paint, mild)))
    for place, photo in enumerate(plain_photos(), label + len(own)):
        yield Thing(place, None, (photo,))


def _views(
    photo: Image, backdrops: Sequence[Image], rng: np.random.Generator, config: EvidenceConfig, *, parallax: float
) -> tuple[list[Image], list[Image]]:
    """Hard views of a thing and mild ones, as many."""
    views: tuple[list[Image], list[Image]] = [], []
    for _ in range(config.views):
        for of, how in zip(views, (replace(ViewDifficulty(), parallax=parallax), MILD), strict=True):
            of.append(view(photo, backdrops, rng, how=how))
    return views


def _cut(photo: Image, rng: np.random.Generator) -> Image:
    """The picture without up to a twelfth at either side, at another size."""
    (top, left), (height, width) = rng.uniform(0, CUT, 2), photo.shape[:2]
    below, right = 1 - rng.uniform(0, CUT, 2)
    kept = photo[int(top * height) : int(below * height), int(left * width) : int(right * width)]
    size = rng.uniform(0.6, 1.2)
    return cv2.resize(kept, None, fx=size, fy=size, interpolation=cv2.INTER_AREA if size < 1 else cv2.INTER_CUBIC)


def _same(image: Image) -> Image:
    return image


def _grey(image: Image) -> Image:
    return np.repeat(image.mean(axis=2, keepdims=True).astype(np.uint8), 3, axis=2)


def _enrolled(things: Sequence[Thing], makers: Sequence[Encoder], folder: Path) -> GalleryIndex:
    """The known things as a gallery in ``folder`` holds them; each is named by its label."""
    entries = []
    for thing in things:
        if thing.photo is not None:
            file = folder / f"{thing.label}.jpg"
            file.write_bytes(images.encode(thing.photo, ".jpg", quality=95))
            entries.append(Entry(file.name, file, (str(thing.label),)))
    gallery = create_gallery(folder / "known.gallery", [maker.card() for maker in makers])
    for _ in enrol(gallery, entries, makers):
        pass
    whiten(gallery, makers)
    return GalleryIndex(gallery, makers)


def _asked(things: Sequence[Thing], index: GalleryIndex, encoders: Sequence[Encoder]) -> Iterator[CalibrationSamples]:
    """Asks about each thing by its queries, in order, on every processor, as a recogniser asks."""
    labels = {int(item.instance) for item in index.items.values()}

    def ask(label: int, query: Image, is_copy: bool) -> CalibrationSamples:
        features = extract(Photo.of(query), encoders)
        found = candidates(index, features)
        names = [int(index.items[id].instance) for id in found.ids]
        kind = QueryKind.VIEW if label in labels else QueryKind.UNKNOWN
        return row(found, label, kind, int(is_copy), names.index(label) if label in names else -1)

    asked = [
        (thing.label, query, is_copy)
        for thing in things
        for is_copy, queries in ((False, thing.queries), (True, thing.copies))
        for query in queries
    ]
    with ThreadPoolExecutor(processors.available()) as workers:
        yield from workers.map(ask, *zip(*asked, strict=True))


def fits(asked: CalibrationSamples, names: Sequence[str], config: EvidenceConfig) -> list[dict[str, Any]]:
    """The weights of local evidence alone, and of all of it where there is more; ``names`` are the columns.

    Without a global encoder there are no candidates that have no votes.
    """
    voted = asked.present & (asked.evidence[..., 0] > 0)
    answers = np.where((asked.answers[:, None] == np.arange(voted.shape[1])) & voted, asked.answers[:, None], -1)
    local = replace(
        asked, evidence=asked.evidence[..., : len(LOCAL)], present=voted, answers=answers.max(axis=1, initial=-1)
    )
    found = [_fit(local, LOCAL, config)]
    return found if len(names) == len(LOCAL) else [*found, _fit(asked, names, config)]


def _fit(asked: CalibrationSamples, names: Sequence[str], config: EvidenceConfig) -> dict[str, Any]:
    """Weights of these columns, with the precision they have as a belief, and what they were fitted on.

    What tells look-alikes apart is learned from all questions, as is the cosine of what has no registration, and the
    rest before from hard views alone, which shelf photos are more like: of a copy of a known picture everything agrees.
    """
    scale = _scale(asked.evidence[asked.present])
    questions = conditional_logit.Questions(scale(asked.evidence), asked.present, asked.answers)
    columns = np.array([*names, "constant"])
    prints = columns == "print"
    alone = np.array([name.endswith(" alone") for name in columns])
    beside = (np.isin(columns, BESIDE) | alone) & ~prints
    wide = conditional_logit.Prior(
        np.where(prints, PRINT_ROW["weight"], 0.0), np.where(prints, PRINT_ROW["precision"], 0.1)
    )
    hard, everything = (_balanced(asked, counted) for counted in (asked.tokens == 0, np.ones(len(asked), bool)))
    first = conditional_logit.fit(questions, wide, importance=hard, signs=signs(names))
    kept = conditional_logit.Prior(np.where(beside, 0.0, first), np.where(beside, wide.precision, _CERTAIN))
    weights = conditional_logit.fit(questions, kept, importance=everything, signs=signs(names))
    # What no question asks about, as twins among few families, is believed as little as before, and not improperly.
    known = [np.diag(conditional_logit.curvature(questions, weights, each)) for each in (hard, everything)]
    believed = wide.precision + np.where(beside, known[1], known[0])
    firmly = config.worth / len(asked) * np.where(alone, ALONE, 1.0)
    precision = np.where(prints, PRINT_ROW["precision"], believed * firmly)
    rows = {
        name: {"centre": centre, "spread": spread, "weight": weight, "precision": certain}
        for name, centre, spread, weight, certain in zip(
            (*names, "constant"),
            (*scale.centre.round(5).tolist(), 0.0),
            (*scale.spread.round(5).tolist(), 1.0),
            weights.round(5).tolist(),
            precision.round(5).tolist(),
            strict=True,
        )
    }
    report = {"questions": len(asked), "known": int(asked.known.sum()), "kept": int((weights != 0).sum())}
    return {"evidence": rows, "fitted_on": report}


def _balanced(asked: CalibrationSamples, counted: Array) -> Array:
    """Importance ``(q,)`` of the questions that are ``counted (q,)``: known and unknown ones alike, and one each in the
    mean of all.
    """
    shares = [counted & side for side in (asked.known, ~asked.known)]
    return sum((len(asked) / 2 * side / max(side.sum(), 1) for side in shares), np.zeros(len(asked)))


def _scale(evidence: Array) -> Scale:
    """Mean and deviation of each column; of the measures of registered photos, where there is a registration.

    Cosines are not centred: a centre above those of hard views is how a fit would say that such views are known. Nor is
    what photos have beside others that look alike, for most have none beside them; its spread is that of those who do.
    """
    at, local = LOCAL.index("registered"), len(LOCAL)
    compared = evidence[evidence[:, at] > 0]
    centre, spread = compared.mean(axis=0), compared.std(axis=0)
    centre[0], spread[0] = evidence[:, 0].mean(), evidence[:, 0].std()
    centre[at], spread[at] = 0.0, 1.0
    centre[local:], spread[local:] = 0.0, evidence[:, local:].std(axis=0)
    for column in map(LOCAL.index, BESIDE):
        told = evidence[evidence[:, column] != 0, column]
        centre[column], spread[column] = 0.0, np.sqrt((told**2).mean()) if len(told) else 1.0
    spread[LOCAL.index("print")] = PRINT_ROW["spread"]
    return Scale(centre, spread)
