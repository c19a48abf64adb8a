"""``resight recipe places``: what place classifiers look at, after Shi 2018."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Final

import typer

from resight.cli.terminal.options import Json, Settings, examples
from resight.cli.terminal.output import put_json
from resight.cli.terminal.study import Objects, Places, put_study
from resight.cli.terminal.surveys import require_all

from .outcome import followed_until_stopped

EXAMPLES: Final = examples(
    "resight recipe places cities -o places",
    "resight recipe places cities -o places --preset cpu --objects deeplab.safetensors",
)


def places(
    data: Places,
    output: Annotated[
        Path,
        typer.Option("--output", "-o", readable=False, metavar="FOLDER", help="Where report and tables are written."),
    ] = Path("places"),
    preset: Annotated[
        str, typer.Option(metavar="NAME", help="paper, cpu for two processor cores, or brief for a first look.")
    ] = "paper",
    objects: Objects = None,
    settings: Settings = None,
    json: Json = False,
) -> None:
    """Find out what classifiers of places look at, after Shi 2018.

    VGG11, ResNet18 and two shallow networks learn to tell the places apart; their maps are compared, what they look at
    is named and counted, and the camera is controlled for. FOLDER/interpretation.html is the report, FOLDER/paper.csv
    the thesis's tables beside. Ctrl-C keeps what is done, and the same command goes on from there.
    """
    from resight.recipes.places import recipe

    report, told = followed_until_stopped(
        lambda stop: recipe.run(data, output, preset=preset, settings=settings or (), objects=objects, stop=stop)
    )
    if json:
        put_json({**report, **told})
    else:
        put_study(report)
    require_all(told)
