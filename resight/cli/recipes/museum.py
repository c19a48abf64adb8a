"""``resight recipe museum``: the descriptors of photos that Kohl (2017) compares."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Final

import typer

from resight.cli.terminal.options import Json, Settings, examples
from resight.cli.terminal.output import put_json
from resight.cli.terminal.paper_table import tell_table
from resight.cli.terminal.surveys import require_all

from .options import Weights, Work
from .outcome import followed_until_stopped

EXAMPLES: Final = examples(
    "resight recipe museum museum-set --weights weights --work work",
    "resight recipe museum museum-set --weights weights --work work --row alexnet-conv --row alexnet-tuned-conv",
    "resight recipe museum museum-set --weights weights --work work --set epochs=20 --json > museum.json",
)


def museum(
    data: Annotated[
        Path,
        typer.Argument(
            readable=False,
            metavar="DATASET",
            help="A folder with the sub-folders reference, query and distractor, or a Parquet file.",
        ),
    ],
    work: Work,
    rows: Annotated[
        list[str] | None,
        typer.Option(
            "--row", metavar="NAME", show_default=False, help="A row to run, by default all. May be repeated."
        ),
    ] = None,
    weights: Weights = None,
    baseline: Annotated[
        str | None,
        typer.Option(metavar="NAME", show_default=False, help="The row that others are compared with; else the first."),
    ] = None,
    settings: Settings = None,
    json: Json = False,
) -> None:
    """Compare twelve descriptors of photos, after Kohl 2017.

    A row of the paper's table is NETWORK-APPROACH. The networks are alexnet and resnet152, and two that a processor can
    train, reduced-squeezenet and reduced-mobilenet. Approaches are full, conv; tuned-full, tuned-conv, tuned-regions;
    cosine-random, cosine-hardest; triplet-random, triplet-hardest, triplet-semi-hard, triplet-easy-hard,
    triplet-regions. Rows without weights are listed as not run. Ctrl-C keeps what is done, and the same command goes on
    from there.
    """
    from resight.recipes.museum import recipe

    report, told = followed_until_stopped(
        lambda stop: recipe.run(
            data, work, rows=rows or (), weights=weights, baseline=baseline, settings=settings or (), stop=stop
        )
    )
    if json:
        put_json({**report, **told})
    else:
        tell_table(report)
    require_all(told)
