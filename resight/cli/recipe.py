"""``resight recipe``: fit again what ships with resight."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from .meter import follow
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


def _tell(report: dict[str, object], output: Path, json: bool) -> None:
    if json:
        put_json({"file": str(output), **report})
    else:
        put(f"wrote {output}")
        put_facts(report)
