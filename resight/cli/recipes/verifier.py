"""``resight recipe verifier``: how much each part of a comparison of two photos counts."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Final

import typer

from resight.cli.terminal.options import Json, Settings, examples

from .options import EverydayPhotos
from .outcome import followed, tell_file

EXAMPLES: Final = examples(
    "resight recipe verifier everyday-photos -o verifier",
    "resight recipe verifier photos.parquet -o verifier --set fitted=200 --json",
)


def verifier(
    photos: EverydayPhotos,
    output: Annotated[
        Path, typer.Option("--output", "-o", readable=False, metavar="FOLDER", help="The folder to write.")
    ] = Path("verifier"),
    settings: Settings = None,
    json: Json = False,
) -> None:
    """Fit what `resight verify` weighs by, which ships.

    Photos are seen in simulated views. A similarity network learns from descriptors of some; how much points, pixels,
    descriptors and network count is fitted to pairs of the others.
    """
    from resight.recipes.verifier import recipe
    from resight.recipes.verifier.config import VerifierConfig
    from resight.training.config import configured

    config = configured(VerifierConfig(), settings or [])
    tell_file(*followed(recipe.run(photos, output, config)), output, json=json)
