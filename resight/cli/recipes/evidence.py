"""``resight recipe evidence``: how much each kind of evidence counts."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Final

import typer

from resight.cli.terminal.options import Json, Settings, examples

from .options import EverydayPhotos
from .outcome import followed, tell_file

EXAMPLES: Final = examples(
    "resight recipe evidence everyday-photos",
    "resight recipe evidence photos.parquet -o evidence.json --json",
)


def evidence(
    photos: EverydayPhotos,
    output: Annotated[
        Path, typer.Option("--output", "-o", readable=False, metavar="FILE", help="The JSON file to write.")
    ] = Path("evidence.json"),
    settings: Settings = None,
    json: Json = False,
) -> None:
    """Fit how much each kind of evidence counts.

    Things are drawn from the photos and composed of them, and asked about in simulated views.
    """
    from resight.recipes.evidence import recipe
    from resight.recipes.evidence.config import EvidenceConfig
    from resight.training.config import configured

    config = configured(EvidenceConfig(), settings or [])
    tell_file(*followed(recipe.run(photos, output, config)), output, json=json)
