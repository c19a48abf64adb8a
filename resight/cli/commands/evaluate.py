"""``resight evaluate``: how often the answers are right, on photos whose answers are known."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
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
    new_file,
    share,
)
from resight.cli.terminal.output import count, put, put_alarm, put_json, put_table
from resight.cli.terminal.promise import tell_promise
from resight.cli.terminal.surveys import require_all, telling
from resight.errors import DatasetError
from resight.results import percent

EXAMPLES: Final = examples(
    "resight evaluate museum-set",
    "resight evaluate museum-set --encoder vlad --false-accept-rate 0.01",
    "resight evaluate museum-set --json > museum.json",
    "resight evaluate gldv2 --format gldv2-retrieval",
    "resight evaluate museum-set --report museum.html",
    "resight evaluate museum-set --gallery museum.gallery     # a second run describes no photo again",
    "resight evaluate --compare before.json after.json",
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

FURTHER: Final = {
    "micro_ap_known": "micro average precision of known queries",
    "balanced_accuracy": "balanced accuracy, known and unknown",
    "recall_at_100": "recall at 100 % precision",
    "recall_at_99": "recall at 99 % precision",
    "risk_area": "area under risk over coverage",
    "brier": "Brier score",
}
"""Further measures, printed below."""

RETRIEVAL: Final = {
    "hit_at_1": "hit at 1",
    "hit_at_5": "hit at 5",
    "hit_at_10": "hit at 10",
    "map": "mean average precision",
    "map_at_r": "MAP@R",
    "n_s": "N-S score, of 4",
}
"""Measures of the rankings by descriptors; --json has those by other conventions as well."""

LEAKS: Final = {
    "content": "is the very file that is known as",
    "near duplicate": "seems to be the photo that is known as",
}
"""Words for how sure a leak of each kind is."""

SHOWN: Final = 5
"""Number of leaked queries that are listed; --json lists all."""


def evaluate(
    datasets: Annotated[
        list[str] | None, typer.Argument(metavar="DATASET", show_default=False, help="A folder, or a Parquet file.")
    ] = None,
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
    gallery: Annotated[
        Path | None,
        typer.Option(
            "--gallery",
            "-g",
            readable=False,
            metavar="FILE",
            show_default=False,
            help="Keep the gallery, and beside it the descriptors of what is asked: a second run describes nothing.",
        ),
    ] = None,
    report: Annotated[
        Path | None,
        typer.Option(
            parser=new_file,
            metavar="FILE",
            show_default=False,
            help="Write a page about it, one HTML file with curves and the worst errors as pictures; it needs "
            "the extra report.",
        ),
    ] = None,
    compare: Annotated[
        tuple[Path, Path] | None,
        typer.Option(
            readable=False,
            metavar="A.json B.json",
            show_default=False,
            help="Compare what two evaluations of one data set printed with --json; no data set is measured then.",
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
    Where the audit finds that photos were known or learned which are asked about, the figures are not valid, and it
    says so. A data set without queries gets a split of its own, which is told. With --compare the queries of two
    evaluations are paired: it says which is better, by how much, and whether that may be chance.
    """
    if compare is not None:
        if datasets:
            raise typer.BadParameter("--compare takes no data set: wanted the two files alone")
        _compare(*compare, json=json)
        return
    if not datasets:
        raise typer.BadParameter("wanted a data set, or --compare A.json B.json")
    from resight.evaluation import evaluate as evaluation

    steps = evaluation.iter_evaluate(
        datasets,
        encoders=encoders or None,
        format=format,
        frame_gap=frame_gap,
        false_accept_rate=false_accept_rate,
        false_discovery_rate=false_discovery_rate,
        unknown_share=unknown_share,
        gallery=gallery,
        report=report,
    )
    told: dict[str, Any] = {}
    with in_order():
        result = follow(telling(steps, told)).to_dict()
    _tell_problems(result)
    if json:
        put_json(result)
    else:
        _put_measures(result)
        if report is not None:
            put(f"wrote {report}")
    require_all(result, told)


def _put_measures(report: Mapping[str, Any]) -> None:
    """Prints the measures in a table; where queries have leaked, beside those without them."""
    header: tuple[str, ...] = ("measure", "value", "95 % interval", "photos")
    measured = [key for key in MEASURES if key in report]
    rows = [_row(MEASURES[key], report[key]) for key in measured]
    if report["leaks"]:
        header = (*header, "without leaks")
        rows = [(*row, _value(report["without_leaks"], key)) for row, key in zip(rows, measured, strict=True)]
    if not report["audit"]["valid"]:
        put_alarm("NOT VALID: what was asked was known, learned or fitted on; see the audit's findings")
    put_table(header, rows, right=(1, 2, 3, 4))
    for key, why in report["undefined"].items():
        put(f"{MEASURES[key]}: not defined: {why}")
    if report["further"]:
        put()
        rows = [_row(name, report["further"][key]) for key, name in FURTHER.items() if key in report["further"]]
        put_table(("further", "value", "95 % interval", "photos"), rows, right=(1, 2, 3))
    for one in report["retrieval"]:
        put()
        rows = [_row(name, one[key]) for key, name in RETRIEVAL.items() if key in one]
        put_table((f"ranking by {one['encoder']}", "value", "95 % interval", "queries"), rows, right=(1, 2, 3))
        if one["unanswerable"]:
            put(f"{count(one['unanswerable'], 'query', 'queries')} without an answer in the gallery not among these")


def _compare(first: Path, second: Path, *, json: bool) -> None:
    """Prints what two reports' answers to the same queries are worth against each other."""
    from resight.evaluation.comparison import AnswerTable, compare

    found = compare(*(AnswerTable.of(str(file), _read(file)) for file in (first, second))).to_dict()
    if json:
        put_json(found)
        return
    if found["left_out"]:
        note(f"note: {count(found['left_out'], 'query', 'queries')} that only one of them was asked, left out")
    rows = [_difference(one, found) for one in found["differences"]]
    put_table(
        ("measure", "first", "second", "second − first", "95 % interval", "p", "better"), rows, right=(1, 2, 3, 5)
    )
    put(f"answered rightly by {first} alone: {found['only_first']:,}; by {second} alone: {found['only_second']:,}")
    put(found["sentence"])


def _difference(one: Mapping[str, Any], found: Mapping[str, Any]) -> tuple[str, ...]:
    gain = one["gain"]
    name = (MEASURES | FURTHER).get(one["measure"], one["measure"])
    value, low, high = (f"{gain[key]:+.3f}".replace("-", "−") for key in ("value", "low", "high"))
    better = {0: "may be chance", 1: found["first"], 2: found["second"]}[one["better"]]
    return name, f"{one['first']:.3f}", f"{one['second']:.3f}", value, f"{low} to {high}", f"{one['p']:.2g}", better


def _read(file: Path) -> Any:
    """The JSON in a file; raises DatasetError for one that cannot be read or is none."""
    from json import loads

    try:
        return loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise DatasetError(
            f"{str(file)!r} is no JSON that can be read ({error}): wanted what `resight evaluate --json` prints"
        ) from error


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
    for finding in report["audit"]["findings"]:
        if finding["kind"] not in LEAKS:
            more = f" and {len(finding['names']) - SHOWN:,} more" if len(finding["names"]) > SHOWN else ""
            word = "audit" if finding["fails"] else "note"
            note(f"{word}: {finding['what']}: {', '.join(finding['names'][:SHOWN])}{more}")
    if leaks:
        share = f"{len(leaks):,} of {report['queries']:,} queries"
        note(f"{share} are photos of the gallery, as far as can be told: the figures are too good")
    note(
        f"note: {percent(report['unknown_share'])} of photos are expected to be unknown, by default as many as "
        "among the queries and one of each kind; probabilities depend on it"
    )
    if report["threshold"] is not None:
        tell_promise(report["threshold"])
