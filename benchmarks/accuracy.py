"""How often the answers are right: resight as it comes beside three peers, on the same photos in the same run.

    python benchmarks/accuracy.py --packs museum sf-buildings --output accuracy.md --json accuracy.json

Each reference is shown to each system; each query and distractor is asked once. On ukbench-250 all 1000 photos are
known and each is asked: how many of its object's four views, itself included, are among the first four?
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Mapping
from typing import Any, Final

from data.packs import Pack, pack
from running.command import QUICK, Report, launch, parser
from running.table import difference, figure, number, table
from systems import resight_default
from systems.bench import Bench
from systems.contestants import PHOTO_SYSTEMS, SYSTEMS
from systems.ns_score import ViewsFound, found
from systems.scores import Answers, judged

UKBENCH: Final = "ukbench-250"
PACKS: Final = ("museum", "sf-buildings", "groceries", UKBENCH)


def main(arguments: argparse.Namespace) -> Report:
    """The tables of all packs that were named."""
    parts, data = [], {}
    for name in arguments.packs:
        part, data[name] = (_views if name == UKBENCH else _names)(name, arguments)
        parts.append(part)
    return Report("\n".join(parts), {"packs": data})


def _names(name: str, arguments: argparse.Namespace) -> tuple[str, dict[str, Any]]:
    """Which thing is it? The answers of every system to one pack."""
    asked = pack(name).thinned(QUICK if arguments.quick else 1)
    answers = {
        system: judged(asked, Bench(system, contestant, asked, arguments.cache).rankings(), contestant.confidence)
        for system, contestant in SYSTEMS.items()
        if system in (resight_default.NAME, *arguments.beside)
    }
    return _names_table(asked, answers), _names_data(answers)


def _names_table(asked: Pack, answers: Mapping[str, Answers]) -> str:
    first = answers[resight_default.NAME]
    known = int(first.answerable.sum())
    title = (
        f"### {asked.name}: {len(set(asked.instances.values()))} things in {len(asked.references)} photos, "
        f"{known} queries that show one of them and {len(first.queries) - known} that show none"
    )
    headers = ("system", "P@1", "µAP", "AUROC", "right alone: resight / peer", "p", "µAP: resight − peer")
    return f"{title}\n\n{table(headers, _names_rows(answers))}"


def _names_rows(answers: Mapping[str, Answers]) -> Iterator[tuple[str, ...]]:
    for name, theirs in answers.items():
        estimates = theirs.figures
        figures = tuple(figure(estimates.get(key)) for key in ("p_at_1", "micro_ap", "auroc"))
        if name == resight_default.NAME:
            yield (name, *figures, "", "", "")
            continue
        paired = answers[resight_default.NAME].against(theirs)
        split = f"{paired.p_at_1.only_a} / {paired.p_at_1.only_b}"
        yield (name, *figures, split, _chance(paired.p_at_1.p), difference(paired.micro_ap))


def _chance(p: float) -> str:
    return number(p) if p >= 0.001 else "<.001"


def _names_data(answers: Mapping[str, Answers]) -> dict[str, Any]:
    first = answers[resight_default.NAME]
    return {
        name: {**theirs.to_dict(), "resight_against_it": first.against(theirs).to_dict()}
        for name, theirs in answers.items()
    }


def _views(name: str, arguments: argparse.Namespace) -> tuple[str, dict[str, Any]]:
    """Which photos show the same? The photos that every system finds for each photo of ukbench."""
    asked = pack(name).all_against_all().thinned(QUICK if arguments.quick else 1)
    results = {
        system: found(asked, Bench(system, contestant, asked, arguments.cache).rankings())
        for system, contestant in PHOTO_SYSTEMS.items()
        if system not in SYSTEMS or system in arguments.beside
    }
    return _views_table(asked, results), {system: result.to_dict() for system, result in results.items()}


def _views_table(asked: Pack, results: Mapping[str, ViewsFound]) -> str:
    title = f"### {asked.name}: {len(asked.references)} photos known, {len(asked.queries)} asked"
    first = next(iter(results.values()))
    rows = [
        (name, figure(result.score()), "" if result is first else difference(first.less(result)))
        for name, result in results.items()
    ]
    return f"{title}\n\n{table(('system', 'N-S of 4', f'{next(iter(results))} − this'), rows)}"


if __name__ == "__main__":
    launch(parser(__doc__ or "", packs=PACKS, systems=list(SYSTEMS)), main)
