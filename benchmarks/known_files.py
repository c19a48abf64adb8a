"""The known file itself: every photo of every pack, and a copy of it that was encoded again, named as what it shows.

    python benchmarks/known_files.py --output files.md --json files.json

Photos without a label are each a thing of their own. Galleries are weighed by what ships, and no calibration is fitted.
The file is asked by what it was enrolled as, which the same bytes give again; every COPIES-th photo is asked by a copy,
a JPEG of another quality, as well. Then such copies of PAIRS photos stand in a gallery under two names, which has to be
told, and either name, or both, is what a third copy shows.
"""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import numpy as np
from data.crowd import write
from data.packs import FILE, Pack, pack, photo_of, shared, short
from running.command import QUICK, Report, launch, parser
from running.journal import resumed
from running.provenance import digest
from running.table import figure, table
from systems.resight_default import enrolled

from resight.evaluation.scores import share
from resight.indexing.index import index
from resight.io import images
from resight.io.datasets.dataset import discover
from resight.recognition.recogniser import Recogniser
from resight.results.recognition import Recognition
from resight.types import Image

PACKS: Final = ("museum", "sf-buildings", "groceries", "ukbench-250", "photos")
COPIES: Final = 5
PAIRS: Final = 6
QUALITIES: Final = (85, 75, 65)
"""Of the copies: the one that is asked about, and two that are known under two names."""

NAMES: Final = ("one", "another")


def main(arguments: argparse.Namespace) -> Report:
    """One table of files and copies, and one of pictures under two names."""
    work = arguments.cache / f"known-files-{digest([Path(__file__)])}"
    rows, told = [], {}
    for name in arguments.packs:
        known = _known(name, QUICK if arguments.quick else 1)
        told[name] = _answers(known, work / name)
        asked = {"the file": [one["file"] for one in told[name].values()]}
        asked["a copy"] = [one["copy"] for one in told[name].values() if one["copy"] is not None]
        rows += [(name, way, str(len(right)), figure(share(np.array(right)))) for way, right in asked.items()]
    double = _under_two_names(_known(arguments.packs[0], 1), work / "two names")
    told_pairs = table(
        ("pictures under two names", "told while indexing", "named by either, or both"),
        [(str(PAIRS), str(double["told"]), str(double["named"]))],
    )
    markdown = table(("pack", "asked by", "n", "named as what it shows"), rows)
    return Report(f"### Known files themselves\n\n{markdown}\n{told_pairs}", {"files": told, "two names": double})


def _known(name: str, step: int) -> Pack:
    """The photos of a pack that are known; of one without references each photo is a thing of its own."""
    if name != "photos":
        found = pack(name)
        return replace(found, references=found.references[::step])
    file = shared() / "data" / name / FILE
    entries = (replace(entry, name=short(entry.name)) for entry in discover(file).entries[::step])
    return Pack(name, file, tuple(replace(entry, labels=(entry.name,)) for entry in entries), ())


def _answers(known: Pack, work: Path) -> dict[str, Any]:
    """By name of the photo, whether its file, and the copy of every COPIES-th, got its name."""
    work.mkdir(parents=True, exist_ok=True)
    entries = {entry.name: (number, entry) for number, entry in enumerate(known.references)}
    with enrolled(known, work) as recogniser:
        items = recogniser.index.items
        ids = {short(item.photo): id for id, item in items.items()}

        def ask(name: str) -> dict[str, bool | None]:
            number, entry = entries[name]
            file = recogniser.answer(name, recogniser.index.features(ids[name]))
            copied = None if number % COPIES else recogniser.recognise(_copy(photo_of(entry).image, QUALITIES[0]))
            return {
                "file": file.instance in entry.labels,
                "copy": None if copied is None else copied.instance in entry.labels,
            }

        return resumed(work / "answers.jsonl", entries, ask)


def _under_two_names(known: Pack, work: Path) -> dict[str, int]:
    """How many of PAIRS pictures that are known under two names are told, and got one of them, or both."""
    photos = [photo_of(entry).image for entry in known.references[:PAIRS]]
    for number, photo in enumerate(photos):
        for name, quality in zip(NAMES, QUALITIES[1:], strict=True):
            write(work / "photos" / f"{number} {name}" / "1.jpg", _copy(photo, quality))
    path = work / "known.gallery"
    path.unlink(missing_ok=True)
    report = index(work / "photos", path)
    told = {frozenset((one.first.instance, one.second.instance)) for one in report.duplicates}
    wanted = [frozenset(f"{number} {name}" for name in NAMES) for number in range(len(photos))]
    with Recogniser.open(path) as recogniser:
        found = [_named(recogniser.recognise(_copy(photo, QUALITIES[0]))) for photo in photos]
    return {
        "told": sum(pair in told for pair in wanted),
        "named": sum(bool(names) and names <= pair for names, pair in zip(found, wanted, strict=True)),
    }


def _copy(image: Image, quality: int) -> bytes:
    return images.encode(image, ".jpg", quality=quality)


def _named(found: Recognition) -> frozenset[str]:
    """The name that a photo got, or the two that it has one of."""
    return frozenset(found.either or ([] if found.instance is None else [found.instance]))


if __name__ == "__main__":
    launch(parser(__doc__ or "", packs=PACKS), main)
