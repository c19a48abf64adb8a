"""The house encoder alone beside the ResNet-50 v2: how often each is right, and how fast, at the same input.

    python benchmarks/house_encoder.py MODEL --output house.md --json house.json

No local features: GeM with p = 3, whitened on the references alone with the floor of a gallery, float32, photos as
large as MODEL takes them. MODEL is the folder that `resight recipe house` wrote.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

import numpy as np
from data.packs import Pack, pack, photo_of
from running.command import QUICK, Report, launch, parser
from running.table import difference, figure, table
from systems import peers
from systems.contestants import nearest
from systems.ns_score import found
from systems.scores import Answers, judged
from timing import by_turns

from resight.features.encoder import global_encoder
from resight.features.head import SHRINKAGE
from resight.io import model_folder

NAMED: Final = ("museum", "sf-buildings", "groceries")
VIEWS: Final = "ukbench-250"
HOUSE: Final = "house"
RESNET: Final = "ResNet-50 v2"

ROUNDS: Final = 40
"""Photos that are timed, by one and the other in turn."""

Fit = Callable[[Pack], peers.Nearest]


def main(arguments: argparse.Namespace) -> Report:
    """The tables of accuracy and of speed."""
    resnet = peers.resnet_model(arguments.cache, long_side=model_folder.load(arguments.model).card.preprocess.long_side)
    both = {HOUSE: arguments.model, RESNET: resnet}
    fits = {name: _fit(model, arguments.cache) for name, model in both.items()}
    step = QUICK if arguments.quick else 1
    answers = {name: _answers(pack(name).thinned(step), fits) for name in NAMED}
    views = pack(VIEWS).all_against_all().thinned(step)
    counts = {name: found(views, _rankings(views, fit)) for name, fit in fits.items()}
    speeds = by_turns.seconds(both, pack(VIEWS).references[:ROUNDS])
    parts = [
        f"### Alone, without local features\n\n{table(_HEADERS, _rows(answers))}",
        f"### {VIEWS}, {len(views.queries)} photos against all\n\n"
        + table(("encoder", "N-S of 4"), ((name, figure(one.score())) for name, one in counts.items())),
        f"### Photos a second, float32, one at a time on all processors\n\n{_speed_table(speeds)}",
    ]
    data: dict[str, Any] = {
        "packs": {name: {each: one.to_dict() for each, one in both.items()} for name, both in answers.items()},
        VIEWS: {name: one.to_dict() for name, one in counts.items()},
        "milliseconds": {name: (1000 * np.array(seconds)).tolist() for name, seconds in speeds.items()},
    }
    return Report("\n".join(parts), data)


_HEADERS: Final = ("pack", "encoder", "P@1", "µAP", "AUROC", "µAP: house − ResNet")


def _rows(answers: dict[str, dict[str, Answers]]) -> Iterator[tuple[str, ...]]:
    for name, both in answers.items():
        for encoder, one in both.items():
            figures = tuple(figure(one.figures.get(key)) for key in ("p_at_1", "micro_ap", "auroc"))
            less = difference(one.against(both[RESNET]).micro_ap) if encoder == HOUSE else ""
            yield name, encoder, *figures, less


def _fit(model: Path, cache: Path) -> Fit:
    encoder = global_encoder(model)

    def fit(asked: Pack) -> peers.Nearest:
        folder = cache / f"{asked.name}-{encoder.fingerprint[:24]}"
        folder.mkdir(parents=True, exist_ok=True)
        return peers.by_descriptor(asked, encoder, folder / "descriptors.npy", floor=SHRINKAGE)

    return fit


def _answers(asked: Pack, fits: dict[str, Fit]) -> dict[str, Answers]:
    return {name: judged(asked, _rankings(asked, fit), nearest) for name, fit in fits.items()}


def _rankings(asked: Pack, fit: Fit) -> list[Any]:
    system = fit(asked)
    return [system.rank(photo_of(query), exclude=query.ignore) for query in asked.queries]


def _speed_table(speeds: dict[str, list[float]]) -> str:
    medians = {name: float(np.median(seconds)) for name, seconds in speeds.items()}
    rows = (
        (name, f"{1000 * seconds:.1f}", f"{1 / seconds:.0f}", f"{medians[RESNET] / seconds:.1f}")
        for name, seconds in medians.items()
    )
    return table(("encoder", "median ms", "photos/s", "times the ResNet's"), rows)


if __name__ == "__main__":
    options = parser(__doc__ or "")
    options.add_argument("model", type=Path, metavar="MODEL", help="the folder of the house encoder")
    launch(options, main)
