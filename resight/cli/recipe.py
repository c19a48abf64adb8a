"""``resight recipe``: fit again what ships with resight."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from .meter import follow, note
from .options import Json, examples
from .output import put, put_facts, put_json

app = typer.Typer(no_args_is_help=True)

Photos = Annotated[Path, typer.Argument(metavar="PHOTOS", hidden=True)]


@app.callback(
    epilog=examples(
        "resight recipe vocabulary everyday-photos -o vocabulary.npz",
        "resight recipe evidence everyday-photos -o evidence.json",
    )
)
def recipe() -> None:
    """Fit again what ships with resight, from everyday photos."""


@app.command(
    epilog=examples(
        "resight recipe vocabulary everyday-photos",
        "resight recipe vocabulary everyday-photos -o vocabulary.npz",
    )
)
def vocabulary(
    photos: Photos,
    output: Annotated[Path, typer.Option("--output", "-o", metavar="FILE", help="The .npz to write.")] = Path(
        "vocabulary.npz"
    ),
    json: Json = False,
) -> None:
    """Fit the words of the classical encoder.

    PHOTOS is a folder or a Parquet file of everyday photos, some thousands; no labels are needed. Galleries made with
    another vocabulary have to be made anew.
    """
    from resight.recipes import vocabulary as recipe

    _tell(follow(recipe.run(photos, output)), output, json)


@app.command(
    epilog=examples(
        "resight recipe evidence everyday-photos",
        "resight recipe evidence photos.parquet -o evidence.json --json",
    )
)
def evidence(
    photos: Photos,
    output: Annotated[Path, typer.Option("--output", "-o", metavar="FILE", help="The JSON file to write.")] = Path(
        "evidence.json"
    ),
    json: Json = False,
) -> None:
    """Fit how much each kind of evidence counts.

    PHOTOS is a folder or a Parquet file of everyday photos, a thousand or more. Things are drawn from them and composed
    of them, and asked about in simulated views.
    """
    from resight.recipes import evidence as recipe

    _tell(follow(recipe.run(photos, output)), output, json)


@app.command(
    epilog=examples(
        "resight recipe house photos.parquet --teacher resnet50v2.safetensors --work house-work -o house",
        "resight recipe house photos --teacher resnet50v2.safetensors --work house-work --set epochs=200",
    )
)
def house(
    photos: Annotated[list[Path], typer.Argument(metavar="PHOTOS...", hidden=True)],
    teacher: Annotated[
        Path, typer.Option("--teacher", metavar="FILE", help="The weights of ResNet-50 v2 (Gluon), up to stage 3.")
    ],
    work: Annotated[
        Path, typer.Option("--work", metavar="FOLDER", help="Where decoded photos and checkpoints are kept.")
    ],
    output: Annotated[Path, typer.Option("--output", "-o", metavar="MODEL", help="The model folder to write.")] = Path(
        "house"
    ),
    settings: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="KEY=VALUE", show_default=False, help="A setting of the recipe; repeatable."),
    ] = None,
    json: Json = False,
) -> None:
    """Train the small encoder that resight carries.

    PHOTOS are folders or Parquet files of everyday photos, labelled or not. It takes hours: Ctrl-C stops it with all
    that is done kept in the work folder, and the same command goes on from there, also with more epochs.
    """
    from resight.recipes import house as recipe
    from resight.training.config import configured
    from resight.training.interruption import interruptible

    config = configured(recipe.Config(), settings or [])
    with interruptible() as stop:
        report = follow(recipe.run(photos, work, output, teacher=teacher, config=config, stop=stop))
    if "checkpoint" in report:
        note(f"stopped; {report['checkpoint']} is where the same command goes on")
        raise KeyboardInterrupt
    _tell(report, output, json)


def _tell(report: dict[str, object], output: Path, json: bool) -> None:
    if json:
        put_json({"file": str(output), **report})
    else:
        put(f"wrote {output}")
        put_facts(report)
