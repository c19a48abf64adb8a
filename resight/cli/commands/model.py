"""``resight model``: networks as folders that run without torch, and classifiers to look into."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from resight.cli.terminal.command import Commands
from resight.cli.terminal.meter import follow
from resight.cli.terminal.options import Json, examples
from resight.cli.terminal.output import put, put_facts, put_json
from resight.cli.terminal.surveys import require_all, tell_survey, telling

from . import class_map, visualise_class

ModelFolder = Annotated[Path, typer.Argument(readable=False, metavar="MODEL", help="The folder of the model.")]

app = Commands(no_args_is_help=True)


def _output(default: str) -> Any:
    """The option of the folder that a model is written to; ``default`` says what it is called without."""
    return typer.Option(
        "--output",
        "-o",
        readable=False,
        metavar="FOLDER",
        show_default=False,
        help=f"Where the new model goes; by default {default}.",
    )


@app.callback(
    epilog=examples(
        "resight model from-weights weights.safetensors --architecture resnet50v2 -o my-model",
        "resight model show my-model",
        "resight index museum --encoder my-model",
        "resight model map resnet50.pth photo.jpg --save where.png --architecture resnet50",
    )
)
def model() -> None:
    """Convert networks to encoders, and look into classifiers."""


@app.command(
    epilog=examples(
        "resight model from-weights weights.safetensors --architecture resnet50v2",
        "resight model from-weights weights.pth --architecture resnet50v2 -o my-model --cut stage3 --long-side 480",
    )
)
def from_weights(
    weights: Annotated[
        Path,
        typer.Argument(readable=False, metavar="WEIGHTS", help="The network's weights: .safetensors, .pth or .pt."),
    ],
    architecture: Annotated[
        str,
        typer.Option("--architecture", metavar="NAME", help="The network that the weights are of, such as resnet50v2."),
    ],
    folder: Annotated[Path | None, _output("ARCHITECTURE-CUT, in this folder")] = None,
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
        int, typer.Option(metavar="PIXELS", min=1, max=8192, help="The longer side of a photo as the network sees it.")
    ] = 320,
    json: Json = False,
) -> None:
    """Convert a network's weights to a model folder; needs torch.

    What comes out has been shown to compute the same as torch.
    """
    from resight.training.model_conversion import from_weights as convert

    made = convert(architecture, weights, folder=folder, cut=cut, name=name, long_side=long_side)
    if json:
        put_json(made.to_dict())
    else:
        put(f"{made.folder}: {made.card.architecture} up to {made.card.cut}, {made.card.channels} channels")


@app.command(
    epilog=examples(
        "resight model background my-model everyday-photos -o my-model-2",
        "resight model background my-model photos.parquet --count 1000",
    )
)
def background(
    model: ModelFolder,
    photos: Annotated[
        list[Path],
        typer.Argument(
            readable=False, metavar="PHOTOS", help="Folders or Parquet files of everyday photos, labelled or not."
        ),
    ],
    folder: Annotated[Path | None, _output("MODEL-background")] = None,
    count: Annotated[int, typer.Option(metavar="N", min=2, help="How many photos are taken.")] = 512,
    json: Json = False,
) -> None:
    """Add a background to a model, for its whitening.

    With one, descriptors are whitened in galleries of a few photos as well, which makes them tell things apart.
    Descriptors of some photos, drawn at random, are kept in the new model; the photos are not. A photo that cannot be
    read, a closed folder or a wrong row of a table is told, others are taken, and the exit status is 1.
    """
    from resight.io import model_folder
    from resight.io.datasets.dataset import unlabelled_photos
    from resight.training.whitening_background import give

    target = folder or model.with_name(f"{model.resolve().name}-background")
    found = unlabelled_photos(list(photos))
    told = found.survey.to_dict()
    tell_survey(told)
    made = follow(telling(give(model_folder.load(model), target, found.entries, photos=count), told))
    if json:
        put_json({**made.to_dict(), **told})
    else:
        put(f"{made.folder}: {made.card.name} with a background of {count} photos")
    require_all(told)


@app.command(epilog=examples("resight model show my-model", "resight model show house --json"))
def show(model: ModelFolder, json: Json = False) -> None:
    """Show the card of a model, or of `house`, the one that ships.

    Where a file in it was changed, the model is refused.
    """
    from resight.features.encoder import HOUSE
    from resight.io import model_folder

    ships = model == Path(HOUSE.name) and not model.exists()
    facts = model_folder.load(HOUSE if ships else model).to_dict()
    if json:
        put_json(facts)
    else:
        put_facts(facts)


app.command("map", epilog=class_map.EXAMPLES)(class_map.class_map)
app.command("visualise-class", epilog=visualise_class.EXAMPLES)(visualise_class.visualise_class)
app.command("visualize-class", hidden=True, epilog=visualise_class.EXAMPLES)(visualise_class.visualise_class)
