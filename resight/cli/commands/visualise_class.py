"""``resight model visualise-class``: what a class of a classifier would like to see."""

from __future__ import annotations

from typing import Annotated, Final

import typer

from resight.cli.terminal.meter import meter, watching
from resight.cli.terminal.options import Json, examples
from resight.cli.terminal.output import put, put_json
from resight.cli.terminal.pictures import pictures
from resight.results import percent

from .class_map import Architecture, Names, Save, Side, Weights

EXAMPLES: Final = examples(
    "resight model visualise-class resnet50.pth --class 285 --save cat.png --architecture resnet50 --names classes.txt",
    "resight model visualise-class mine.safetensors --class 3 --save third.png --architecture resnet18 --seed 1 --json",
)


def visualise_class(
    weights: Weights,
    target: Annotated[int, typer.Option("--class", metavar="NUMBER", min=0, help="The class, from 0.")],
    save: Save,
    architecture: Architecture,
    names: Names = None,
    side: Side = 224,
    seed: Annotated[
        int, typer.Option(metavar="NUMBER", min=0, max=2**63 - 1, help="Of the noise that it begins with.")
    ] = 0,
    json: Json = False,
) -> None:
    """Draw what a class would like to see.

    A picture is changed step by step so
    that the score of the class rises: activation maximisation. It shows what the network looks for, and is no photo.
    Needs torch.
    """
    from resight.explain.classifiers.ideal import ideal

    [file] = pictures(save, [f"class-{target}"], ending=".png")
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
