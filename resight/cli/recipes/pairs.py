"""``resight recipe pairs``: a classifier of Tiny ImageNet, for pairs of photos."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Final

import typer

from resight.cli.terminal.meter import note
from resight.cli.terminal.options import Json, Settings, examples
from resight.cli.terminal.output import put_facts, put_json
from resight.cli.terminal.surveys import require_all

from .options import Weights, Work
from .outcome import Report, followed_until_stopped

EXAMPLES: Final = examples(
    "resight recipe pairs tiny-imagenet --work pairs-work --weights weights",
    "resight recipe pairs tiny-imagenet --work pairs-work --preset reduced-resnet18 --set epochs=5",
)


def pairs(
    data: Annotated[
        Path,
        typer.Argument(
            readable=False,
            metavar="TINY-IMAGENET",
            help="A folder or a Parquet file with the splits train and val.",
        ),
    ],
    work: Work,
    preset: Annotated[
        str,
        typer.Option(metavar="NAME", help="resnet50 or vgg16; reduced-resnet18 or reduced-squeezenet for a processor."),
    ] = "resnet50",
    weights: Weights = None,
    settings: Settings = None,
    json: Json = False,
) -> None:
    """Train a classifier of Tiny ImageNet for pairs of photos.

    It is the first step of "Image similarity network" (2020). 180 of the classes are learned, and 20 are left unseen.
    Without --weights the network starts from weights that are drawn.
    Ctrl-C keeps what is done, and the same command goes on from there.
    """
    from resight.recipes.pairs import recipe

    report, told = followed_until_stopped(
        lambda stop: recipe.run(data, work, config=preset, weights=weights, settings=settings or (), stop=stop)
    )
    if json:
        put_json({**report, **told})
    else:
        _tell(report)
    require_all(told)


def _tell(report: Report) -> None:
    put_facts(_in_short(report))
    for verdict in report.get("verdicts", ()):
        note(f"note: {verdict['name']}: {verdict['meaning']}; try: {'; '.join(verdict['advice'])}")


def _in_short(report: Report) -> dict[str, Any]:
    """Results, without what is printed beside them, or only counted for people."""
    facts = {name: fact for name, fact in report.items() if name not in ("leaks", "verdicts")}
    if "photos" in facts:
        facts["photos"] = {**facts["photos"], "left_out": len(facts["photos"]["left_out"])}
    return facts
