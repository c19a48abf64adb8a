"""What is left of the answers when the photos get worse, beside what is left of the peers'.

    python benchmarks/stress.py --output stress.md --json stress.json --save docs/images/stress.png

Every query and distractor is cropped, shrunk, rotated, seen from the side, hidden, squeezed, darkened and blurred, at
three strengths each. All systems see the same pixels.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from data.disturbances import DISTURBANCES, disturbed
from data.packs import Pack, pack
from running.command import QUICK, Report, launch, parser
from running.pictures import draw_curves
from running.provenance import digest
from running.table import figure, table
from systems import resight_default
from systems.bench import Bench, Disturb
from systems.contestants import SYSTEMS
from systems.ranking import Ranking
from systems.scores import Answers, judged

from resight.io.datasets.dataset import Entry
from resight.io.images import Photo

PACKS: Final = ("museum", "sf-buildings")

Condition = tuple[str, float | None]
"""A disturbance and its strength; None is the photo as it is."""

Results = Mapping[str, Mapping[Condition, Answers]]
"""The answers of each system under each condition."""


def main(arguments: argparse.Namespace) -> Report:
    """The tables of all packs that were named, and the picture where one was asked for."""
    results: dict[str, Results] = {}
    for name in arguments.packs:
        asked = pack(name).thinned(QUICK if arguments.quick else 1)
        systems = (resight_default.NAME, *arguments.beside)
        results[name] = {system: _answers(system, asked, arguments.cache) for system in systems}
    if arguments.save:
        draw_curves({name: _curves(result) for name, result in results.items()}, arguments.save)
    markdown = "\n".join(_table(name, result) for name, result in results.items())
    return Report(markdown, {"packs": {name: _data(result) for name, result in results.items()}})


def _answers(system: str, asked: Pack, cache: Path) -> dict[Condition, Answers]:
    bench = Bench(system, SYSTEMS[system], asked, cache)
    code = digest([Path(disturbed.__code__.co_filename)])
    rankings: dict[Condition, list[Ranking]] = {("", None): bench.rankings()}
    for name, disturbance in DISTURBANCES.items():
        for strength in disturbance.strengths:
            journal = f"{name}-{strength:g}-{code}"
            rankings[name, strength] = bench.rankings(journal, disturb=_disturb(name, strength))
    return {condition: judged(asked, found, SYSTEMS[system].confidence) for condition, found in rankings.items()}


def _disturb(name: str, strength: float) -> Disturb:
    def disturb(entry: Entry, photo: Photo) -> Photo:
        image = disturbed(photo.image, name, strength, key=entry.name)
        return Photo(image, (image.shape[1], image.shape[0]), b"")

    return disturb


def _conditions() -> Iterator[Condition]:
    yield "", None
    for name, disturbance in DISTURBANCES.items():
        yield from ((name, strength) for strength in disturbance.strengths)


def _table(name: str, results: Results) -> str:
    rows = [
        (_said(condition), *(figure(answers[condition].figures["micro_ap"]) for answers in results.values()))
        for condition in _conditions()
    ]
    queries = len(next(iter(results.values()))["", None].queries)
    return f"### {name}: µAP of {queries} queries\n\n{table(('the photo', *results), rows)}"


def _said(condition: Condition) -> str:
    name, strength = condition
    if strength is None:
        return "as it is"
    disturbance = DISTURBANCES[name]
    return f"{disturbance.says}: {disturbance.sign(strength)}"


def _curves(results: Results) -> dict[str, dict[str, list[float]]]:
    """µAP by disturbance and system, from the untouched photo to the strongest disturbance."""
    return {
        name: {
            system: [
                answers[condition].figures["micro_ap"].value
                for condition in (("", None), *((name, strength) for strength in disturbance.strengths))
            ]
            for system, answers in results.items()
        }
        for name, disturbance in DISTURBANCES.items()
    }


def _data(results: Results) -> dict[str, Any]:
    return {
        system: [
            {"disturbance": name or None, "strength": strength, **answers[name, strength].to_dict()}
            for name, strength in _conditions()
        ]
        for system, answers in results.items()
    }


if __name__ == "__main__":
    options = parser(__doc__ or "", packs=PACKS, systems=list(SYSTEMS))
    options.add_argument("--save", type=Path, metavar="FILE.png", help="draw the curves here; needs matplotlib")
    launch(options, main)
