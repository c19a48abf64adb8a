"""``resight recipe vocabulary``: the words of the classical encoder."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Final

import typer

from resight.cli.terminal.options import Json, Settings, examples

from .options import EverydayPhotos
from .outcome import followed, tell_file

EXAMPLES: Final = examples(
    "resight recipe vocabulary everyday-photos",
    "resight recipe vocabulary everyday-photos -o vocabulary.npz",
)


def vocabulary(
    photos: EverydayPhotos,
    output: Annotated[
        Path, typer.Option("--output", "-o", readable=False, metavar="FILE", help="The .npz to write.")
    ] = Path("vocabulary.npz"),
    settings: Settings = None,
    json: Json = False,
) -> None:
    """Fit the vocabulary of the classical encoder.

    Galleries made with another vocabulary have to be made anew.
    """
    from resight.recipes.vocabulary import recipe
    from resight.recipes.vocabulary.config import VocabularyConfig
    from resight.training.config import configured

    config = configured(VocabularyConfig(), settings or [])
    tell_file(*followed(recipe.run(photos, output, config)), output, json=json)
