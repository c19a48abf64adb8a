"""``resight recipe landmarks``: the votes, scales and matrices that Bouček (2020) compares."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from resight.cli.terminal.meter import note
from resight.cli.terminal.options import DataFormat, Json, examples
from resight.cli.terminal.output import count, put, put_alarm, put_json, put_table
from resight.cli.terminal.surveys import require_all

from .options import Work
from .outcome import followed_until_stopped

EXAMPLES: Final = examples(
    "resight recipe landmarks buildings --work work",
    "resight recipe landmarks buildings --work work --encoder house --encoder my-model",
    "resight recipe landmarks gldv2 --work work --json > landmarks.json",
    "resight recipe landmarks buildings --work work --further",
)

SHOWN: Final = 5
"""Names that a finding of the audit is told with; --json has all."""


def landmarks(
    data: Annotated[
        Path,
        typer.Argument(
            readable=False,
            metavar="DATASET",
            help="A folder with the sub-folders reference, query and distractor, a Parquet file, or a data set as the "
            "field hands it out.",
        ),
    ],
    work: Work,
    encoders: Annotated[
        list[str] | None,
        typer.Option(
            "--encoder",
            "-e",
            metavar="NAME",
            show_default=False,
            help="An encoder with descriptors: house, vlad, bow or the folder of a model. May be repeated; by default "
            "house and vlad.",
        ),
    ] = None,
    format: DataFormat = None,
    further: Annotated[
        bool,
        typer.Option(
            "--further",
            help="Measure what goes beyond the tables as well: learned weights and reductions, affine views, "
            "expansion, a verifier of pairs, the recogniser. It takes several times as long.",
        ),
    ] = False,
    json: Json = False,
) -> None:
    """Compare votes, scales and matrices, after Bouček 2020.

    Tables 5.1, 5.2, 5.5 and 5.6 are measured with every encoder, and all sums of scales; the thesis's figures stand
    beside, and each of its orderings is told to hold, to fail, or not to be told apart. landmarks.html and
    landmarks.json are written into the folder of --work, where descriptors are kept: a second run describes nothing
    again. Ctrl-C keeps what is done.
    """
    from resight.recipes.landmarks import recipe

    report, told = followed_until_stopped(
        lambda stop: recipe.run(data, work, encoders=encoders or (), format=format, further=further, stop=stop)
    )
    if json:
        put_json({**report, **told})
    else:
        _tell(report)
    require_all(*report["encoders"], told)


def _tell(report: Mapping[str, Any]) -> None:
    """Prints the best of each table, the orderings, and where the rest is."""
    photos = report["photos"]
    note(f"note: {count(photos['references'], 'reference')} of {count(photos['instances'], 'thing')}")
    note(f"note: {photos['unanswerable']:,} of {count(photos['queries'], 'query', 'queries')} have no answer here")
    for finding in report["audit"]["findings"]:
        note(f"{'audit' if finding['fails'] else 'note'}: {finding['what']}: {', '.join(finding['names'][:SHOWN])}")
    if not report["audit"]["valid"]:
        put_alarm("NOT VALID: what was asked was known or learned; see the audit's findings")
    header = ("encoder", "table", "best here", "µAP", "95 % interval", "thesis's best")
    put_table(header, [row for encoder in report["encoders"] for row in _best(encoder)], right=(3, 5))
    put("")
    rows = [row for encoder in report["encoders"] for row in _orderings(encoder)]
    put_table(("encoder", "ordering of the thesis", "thesis", "here", "95 % interval", "p", ""), rows, right=(2, 3, 5))
    further = [row for encoder in report["encoders"] for row in _further(encoder)]
    if further:
        put("")
        put_table(
            ("encoder", "beyond the tables", "µAP", "95 % interval", "beside the first", "p"), further, right=(2, 5)
        )
    for encoder in report["encoders"]:
        if encoder["few_photos"]:
            note(f"note: {encoder['name']}: {encoder['few_photos']}")
        if encoder["clipped"]:
            note(f"note: {encoder['name']}: {encoder['clipped']}")
        for bad in encoder["unreadable"]:
            note(f"unreadable: {bad['photo']}: {bad['reason']}")
    put(f"wrote {report['page']}")


def _best(encoder: Mapping[str, Any]) -> Iterator[tuple[str, ...]]:
    for number, cells in encoder["tables"].items():
        best = max(cells, key=lambda cell: cell["value"])
        setting = f"{best['row']}, {'whitened' if best['whitened'] else 'not whitened'}, k = {best['k']}"
        interval = f"{best['low']:.3f} to {best['high']:.3f}"
        theirs = max(cell["thesis"] for cell in cells)
        yield encoder["name"], number, setting, f"{best['value']:.3f}", interval, f"{theirs:.4f}"


def _further(encoder: Mapping[str, Any]) -> Iterator[tuple[str, ...]]:
    for row in encoder["further"]:
        gain = row["gain"]
        beside = "" if gain is None else f"{gain['value']:+.3f} ({gain['low']:+.3f} to {gain['high']:+.3f})"
        interval = f"{row['low']:.3f} to {row['high']:.3f}"
        p = "" if row["p"] is None else f"{row['p']:.2g}"
        yield encoder["name"], row["name"], f"{row['value']:.3f}", interval, beside, p


def _orderings(encoder: Mapping[str, Any]) -> Iterator[tuple[str, ...]]:
    for one in encoder["orderings"]:
        here = one["here"]
        interval = f"{here['low']:+.3f} to {here['high']:+.3f}"
        yield (
            *(encoder["name"], one["claim"], f"{one['thesis']:+.3f}", f"{here['value']:+.3f}", interval),
            *(f"{one['p']:.2g}", one["verdict"]),
        )
