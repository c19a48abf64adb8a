"""``resight recipe house``: the small encoder that resight carries."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Final

import typer

from resight.cli.terminal.options import Json, Settings, examples

from .options import Work
from .outcome import followed_until_stopped, tell_file

EXAMPLES: Final = examples(
    "resight recipe house photos.parquet --teacher resnet50v2.safetensors --work house-work -o house",
    "resight recipe house photos --teacher resnet50v2.safetensors --work house-work --set epochs=200",
)


def house(
    photos: Annotated[
        list[Path],
        typer.Argument(
            readable=False, metavar="PHOTOS", help="Folders or Parquet files of everyday photos, labelled or not."
        ),
    ],
    teacher: Annotated[
        Path,
        typer.Option(
            "--teacher", readable=False, metavar="FILE", help="The weights of ResNet-50 v2 (Gluon), up to stage 3."
        ),
    ],
    work: Work,
    output: Annotated[
        Path, typer.Option("--output", "-o", readable=False, metavar="MODEL", help="The model folder to write.")
    ] = Path("house"),
    settings: Settings = None,
    json: Json = False,
) -> None:
    """Train the house encoder, which ships with resight.

    It takes hours: Ctrl-C stops it with all that is done kept in the work folder, and the same command goes on from
    there, also with more epochs.
    """
    from resight.recipes.house import recipe
    from resight.recipes.house.config import HouseConfig
    from resight.training.config import configured

    config = configured(HouseConfig(), settings or [])
    report, told = followed_until_stopped(
        lambda stop: recipe.run(photos, work, output, teacher=teacher, config=config, stop=stop)
    )
    tell_file(report, told, output, json=json)
