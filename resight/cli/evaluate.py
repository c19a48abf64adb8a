"""``resight evaluate``: how often the answers are right, on photos whose answers are known."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from .meter import follow, note
from .options import Encoders, Far, Json, examples, share
from .output import count, percent, put_json, put_table
from .promise import tell_promise
from .surveys import tell_survey

if TYPE_CHECKING:
    from resight.progress import Progress

EXAMPLES: Final = examples(
    "resight evaluate museum-set",
    "resight evaluate museum-set --encoder vlad --far 0.01",
    "resight evaluate museum-set --json > museum.json",
)

MEASURES: Final = {
    "p_at_1": "precision at 1",
    "micro_ap": "micro average precision",
    "auroc": "AUROC, known against unknown",
    "coverage": "coverage",
    "false_accept_rate": "false-accept rate",
    "ece": "calibration error",
}
"""What a report measures, in the order in which it is told."""

LEAKS: Final = {
    "content": "is the very file that is known as",
    "near duplicate": "seems to be the photo that is known as",
}
"""How sure a leak of each kind is."""

SHOWN: Final = 5
"""Of the queries that were known beforehand, and of labels, as many as a person reads."""


def evaluate(
    datasets: Annotated[list[str], typer.Argument(metavar="DATASET", hidden=True)],
    encoders: Encoders = None,
    far: Far = None,
    unknown_share: Annotated[
        float | None,
        typer.Option(
            metavar="SHARE",
            callback=share,
            show_default=False,
            help="Share of photos to expect that show none of the known things; by default that of the data set.",
        ),
    ] = None,
    json: Json = False,
) -> None:
    """Measure how often the answers are right.

    DATASET is a folder with the sub-folders reference, query and distractor, each with one sub-folder per thing; or one
    with a metadata.csv; or a Parquet file. The references are made known, the queries asked, and the distractors show
    none of the things. Each measure comes with the interval that it lies in at 95 %. With --json every answer is told.
    """
    from resight import evaluation
    from resight.encoders import DEFAULT

    steps = evaluation.iter_evaluate(datasets, encoders=encoders or DEFAULT, far=far, unknown_share=unknown_share)
    refused: list[Any] = []
    report = follow(_telling(steps, refused)).to_dict()
    _tell_problems(report)
    if json:
        put_json(report)
    else:
        header: tuple[str, ...] = ("measure", "value", "95 % interval", "photos")
        measured = [key for key in MEASURES if key in report]
        rows = [_row(MEASURES[key], report[key]) for key in measured]
        if report["leaks"]:
            header = (*header, "without leaks")
            rows = [(*row, _value(report["without_leaks"], key)) for row, key in zip(rows, measured, strict=True)]
        put_table(header, rows, right=(1, 2, 3, 4))
    if refused:
        raise typer.Exit(1)


def _telling(steps: Iterable[Progress], refused: list[Any]) -> Iterator[Progress]:
    """The same steps, but that of the outset is told in words; what was refused is added to ``refused``."""
    from resight.evaluation import OUTSET

    for step in steps:
        if step.stage == OUTSET:
            report = step.report.to_dict()
            tell_survey(report)
            _tell_lone(report["lone_labels"])
            refused += report["refused"]
        else:
            yield step


def _tell_lone(lone: Sequence[Mapping[str, Any]]) -> None:
    """Queries whose label no reference has, before anybody takes the right answer for a false one."""
    for one in lone[:SHOWN]:
        near = f"; did you mean {one['nearest']!r}?" if one["nearest"] else ""
        asked = f"{count(one['queries'], 'query', 'queries')} of {one['label']!r}"
        note(f"label: {asked}, which no reference has, asked as unknown{near}")
    if len(lone) > SHOWN:
        asked = count(sum(one["queries"] for one in lone[SHOWN:]), "query", "queries")
        note(f"label: and {asked} of {len(lone) - SHOWN:,} more labels that no reference has, which --json lists")


def _row(name: str, estimate: Mapping[str, float]) -> tuple[str, ...]:
    value, low, high = (f"{estimate[key]:.3f}" for key in ("value", "low", "high"))
    return name, value, f"{low} to {high}", f"{estimate['n']:,}"


def _value(figures: Mapping[str, Mapping[str, float]], key: str) -> str:
    return f"{figures[key]['value']:.3f}" if key in figures else ""


def _tell_problems(report: Mapping[str, Any]) -> None:
    """What makes the figures better or worse than they should be."""
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
