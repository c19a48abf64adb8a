"""Which side of a photo suits the house encoder, asked of everyday photos that it did not learn from and of no pack.

    python benchmarks/house_sides.py resight/shipped/house --output sides.md --json sides.json

Of the photos that the recipe held out some are known, each alone of its kind; a simulated view of each is asked about,
and one of as many that are not known. The rest are seen around and in front of them. Photos and views are described at
each side, whitened on the known ones with the floor of a gallery; no local features. Photos of less than 128 pixels are
left out. The others have 160 pixels and a little more, so that a larger side shows a photo larger, and no more of it.
--beside asks other encoders the same, at the side that each has.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

import numpy as np
from data.packs import FILE, Pack, photo_of, shared
from running.command import QUICK, Report, launch, parser
from running.progress import meter
from running.table import difference, figure, table
from systems import peers
from systems.contestants import nearest
from systems.scores import Answers, judged

from resight.calibration.simulated_views import view
from resight.errors import DatasetError
from resight.features.encoder import GlobalEncoder, global_encoder
from resight.features.head import SHRINKAGE
from resight.io import images, model_folder
from resight.io.datasets.dataset import Entry
from resight.recipes.house.recipe import held_out

TAUGHT: Final = ("natural-photos", "tiny-imagenet")
"""The packs that the shipped encoder was made of, in their order."""

SIDES: Final = (320, 352, 384, 416, 448)
LEAST: Final = 128
"""Pixels of a photo's shorter side."""


def main(arguments: argparse.Namespace) -> Report:
    """The table of sides, each beside the side that the model has."""
    encoder = global_encoder(arguments.model)
    own = encoder.extractor.preprocess.long_side
    taught = arguments.photos or [shared() / "data" / name / FILE for name in TAUGHT]
    entries = held_out(taught, model_folder.load(arguments.model).card)
    asked = _asked(entries, arguments.known // (QUICK if arguments.quick else 1), arguments.cache)
    answers = {side: _answers(asked, encoder, side, arguments.cache) for side in sorted({*arguments.sides, own})}
    rows = {str(side): one for side, one in answers.items()}
    for model in arguments.beside:
        other = global_encoder(model)
        rows[other.name] = _answers(asked, other, other.extractor.preprocess.long_side, arguments.cache)
    count, known = len(asked.queries), len(asked.references)
    title = f"### {count} views of everyday photos, half of them of {known} known ones, by long side in pixels"
    markdown = f"{title}\n\n{table(_HEADERS, _rows(rows, str(own)))}"
    return Report(markdown, {"own": own, "asked": {name: one.to_dict() for name, one in rows.items()}})


_HEADERS: Final = ("side, or encoder", "P@1", "µAP", "µAP less own side", "right alone / own alone", "p (McNemar)")


def _rows(answers: Mapping[str, Answers], own: str) -> Iterator[tuple[str, ...]]:
    for name, one in answers.items():
        figures = figure(one.figures["p_at_1"]), figure(one.figures["micro_ap"])
        less = one.against(answers[own])
        split = f"{less.p_at_1.only_a} / {less.p_at_1.only_b}", f"{less.p_at_1.p:.3f}"
        yield name, *figures, *(("", "", "") if name == own else (difference(less.micro_ap), *split))


def _asked(entries: Sequence[Entry], known: int, cache: Path) -> Pack:
    """So many photos that are known, a view of each, and views of as many others, as a pack in the cache."""
    rng = np.random.default_rng(0)
    photos = [(entry, photo_of(entry).image) for entry in entries]
    large = [(entry, photo) for entry, photo in photos if min(photo.shape[:2]) >= LEAST]
    if len(large) <= 2 * known:
        raise DatasetError(f"{len(large)} large photos are held out; wanted more than {2 * known}: know fewer")
    order = rng.permutation(len(large))
    backdrops = [large[row][1] for row in order[2 * known :]]
    folder = cache / f"sides-{len(large)}-{known}"
    folder.mkdir(parents=True, exist_ok=True)
    queries = []
    for place, row in enumerate(order[: 2 * known]):
        file = folder / f"{place}.png"
        file.write_bytes(images.encode(view(large[row][1], backdrops, rng), ".png"))
        split, labels = ("query", (str(place),)) if place < known else ("distractor", ())
        queries.append(Entry(file.name, file, labels, split))
    references = [replace(large[row][0], labels=(str(place),), ignore=()) for place, row in enumerate(order[:known])]
    return Pack(folder.name, folder, tuple(references), tuple(queries))


def _answers(asked: Pack, encoder: GlobalEncoder, side: int, cache: Path) -> Answers:
    """What the encoder says where photos are prepared at this side."""
    sized = replace(encoder, extractor=encoder.extractor.at(side))
    folder = cache / f"{asked.name}-{side}-{encoder.fingerprint[:24]}"
    folder.mkdir(parents=True, exist_ok=True)
    system = peers.by_descriptor(asked, sized, folder / "descriptors.npy", floor=SHRINKAGE)
    tell, rankings = meter(f"side {side}"), []
    for query in asked.queries:
        rankings.append(system.rank(photo_of(query)))
        tell(len(rankings), len(asked.queries))
    return judged(asked, rankings, nearest)


if __name__ == "__main__":
    options = parser(__doc__ or "")
    options.add_argument("model", type=Path, metavar="MODEL", help="the folder that `resight recipe house` wrote")
    options.add_argument("--sides", type=int, nargs="+", default=list(SIDES), help="long sides, pixels")
    options.add_argument("--beside", type=Path, nargs="*", default=[], metavar="MODEL", help="other model folders")
    options.add_argument("--known", type=int, default=200, help="photos that are known; by default 200")
    said = f"what the recipe was given, in its order; by default {' and '.join(TAUGHT)}"
    options.add_argument("--photos", type=Path, nargs="+", metavar="PHOTOS", help=said)
    launch(options, main)
