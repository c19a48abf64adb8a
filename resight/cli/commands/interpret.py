"""``resight interpret``: what networks look at that tell places apart."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from resight.cli.recipes.options import Weights
from resight.cli.recipes.outcome import followed_until_stopped
from resight.cli.terminal.options import Json, Settings, examples
from resight.cli.terminal.output import put_json
from resight.cli.terminal.study import Objects, Places, put_study
from resight.cli.terminal.surveys import require_all
from resight.progress import Interrupted, Job

EXAMPLES: Final = examples(
    "resight interpret cities --model simple --model resnet18 -o study",
    "resight interpret cities --model house --model simple --objects deeplab.safetensors -o study",
)


def interpret(
    photos: Places,
    models: Annotated[
        list[str],
        typer.Option(
            "--model",
            "-m",
            metavar="MODEL",
            help="A network that learns the places: vgg11, resnet18, simple, simpler, house, or another architecture. "
            "May be repeated.",
        ),
    ],
    output: Annotated[
        Path,
        typer.Option(
            "--output", "-o", readable=False, metavar="FOLDER", help="Where report, map, tables and work are written."
        ),
    ] = Path("interpretation"),
    preset: Annotated[
        str, typer.Option(metavar="NAME", help="paper, cpu for two processor cores, or brief for a first look.")
    ] = "cpu",
    objects: Objects = None,
    weights: Weights = None,
    settings: Settings = None,
    json: Json = False,
) -> None:
    """Show what networks look at that tell places apart.

    Each MODEL learns the places of PHOTOS, and heat maps show by what it knows them on photos that it has not seen.
    FOLDER/interpretation.html tells, beginning with whether the camera explains it, what was found, how sure that is,
    and what it does not show; map.html beside it is a map of the explanations, and all tables are CSV. Ctrl-C keeps
    what is done, and the same command goes on from there.
    """
    report, told = followed_until_stopped(
        lambda stop: _run(photos, output, models, preset, settings or [], objects, weights, stop)
    )
    if json:
        put_json({**report, **told})
    else:
        put_study(report)
    require_all(told)


def _run(
    photos: Path,
    output: Path,
    models: list[str],
    preset: str,
    settings: list[str],
    objects: Path | None,
    weights: Path | None,
    stop: Callable[[], bool],
) -> Job[dict[str, Any] | Interrupted]:
    from resight.interpretation import report
    from resight.interpretation.study import study

    report.require()
    work = output / "work"
    outcome = yield from study(
        photos, work, models, config=preset, settings=settings, objects=objects, weights=weights, stop=stop
    )
    if isinstance(outcome, Interrupted):
        return outcome
    files = report.write(outcome, output)
    return {**report.summary(outcome), "files": files}
