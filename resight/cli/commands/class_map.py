"""``resight model map``: where a classifier sees a class in a photo, and whether that map means anything."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from resight.cli.terminal.meter import meter, watching
from resight.cli.terminal.options import Json, examples, one_of
from resight.cli.terminal.output import put, put_json
from resight.cli.terminal.pictures import pictures
from resight.explain.catalogue import CLASS_MAP, OF_CLASSES, listing

if TYPE_CHECKING:
    from resight.explain.classifiers.explanation import ClassExplanation

BEST: Final = "best"
"""Stands for the likeliest class."""

EXAMPLES: Final = examples(
    "resight model map resnet50.pth photo.jpg --save where.png --architecture resnet50 --names classes.txt",
    "resight model map mine.safetensors photo.jpg --save why.png --architecture resnet18 --class 3 --method grad-cam",
)


Weights = Annotated[
    Path,
    typer.Argument(
        readable=False,
        metavar="WEIGHTS",
        help="The weights of a network and its classifier: .safetensors, .pth or .pt.",
    ),
]
Save = Annotated[Path, typer.Option("--save", readable=False, metavar="PATH", help="The .jpg, .png or .webp to draw.")]
Architecture = Annotated[
    str, typer.Option("--architecture", metavar="NAME", help="The network that the weights are of.")
]
Names = Annotated[
    Path | None,
    typer.Option(
        "--names",
        readable=False,
        metavar="FILE",
        show_default=False,
        help="A text file with the name of a class in each line.",
    ),
]
Side = Annotated[
    int,
    typer.Option("--side", metavar="PIXELS", min=32, max=1024, help="Of the photos that the network was trained on."),
]


def _target(value: str) -> str:
    """A class, checked; raises BadParameter."""
    if value == BEST or value.isdecimal():
        return value
    raise typer.BadParameter(f"found {value!r}; wanted the number of a class, from 0, or {BEST}")


def class_map(
    weights: Weights,
    photo: Annotated[str, typer.Argument(metavar="PHOTO", help="The file of a photo.")],
    save: Save,
    architecture: Architecture,
    target: Annotated[
        str,
        typer.Option("--class", metavar="CLASS", callback=_target, help="Its number, from 0; or best, the likeliest."),
    ] = BEST,
    method: Annotated[
        str,
        typer.Option(
            metavar="NAME",
            callback=one_of(OF_CLASSES, "method"),
            help=f"{listing(OF_CLASSES)}.",
        ),
    ] = CLASS_MAP,
    names: Names = None,
    side: Side = 224,
    json: Json = False,
) -> None:
    """Show where a classifier sees a class.

    Photo and map are
    drawn side by side, with the best region framed. The map is also tested: its bright places are hidden, to see
    whether the class's probability falls faster than where any place is hidden; and half of the network is replaced by
    noise, to see whether the map minds. It needs torch; occlusion and the maps of pixels need captum.
    """
    from resight.explain.classifiers.explanation import class_maps

    [file] = pictures(save, [photo], ending=".map.jpg")
    file.parent.mkdir(parents=True, exist_ok=True)  # now, and not when all is done
    with meter() as update:
        found = class_maps(
            weights,
            photo,
            architecture=architecture,
            method=method,
            target=None if target == BEST else int(target),
            names=names,
            side=side,
            watch=watching(update),
        )
    found.why.save(file)
    if json:
        put_json({"picture": str(file), **found.to_dict()})
    else:
        _put(found, file)


def _put(found: ClassExplanation, file: Path) -> None:
    from resight.explain.classifiers.explanation import trials

    put(found.why.caption)
    put(found.why.sentence)
    if found.box is not None:
        left, top, width, height = found.box
        put(f"best region: {width} × {height} pixels from ({left}, {top})")
    for words in (*trials(found.why.query.faithfulness, found.persistence), *found.doubts):
        put(words)
    put(f"wrote {file}")
