"""``resight model``: networks as folders that run without torch."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from .options import Json, examples
from .output import put, put_facts, put_json

app = typer.Typer(no_args_is_help=True)


@app.callback(
    epilog=examples(
        "resight model from-weights resnet50v2 weights.safetensors -o my-model",
        "resight model show my-model",
        "resight index museum --encoder my-model",
    )
)
def model() -> None:
    """Make a network an encoder, and look at one."""


@app.command(
    epilog=examples(
        "resight model from-weights resnet50v2 weights.safetensors",
        "resight model from-weights resnet50v2 weights.pth -o my-model --cut stage3 --long-side 480",
    )
)
def from_weights(
    architecture: Annotated[str, typer.Argument(metavar="ARCHITECTURE", hidden=True)],
    file: Annotated[Path, typer.Argument(metavar="FILE", hidden=True)],
    folder: Annotated[
        Path | None,
        typer.Option(
            "--output",
            "-o",
            metavar="FOLDER",
            show_default=False,
            help="Where the model goes; by default ARCHITECTURE-CUT, in this folder.",
        ),
    ] = None,
    cut: Annotated[
        str | None,
        typer.Option(
            metavar="LAYER",
            show_default=False,
            help="The layer whose output is the feature map; by default the architecture's own.",
        ),
    ] = None,
    name: Annotated[
        str | None,
        typer.Option(metavar="NAME", show_default=False, help="What people call it; by default ARCHITECTURE-CUT."),
    ] = None,
    long_side: Annotated[
        int, typer.Option(metavar="PIXELS", min=1, help="The longer side of a photo as the network sees it.")
    ] = 320,
    json: Json = False,
) -> None:
    """Make a model folder of a network's weights; needs torch.

    ARCHITECTURE is the name of the network, such as resnet50v2, and FILE its weights: .safetensors, .pth or .pt. What
    comes out has been shown to compute the same as torch.
    """
    from resight.conversion import from_weights as convert

    made = convert(architecture, file, folder=folder, cut=cut, name=name, long_side=long_side)
    if json:
        put_json(made.to_dict())
    else:
        put(f"{made.folder}: {made.card.architecture} up to {made.card.cut}, {made.card.channels} channels")


@app.command(epilog=examples("resight model show my-model", "resight model show my-model --json"))
def show(folder: Annotated[Path, typer.Argument(metavar="FOLDER", hidden=True)], json: Json = False) -> None:
    """Show what a model is.

    FOLDER is that of the model. Where a file in it was changed, the model is refused.
    """
    from resight.io import models

    facts = models.load(folder).to_dict()
    if json:
        put_json(facts)
    else:
        put_facts(facts)
