"""How far what resight says can be relied on, beside a former build: probabilities, sisters, plain photos, known files.

    python benchmarks/confidence.py --former TREE --output confidence.md --json confidence.json

All builds index the same photos and are asked the same questions, each in processes of its own. TREE is the source of
another build, or the python that has it installed; without --former this build alone is asked.
"""

from __future__ import annotations

import argparse
import inspect
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from itertools import zip_longest
from pathlib import Path
from typing import Any, Final

import numpy as np
from data.crowd import write_photos
from data.packs import FILE, REPOSITORY, Pack, pack, written
from data.plain_photos import TRIES, ordinary_galleries, plain_files, plain_photo
from data.sister_sets import SisterSet, sister_sets
from near_twins import SAME, TWIN
from running.command import QUICK, Report, launch, parser
from running.journal import resumed
from running.progress import note
from running.provenance import digest
from running.table import difference, figure, number, table
from systems.answering import DOES
from systems.asked import Asked
from systems.builds import FORMER, NOW, builds
from systems.pack_measures import estimate, measures, paired, reliability
from systems.sister_answers import OUTCOMES, Outcome, counted, outcome, shares, well

from resight.evaluation.scores import share
from resight.metrics.interval import Estimate, bootstrap, mcnemar
from resight.types import Array
from resight.verification.near_twins import TELLING

QUESTIONS: Final = tuple(Path(inspect.getfile(one)) for one in (sister_sets, plain_photo, measures, DOES["evaluate"]))
"""Modules whose code, with what they import of the benchmarks, decides what is asked and how."""

PACKS: Final = ("groceries", "museum", "sf-buildings")

PARTS: Final = ("packs", "files", "sisters", "plain", "twins", "time")

SETS: Final = 36
"""Sets of sisters, of each design as many."""

TIMED, WARM, TURNS = 30, 3, 5
"""Photos whose answers are timed, those that are asked before, and how often both builds are asked in turn."""

Beside = Mapping[str, Asked]
"""The builds by name, the former one first."""

Part = tuple[str, dict[str, Any]]
"""A section in Markdown, and its data."""


def main(arguments: argparse.Namespace) -> Report:
    """The sections that were named."""
    work = arguments.cache / f"confidence-{digest(QUESTIONS, places=[REPOSITORY / 'benchmarks'])}"
    beside = {build.name: Asked(build, work / build.digest) for build in builds(arguments.former)}
    packs = [_asked(name, work if arguments.quick else None) for name in arguments.packs]
    sections: dict[str, Callable[[], Part]] = {
        "packs": lambda: _packs(beside, packs),
        "files": lambda: _files(beside, packs, work, step=QUICK if arguments.quick else 1),
        "sisters": lambda: _sisters(beside, work, SETS // QUICK if arguments.quick else SETS),
        "plain": lambda: _plain(beside, work),
        "twins": lambda: _twins(beside, arguments),
        "time": lambda: _time(beside, packs[0], work),
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


def _packs(beside: Beside, packs: Sequence[Pack]) -> Part:
    sections, data = [], {}
    for asked in packs:
        note(f"{asked.name} is asked")
        stated = {name: one.stated(asked) for name, one in beside.items()}
        known = int(stated[NOW][0].answerable.sum())
        measured = {name: measures(one) for name, one in stated.items()}
        title = f"### {asked.name}: {known} queries of known things, {len(asked.queries) - known} of others"
        rows = [
            (measure, *_figures({name: one[measure] for name, one in measured.items()})) for measure in measured[NOW]
        ]
        bins = zip_longest(*(reliability(one) for one in stated.values()))
        stated_rows = [tuple(_bin(row) for row in rows_of_a_bin) for rows_of_a_bin in bins]
        heads = tuple(f"{name}: {what}" for name in beside for what in ("stated", "right"))
        sections += [title, "", table(("measure", *_heads(beside)), rows)]
        sections += [table(heads, (sum(cells, ()) for cells in stated_rows))]
        data[asked.name] = {
            name: {measure: estimate(one).to_dict() for measure, one in found.items()}
            for name, found in measured.items()
        }
    return "\n".join(sections), data


def _heads(beside: Beside) -> tuple[str, ...]:
    return (*beside, *(["now − former"] if FORMER in beside else []))


def _figures(measured: Mapping[str, Any]) -> tuple[str, ...]:
    """A measure of each build, and the difference where there are two."""
    figures = [figure(estimate(one)) for one in measured.values()]
    return (*figures, *([difference(paired(measured[NOW], measured[FORMER]))] if FORMER in measured else []))


def _bin(row: Any) -> tuple[str, str]:
    return ("", "") if row is None else (number(row.probability), figure(row.correct))


def _files(beside: Beside, packs: Sequence[Pack], work: Path, *, step: int) -> Part:
    """Known files themselves, each of which should be named as what it shows."""
    rows, data = [], {}
    for asked in packs:
        references = asked.references[::step]
        photos = write_photos(references, work / "files" / asked.name)
        flags = {}
        for build, one in beside.items():
            answers = one.recognise(f"files of {asked.name}", one.gallery(asked.name, [asked.file]), photos)
            told = [answer["instance"] for answer in answers]
            flags[build] = np.array([name in entry.labels for name, entry in zip(told, references, strict=True)])
            data.setdefault(asked.name, {})[build] = told
        rows.append((asked.name, str(len(photos)), *_shares(flags)))
    title = "### Known files themselves, named as what they show"
    return f"{title}\n\n{table(('pack', 'n', *_share_heads(beside)), rows)}", data


def _share_heads(beside: Beside) -> tuple[str, ...]:
    return (*beside, *(["only now / only former", "p"] if FORMER in beside else []))


def _shares(flags: Mapping[str, Array]) -> tuple[str, ...]:
    """The share of each build's flags, and McNemar's test where there are two."""
    figures = [figure(share(one)) for one in flags.values()]
    if FORMER not in flags:
        return tuple(figures)
    split = mcnemar(flags[NOW], flags[FORMER])
    return (*figures, f"{split.only_a} / {split.only_b}", number(split.p))


def _sisters(beside: Beside, work: Path, sets: int) -> Part:
    """Sets of sisters: one table of outcomes for each build, and one of both beside each other."""
    drawn = list(sister_sets(work / "sisters", range(sets)))
    found = {name: _outcomes(one, drawn) for name, one in beside.items()}
    sections = [f"### {sets} sets of sisters of one design", ""]
    for name, outcomes in found.items():
        rows = ((kind, str(len(of)), *map(figure, shares(of))) for kind, of in counted(outcomes) if of)
        sections += [table((name, "n", *OUTCOMES), rows)]
    both = {name: dict(counted(outcomes)) for name, outcomes in found.items()}
    rows = [
        (kind, str(len(of)), *_shares({name: well(one[kind]) for name, one in both.items()}))
        for kind, of in both[NOW].items()
        if of
    ]
    heads = ("told well: the right name, alone or in “A or B”; of unknown ones, none", "n", *_share_heads(beside))
    data = {
        name: [
            {"design": one.design, "photo": one.question.photo, "known": one.question.known, "outcome": one.outcome}
            for one in outcomes
        ]
        for name, outcomes in found.items()
    }
    return "\n".join([*sections, table(heads, rows)]), data


def _outcomes(asked: Asked, drawn: Sequence[SisterSet]) -> list[Outcome]:
    outcomes = []
    for one in drawn:
        gallery = asked.gallery(f"sisters-{one.folder.name}", [one.known])
        answers = asked.recognise(one.folder.name, gallery, [one.folder / question.photo for question in one.questions])
        outcomes += [
            Outcome(question, one.design, outcome(answer, question))
            for question, answer in zip(one.questions, answers, strict=True)
        ]
    return outcomes


def _plain(beside: Beside, work: Path) -> Part:
    """Photos of nothing in particular, none of which should be named."""
    photos, rows, data = plain_files(work / "plain"), [], {}
    for name, known in ordinary_galleries(work / "ordinary").items():
        told = {
            build: [answer["instance"] for answer in one.recognise(name, one.gallery(name, [known]), photos)]
            for build, one in beside.items()
        }
        rows.append((name, str(len(photos)), *(_named(one, photos) for one in told.values())))
        data[name] = told
    heads = ("known", "asked", *(f"{name}: named" for name in beside))
    return f"### Plain photos, {TRIES} of each kind, that show nothing known\n\n{table(heads, rows)}", data


def _named(told: Sequence[str | None], photos: Sequence[Path]) -> str:
    """How many got a name, and what they show."""
    kinds = [photo.stem.rpartition("-")[0] for photo, name in zip(photos, told, strict=True) if name is not None]
    said = ", ".join(f"{kind} {kinds.count(kind)}" for kind in dict.fromkeys(kinds))
    return f"{len(kinds)}{f' ({said})' if said else ''}"


def _twins(beside: Beside, arguments: argparse.Namespace) -> Part:
    """What `near_twins.py` of each build's own tree finds on groceries."""
    data = {}
    for name, one in beside.items():
        path = one.folder / f"near-twins{'-quick' if arguments.quick else ''}.json"
        if not path.exists():
            note(f"near twins are compared, {name}")
            path.parent.mkdir(parents=True, exist_ok=True)
            given = ["--output", str(path.with_suffix(".md")), "--json", str(path), "--cache", str(arguments.cache)]
            one.build.benchmark("near_twins.py", [*given, *(["--quick"] if arguments.quick else [])])
        data[name] = json.loads(path.read_text(encoding="utf-8"))["compared"]
    rows = []
    for kind in (SAME, TWIN):
        told = {
            name: np.array([row["share"] >= TELLING for row in of if row["kind"] == kind]) for name, of in data.items()
        }
        rows.append((kind, str(len(told[NOW])), *(figure(share(flags)) for flags in told.values())))
    return f"### Near twins on groceries: told to differ\n\n{table(('beside', 'n', *beside), rows)}", data


def _time(beside: Beside, asked: Pack, work: Path) -> Part:
    """Seconds of processor for an answer, the builds being asked in turn."""
    photos = [str(path) for path in write_photos(asked.queries[: WARM + TIMED], work / "timed")]
    galleries = {name: one.gallery(asked.name, [asked.file]) for name, one in beside.items()}

    def turn(key: str) -> Any:
        return {
            name: one.build.ask("seconds", gallery=str(galleries[name]), photos=photos, warm=WARM)
            for name, one in beside.items()
        }

    journal = work / f"time-{'-'.join(one.build.digest for one in beside.values())}.jsonl"
    turns = list(resumed(journal, map(str, range(TURNS)), turn, workers=1).values())
    medians = {name: np.median([one[name] for one in turns], axis=0) for name in beside}
    rows = [
        (name, figure(bootstrap(np.median, 1000 * one, rng=np.random.default_rng(0)), digits=0))
        for name, one in medians.items()
    ]
    said = f"### Milliseconds of processor for an answer on {asked.name}\n\n{table(('build', 'median'), rows)}"
    if FORMER in medians:
        said += f"\nNow / former: {figure(_ratio(medians[NOW], medians[FORMER]))}.\n"
    return said, {"turns": turns}


def _ratio(now: Array, former: Array) -> Estimate:
    """How many times as long all answers take together, with an interval over photos."""
    return bootstrap(lambda a, b: a.sum() / b.sum(), now, former, rng=np.random.default_rng(0))


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
