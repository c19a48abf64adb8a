"""Mirrored photos: how many are named when that is asked for and when it is not, and what asking both ways costs.

    python benchmarks/mirrored.py --packs museum groceries --output mirrored.md --json mirrored.json

Each query and distractor is asked as it is and flipped left to right, each plainly and both ways round. The references
are indexed with no option given.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

from data.packs import Pack, pack, photo_of
from running.command import QUICK, Report, launch, parser
from running.journal import resumed
from running.table import figure, table
from systems import resight_default

from resight.io.datasets.dataset import Entry
from resight.metrics.interval import Estimate, wilson
from resight.recognition.recogniser import Recogniser
from resight.search.mirror_image import mirrored

PACKS: Final = ("museum", "sf-buildings", "groceries")

WAYS: Final = (
    ("as it is", "plainly"),
    ("as it is", "both ways round"),
    ("flipped", "plainly"),
    ("flipped", "both ways round"),
)
"""How a photo is shown, and how it is asked about."""


@dataclass(frozen=True, slots=True)
class Asked:
    """One photo: whether it is ``known``, the names that are right, and what it was called in each of WAYS.

    ``flips`` says of each answer whether it was told to be of the mirror image.
    """

    known: bool
    right: list[str]
    names: list[str | None]
    flips: list[bool]

    def is_right(self, way: int) -> bool:
        return self.names[way] in self.right


def main(arguments: argparse.Namespace) -> Report:
    """The tables of all packs that were named."""
    parts, data = [], {}
    for name in arguments.packs:
        asked = pack(name).thinned(QUICK if arguments.quick else 1)
        answers = _answers(asked, arguments)
        parts.append(_table(asked, answers))
        data[name] = [asdict(answer) for answer in answers]
    return Report("\n".join(parts), {"packs": data})


def _answers(asked: Pack, arguments: argparse.Namespace) -> list[Asked]:
    folder = arguments.cache / f"mirrored-{asked.name}"
    folder.mkdir(exist_ok=True)
    queries = {entry.name: entry for entry in asked.queries}
    with resight_default.default(asked, folder).recogniser as recogniser:

        def ask(name: str) -> Any:
            return asdict(_ask(recogniser, asked, queries[name]))

        return [Asked(**found) for found in resumed(folder / "asked.jsonl", list(queries), ask).values()]


def _ask(recogniser: Recogniser, asked: Pack, query: Entry) -> Asked:
    photo = photo_of(query)
    given, flipped = recogniser.extract(photo), recogniser.extract(mirrored(photo))
    ways = ((given,), (given, flipped), (flipped,), (flipped, given))
    answers = [recogniser.answer("", *way, keep_evidence=False) for way in ways]
    names, flips = [answer.instance for answer in answers], [answer.mirrored for answer in answers]
    return Asked(asked.answers(query), list(query.labels), names, flips)


def _table(asked: Pack, answers: Sequence[Asked]) -> str:
    known = sum(answer.known for answer in answers)
    title = f"### {asked.name}: {known} photos of known things, {len(answers) - known} of others"
    headers = ("photo", "asked", "named rightly", "told mirrored of these", "others named")
    return f"{title}\n\n{table(headers, _rows(answers))}"


def _rows(answers: Sequence[Asked]) -> Iterator[tuple[str, ...]]:
    for way, words in enumerate(WAYS):
        known = [answer for answer in answers if answer.known]
        right = [answer for answer in known if answer.is_right(way)]
        others = [answer.names[way] is not None for answer in answers if not answer.known]
        told = f"{sum(answer.flips[way] for answer in right)} of {len(right)}"
        yield *words, figure(_share(len(right), len(known))), told, figure(_share(sum(others), len(others)))


def _share(found: int, of: int) -> Estimate | None:
    return wilson(found, of) if of else None


if __name__ == "__main__":
    launch(parser(__doc__ or "", packs=PACKS), main)
