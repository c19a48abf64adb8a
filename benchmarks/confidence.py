"""How far what resight says can be relied on, beside a former build: probabilities, sisters, plain photos, known files.

    python benchmarks/confidence.py --former TREE --output confidence.md --json confidence.json

All builds index the same photos and are asked the same questions, each in processes of its own. TREE is the source of
another build, or the python that has it installed; without --former this build alone is asked.
"""

from __future__ import annotations

import argparse
import inspect
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Final

from data.packs import FILE, REPOSITORY, Pack, pack, written
from data.plain_photos import plain_photo
from data.sister_sets import sister_sets
from parts.columns import Part
from parts.of_packs import files, packs
from parts.of_plain import plain
from parts.of_sisters import sisters
from parts.of_time import time
from parts.of_twins import twins
from running.command import QUICK, Report, launch, parser
from running.provenance import digest
from systems.answering import DOES
from systems.asked import Asked
from systems.builds import builds
from systems.pack_measures import measures

QUESTIONS: Final = tuple(Path(inspect.getfile(one)) for one in (sister_sets, plain_photo, measures, DOES["evaluate"]))
"""Modules whose code, with what they import of the benchmarks, decides what is asked and how."""

PACKS: Final = ("groceries", "museum", "sf-buildings")
PARTS: Final = ("packs", "files", "sisters", "plain", "twins", "time")

SETS: Final = 24
"""Sets of sisters, of each design as many."""


def main(arguments: argparse.Namespace) -> Report:
    """The sections that were named."""
    work = arguments.cache / f"confidence-{digest(QUESTIONS, places=[REPOSITORY / 'benchmarks'])}"
    beside = {build.name: Asked(build, work / build.digest) for build in builds(arguments.former)}
    asked = [_asked(name, work if arguments.quick else None) for name in arguments.packs]
    sections: dict[str, Callable[[], Part]] = {
        "packs": lambda: packs(beside, asked),
        "files": lambda: files(beside, asked, work, step=QUICK if arguments.quick else 1),
        "sisters": lambda: sisters(beside, work, SETS // QUICK if arguments.quick else SETS),
        "plain": lambda: plain(beside, work),
        "twins": lambda: twins(beside, quick=arguments.quick),
        "time": lambda: time(beside, asked[0], work),
    }
    parts = {name: sections[name]() for name in arguments.parts}
    return Report(
        "\n".join(markdown for markdown, _ in parts.values()), {name: data for name, (_, data) in parts.items()}
    )


def _asked(name: str, quick: Path | None) -> Pack:
    """A pack; where it is to be ``quick``, with few queries, in a file that is written below that folder."""
    if quick is None:
        return pack(name)
    few = pack(name).thinned(QUICK)
    return written(replace(few, name=f"{name}, few queries"), quick / "packs" / name / FILE)


if __name__ == "__main__":
    options = parser(__doc__ or "", packs=PACKS)
    said = "a build to stand beside: its source tree, or the python that has it installed"
    options.add_argument("--former", type=Path, metavar="TREE", help=said)
    options.add_argument(
        "--parts",
        nargs="+",
        default=list(PARTS),
        choices=PARTS,
        metavar="PART",
        help=f"any of {', '.join(PARTS)}; by default all",
    )
    launch(options, main)
