"""``resight evaluate``: how often the answers are right, on photos whose answers are known."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Final

import typer

from resight.cli.terminal.ending import in_order
from resight.cli.terminal.meter import follow, note
from resight.cli.terminal.options import (
    DataFormat,
    Encoders,
    FalseAcceptRate,
    FalseDiscoveryRate,
    Json,
    examples,
    share,
)
from resight.cli.terminal.output import put_json, put_table
from resight.cli.terminal.promise import tell_promise
from resight.cli.terminal.surveys import require_all, telling
from resight.results import percent

EXAMPLES: Final = examples(
    "resight evaluate museum-set",
    "resight evaluate museum-set --encoder vlad --false-accept-rate 0.01",
    "resight evaluate museum-set --json > museum.json",
    "resight evaluate gldv2 --format gldv2-retrieval",
)

MEASURES: Final = {
    "p_at_1": "precision at 1",
    "micro_ap": "micro average precision",
    "auroc": "AUROC, known against unknown",
    "coverage": "coverage",
    "false_accept_rate": "false-accept rate",
    "false_discovery_rate": "false-discovery rate",
    "ece": "calibration error",
    "either_right": 'right one in "A or B"',
}
"""Measures of a report, in the order in which they are printed."""

LEAKS: Final = {
    "content": "is the very file that is known as",
    "near duplicate": "seems to be the photo that is known as",
}
"""Words for how sure a leak of each kind is."""

SHOWN: Final = 5
"""Number of leaked queries that are listed; --json lists all."""


def evaluate(
    datasets: Annotated[list[str], typer.Argument(metavar="DATASET", help="A folder, or a Parquet file.")],
    encoders: Encoders = None,
    format: DataFormat = None,
    frame_gap: Annotated[
        int,
        typer.Option(
            metavar="FRAMES",
            min=0,
            help="Of places, how many frames around a query are left out of its ranking: what a robot has just seen.",
        ),
    ] = 0,
    false_accept_rate: FalseAcceptRate = None,
    false_discovery_rate: FalseDiscoveryRate = None,
    unknown_share: Annotated[
        float | None,
        typer.Option(
            metavar="SHARE",
            parser=share,
            show_default=False,
            help="Share of photos to expect that show none of the known things; by default that of the data set.",
        ),
    ] = None,
    json: Json = False,
) -> None:
    """Measure how often the answers are right.

    In a folder the photos of DATASET/reference/LABEL/ are made known, those of DATASET/query/LABEL/ are asked, and
    those of DATASET/distractor/ are asked and show none of the things; or a metadata.csv in it names for each file_name
    its label and its split. Each measure comes with the interval that it lies in at 95 %. An answer "A or B" counts as
    one without a name; how many of these hold the right one is told beside. With --json every answer is told. A photo
    that cannot be read, a closed folder or a wrong row of a table is told, the rest is asked, and the exit status is 1.
    """
    from resight.evaluation import evaluate as evaluation

    steps = evaluation.iter_evaluate(
        datasets,
        encoders=encoders or None,
        format=format,
        frame_gap=frame_gap,
        false_accept_rate=false_accept_rate,
        false_discovery_rate=false_discovery_rate,
        unknown_share=unknown_share,
    )
    told: dict[str, Any] = {}
    with in_order():
        report = follow(telling(steps, told)).to_dict()
    _tell_problems(report)
    if json:
        put_json(report)
    else:
        _put_measures(report)
    require_all(report, told)


def _put_measures(report: Mapping[str, Any]) -> None:
    """Prints the measures in a table; where queries have leaked, beside those without them."""
    header: tuple[str, ...] = ("measure", "value", "95 % interval", "photos")
    measured = [key for key in MEASURES if key in report]
    rows = [_row(MEASURES[key], report[key]) for key in measured]
    if report["leaks"]:
        header = (*header, "without leaks")
        rows = [(*row, _value(report["without_leaks"], key)) for row, key in zip(rows, measured, strict=True)]
    put_table(header, rows, right=(1, 2, 3, 4))


def _row(name: str, estimate: Mapping[str, float]) -> tuple[str, ...]:
    value, low, high = (f"{estimate[key]:.3f}" for key in ("value", "low", "high"))
    return name, value, f"{low} to {high}", f"{estimate['n']:,}"


def _value(figures: Mapping[str, Mapping[str, float]], key: str) -> str:
    return f"{figures[key]['value']:.3f}" if key in figures else ""


def _tell_problems(report: Mapping[str, Any]) -> None:
    """Prints what makes the figures better or worse than they should be."""
    leaks = report["leaks"]
    for bad in report["unreadable"]:
        note(f"unreadable: {bad['photo']}: {bad['reason']}")
    for leak in leaks[:SHOWN]:
        note(f"leak: {leak['query']} {LEAKS[leak['kind']]} {leak['reference']}")
    if len(leaks) > SHOWN:
        note(f"leak: and {len(leaks) - SHOWN:,} more, which --json lists")
    if leaks:
        share = f"{len(leaks):,} of {report['queries']:,} queries"
        note(f"{share} are photos of the gallery, as far as can be told: the figures are too good")
    note(f"note: {percent(report['unknown_share'])} of photos are expected to be unknown; probabilities depend on it")
    if report["threshold"] is not None:
        tell_promise(report["threshold"])
