"""``resight model ideal``: what a class of a classifier would like to see."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Final

import typer

from resight.cli.terminal.meter import meter, watching
from resight.cli.terminal.options import Json, examples
from resight.cli.terminal.output import percent, put, put_json
from resight.cli.terminal.pictures import pictures

from .class_map import Architecture, Names, Side

EXAMPLES: Final = examples(
    "resight model ideal resnet50.pth --class 285 -o cat.png --architecture resnet50 --names classes.txt",
    "resight model ideal mine.safetensors --class 3 -o third.png --architecture resnet18 --seed 1 --json",
)


def class_ideal(
    weights: Annotated[Path, typer.Argument(readable=False, metavar="WEIGHTS", hidden=True)],
    target: Annotated[int, typer.Option("--class", metavar="NUMBER", min=0, help="The class, from 0.")],
    output: Annotated[
        Path,
        typer.Option("--output", "-o", readable=False, metavar="PICTURE", help="The .jpg, .png or .webp to write."),
    ],
    architecture: Architecture,
    names: Names = None,
    side: Side = 224,
    seed: Annotated[
        int, typer.Option(metavar="NUMBER", min=0, max=2**63 - 1, help="Of the noise that it begins with.")
    ] = 0,
    json: Json = False,
) -> None:
    """Draw what a class would like to see.

    WEIGHTS is a file of a network and its classifier: .safetensors, .pth or .pt. A picture is changed step by step so
    that the score of the class rises: activation maximisation. It shows what the network looks for, and is no photo.
    Needs torch.
    """
    from resight.explain.classifiers.ideal import ideal

    [file] = pictures(output, [f"class-{target}"], option="--output", ending=".png")
    file.parent.mkdir(parents=True, exist_ok=True)  # now, and not when all is done
    with meter() as update:
        found = ideal(
            weights, target, architecture=architecture, names=names, side=side, seed=seed, watch=watching(update)
        )
    found.save(file)
    if json:
        put_json({"picture": str(file), **found.to_dict()})
    else:
        put(f"{found.name}: the network takes its picture for it with {percent(found.probability)}")
        put(f"wrote {file}")
