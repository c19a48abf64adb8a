"""Whether resight keeps its word: chosen false-accept rates, and stated probabilities.

    python benchmarks/calibration.py --output calibration.md --save reliability.png

The threshold for a chosen rate comes from the references alone: photos asked about with their thing left out, and
views of them. What it lets pass is counted on photos that should get no name: the pack's distractors, which nothing was
fitted on; all references with their thing left out, which it was fitted on in part; and the same references and views
by a threshold (and weights) fitted on the other half of the things.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Final

import numpy as np
from data.impostors import folds, named_across, photos_fitted_on, references_left_out, views_left_out
from data.packs import Pack, pack
from running.command import QUICK, Report, launch, parser
from running.pictures import draw_reliability
from running.table import figure, number, table
from systems import resight_default
from systems.bench import Bench
from systems.contestants import SYSTEMS
from systems.ranking import Ranking
from systems.resight_default import Recognising
from systems.scores import Answers, judged

from resight.metrics.interval import Estimate, bootstrap, wilson
from resight.metrics.reliability import ReliabilityRow, brier, ece, reliability_table
from resight.types import Array

PACKS: Final = ("museum", "sf-buildings", "groceries")

RATES: Final = (0.02, 0.05)
"""False-accept rates that are chosen."""


@dataclass(frozen=True, slots=True)
class Promise:
    """What was counted at each of RATES, and on which photos.

    Attributes
    ----------
    photos : that were asked.
    fitted_on : where the threshold comes from.
    shares : of them that get a name.
    """

    photos: str
    fitted_on: str
    shares: tuple[Estimate, ...]


@dataclass(frozen=True, slots=True)
class Calibrated:
    """What one pack showed.

    Attributes
    ----------
    promises : who gets a name at the chosen rates.
    unknown_share : of the pack's queries, at which probabilities are stated.
    ece, brier : how far those are from what came true.
    reliability : the same in bins.
    answers : the first answer to each query, with its probability.
    """

    promises: tuple[Promise, ...]
    unknown_share: float
    ece: Estimate
    brier: Estimate
    reliability: tuple[ReliabilityRow, ...]
    answers: Answers


def main(arguments: argparse.Namespace) -> Report:
    """The tables of all packs that were named, and the diagrams where they were asked for."""
    results = {}
    for name in arguments.packs:
        asked = pack(name).thinned(QUICK if arguments.quick else 1)
        results[name] = _calibrated(asked, arguments.cache)
    if arguments.save:
        draw_reliability({name: result.reliability for name, result in results.items()}, arguments.save)
    markdown = "\n".join(_tables(name, result) for name, result in results.items())
    return Report(markdown, {"packs": {name: _data(result) for name, result in results.items()}})


def _calibrated(asked: Pack, cache: Path) -> Calibrated:
    bench = Bench(resight_default.NAME, SYSTEMS[resight_default.NAME], asked, cache)
    rankings, system = bench.rankings(), bench.system
    if not isinstance(system, Recognising):
        raise TypeError(f"{resight_default.NAME} is a {type(system).__name__}; wanted a Recognising: mend systems.py")
    unanswerable = sum(not asked.answers(entry) for entry in asked.queries)
    unknown_share = (unanswerable + 1) / (len(asked.queries) + 2)  # as `resight evaluate` has it
    answers = judged(asked, rankings, partial(resight_default.confidence, unknown_share=unknown_share))
    stated = answers.confidences, answers.right
    return Calibrated(
        promises(asked, system, rankings, bench.folder / "left-out.jsonl"),
        unknown_share,
        bootstrap(ece, *stated, rng=np.random.default_rng(0)),
        bootstrap(brier, *stated, rng=np.random.default_rng(0)),
        reliability_table(*stated),
        answers,
    )


def promises(asked: Pack, system: Recognising, rankings: Sequence[Ranking], journal: Path) -> tuple[Promise, ...]:
    """Shares of every kind of photo that get a name; ``rankings`` are of the pack's queries."""
    whole, parts = system.recogniser.calibration, folds(system, np.random.default_rng(0))
    left, views = references_left_out(asked, system, journal), views_left_out(system)
    answers = judged(asked, rankings, resight_default.confidence)
    known = answers.answerable

    def passed(false_accept_rate: float) -> Array:
        return answers.confidences >= whole.threshold(false_accept_rate).value

    seen = f"{photos_fitted_on(system)} of these {len(left)}"
    counted = (
        _counted("distractors", "the references", lambda false_accept_rate: passed(false_accept_rate)[~known]),
        _counted(
            "references, their thing left out", seen, lambda false_accept_rate: left.named(whole, false_accept_rate)
        ),
        _counted(
            "references, their thing left out",
            "the other half",
            lambda false_accept_rate: named_across(left, parts, false_accept_rate),
        ),
        _counted(
            "views, their thing left out",
            "the other half",
            lambda false_accept_rate: named_across(views, parts, false_accept_rate),
        ),
        _counted(
            "queries of known things", "the references", lambda false_accept_rate: passed(false_accept_rate)[known]
        ),
        _counted(
            "… with the right name",
            "the references",
            lambda false_accept_rate: (passed(false_accept_rate) & answers.right)[known],
        ),
    )
    return tuple(promise for promise in counted if promise is not None)


def _counted(photos: str, fitted_on: str, named: Callable[[float], Array]) -> Promise | None:
    """The share that ``named(far)`` flags at each of RATES; None where there are no such photos."""
    flags = [named(false_accept_rate) for false_accept_rate in RATES]
    if not len(flags[0]):
        return None
    return Promise(photos, fitted_on, tuple(wilson(int(flag.sum()), len(flag)) for flag in flags))


def _tables(name: str, result: Calibrated) -> str:
    chosen = tuple(f"named at {false_accept_rate:.0%}" for false_accept_rate in RATES)
    promised = [
        (one.photos, one.fitted_on, str(one.shares[0].n), *(figure(share) for share in one.shares))
        for one in result.promises
    ]
    bins = [
        (f"{number(row.low)}–{number(row.high)}", number(row.probability), figure(row.correct), str(row.correct.n))
        for row in result.reliability
    ]
    errors = (
        f"Stated at the pack's own share of unknown photos, {number(result.unknown_share)}: "
        f"calibration error {figure(result.ece)}, Brier score {figure(result.brier)}."
    )
    return (
        f"### {name}\n\n{table(('photos', 'threshold fitted on', 'n', *chosen), promised)}\n{errors}\n\n"
        f"{table(('probability', 'mean', 'right', 'n'), bins)}"
    )


def _data(result: Calibrated) -> dict[str, Any]:
    return {
        "rates": list(RATES),
        "promises": [
            {"photos": one.photos, "fitted_on": one.fitted_on, "shares": [share.to_dict() for share in one.shares]}
            for one in result.promises
        ],
        "unknown_share": result.unknown_share,
        "ece": result.ece.to_dict(),
        "brier": result.brier.to_dict(),
        "reliability": [row.to_dict() for row in result.reliability],
        **result.answers.to_dict(),
    }


if __name__ == "__main__":
    options = parser(__doc__ or "", packs=PACKS)
    options.add_argument("--save", type=Path, metavar="FILE.png", help="draw reliability here; needs matplotlib")
    launch(options, main)
