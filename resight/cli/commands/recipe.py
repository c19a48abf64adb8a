"""``resight recipe``: fit again what ships with resight, and run again what papers report."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from resight.cli.terminal.digits_table import tell_digits
from resight.cli.terminal.meter import follow, note, stopping
from resight.cli.terminal.options import Json, examples
from resight.cli.terminal.output import put, put_facts, put_json
from resight.cli.terminal.paper_table import tell_table
from resight.cli.terminal.surveys import require_all, telling

if TYPE_CHECKING:
    from resight.progress import Progress

app = typer.Typer(no_args_is_help=True)

Photos = Annotated[Path, typer.Argument(readable=False, metavar="PHOTOS", hidden=True)]
Settings = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="KEY=VALUE", show_default=False, help="A setting of the recipe; repeatable."),
]
Work = Annotated[
    Path,
    typer.Option(
        "--work", readable=False, metavar="FOLDER", help="Where decoded photos, checkpoints and figures are kept."
    ),
]


@app.callback(
    epilog=examples(
        "resight recipe vocabulary everyday-photos -o vocabulary.npz",
        "resight recipe evidence everyday-photos -o evidence.json",
        "resight recipe museum museum-set --weights weights --work work",
    )
)
def recipe() -> None:
    """Fit again what ships, and run what papers report.

    A photo that cannot be read, a closed folder or a wrong row of a table is told, the rest is used, and the exit
    status is 1.
    """


@app.command(
    epilog=examples(
        "resight recipe vocabulary everyday-photos",
        "resight recipe vocabulary everyday-photos -o vocabulary.npz",
    )
)
def vocabulary(
    photos: Photos,
    output: Annotated[
        Path, typer.Option("--output", "-o", readable=False, metavar="FILE", help="The .npz to write.")
    ] = Path("vocabulary.npz"),
    json: Json = False,
) -> None:
    """Fit the words of the classical encoder.

    PHOTOS is a folder or a Parquet file of everyday photos, some thousands; no labels are needed. Galleries made with
    another vocabulary have to be made anew.
    """
    from resight.recipes.vocabulary import recipe

    _tell(*_followed(recipe.run(photos, output)), output, json)


@app.command(
    epilog=examples(
        "resight recipe evidence everyday-photos",
        "resight recipe evidence photos.parquet -o evidence.json --json",
    )
)
def evidence(
    photos: Photos,
    output: Annotated[
        Path, typer.Option("--output", "-o", readable=False, metavar="FILE", help="The JSON file to write.")
    ] = Path("evidence.json"),
    json: Json = False,
) -> None:
    """Fit how much each kind of evidence counts.

    PHOTOS is a folder or a Parquet file of everyday photos, a thousand or more. Things are drawn from them and composed
    of them, and asked about in simulated views.
    """
    from resight.recipes.evidence import recipe

    _tell(*_followed(recipe.run(photos, output)), output, json)


@app.command(
    epilog=examples(
        "resight recipe house photos.parquet --teacher resnet50v2.safetensors --work house-work -o house",
        "resight recipe house photos --teacher resnet50v2.safetensors --work house-work --set epochs=200",
    )
)
def house(
    photos: Annotated[list[Path], typer.Argument(readable=False, metavar="PHOTOS...", hidden=True)],
    teacher: Annotated[
        Path,
        typer.Option(
            "--teacher", readable=False, metavar="FILE", help="The weights of ResNet-50 v2 (Gluon), up to stage 3."
        ),
    ],
    work: Work,
    output: Annotated[
        Path, typer.Option("--output", "-o", readable=False, metavar="MODEL", help="The model folder to write.")
    ] = Path("house"),
    settings: Settings = None,
    json: Json = False,
) -> None:
    """Train the small encoder that resight carries.

    PHOTOS are folders or Parquet files of everyday photos, labelled or not. It takes hours: Ctrl-C stops it with all
    that is done kept in the work folder, and the same command goes on from there, also with more epochs.
    """
    from resight.cli.terminal.interruption import interruptible
    from resight.recipes.house import recipe
    from resight.recipes.house.config import HouseConfig
    from resight.training.config import configured

    config = configured(HouseConfig(), settings or [])
    with interruptible(stopping) as stop:
        steps = recipe.run(photos, work, output, teacher=teacher, config=config, stop=stop)
        report, told = _followed(steps)
    _tell(report, told, output, json)


@app.command(
    epilog=examples(
        "resight recipe museum museum-set --weights weights --work work",
        "resight recipe museum museum-set --weights weights --work work --row alexnet-conv --row alexnet-tuned-conv",
        "resight recipe museum museum-set --weights weights --work work --set epochs=20 --json > museum.json",
    )
)
def museum(
    data: Annotated[Path, typer.Argument(readable=False, metavar="DATA", hidden=True)],
    work: Work,
    rows: Annotated[
        list[str] | None,
        typer.Option("--row", metavar="NAME", show_default=False, help="A row to run; repeatable. Else all are run."),
    ] = None,
    weights: Annotated[
        Path | None,
        typer.Option(
            readable=False,
            metavar="FOLDER",
            show_default=False,
            help="Weight files, named as torchvision does, such as alexnet-….pth.",
        ),
    ] = None,
    baseline: Annotated[
        str | None,
        typer.Option(metavar="NAME", show_default=False, help="The row that others are compared with; else the first."),
    ] = None,
    settings: Settings = None,
    json: Json = False,
) -> None:
    """Compare twelve ways to describe a photo, after Kohl 2017.

    DATA is a folder with the sub-folders reference, query and distractor, or a Parquet file. A row of the paper's table
    is NETWORK-WAY. The networks are alexnet and resnet152, and two that a processor can train, reduced-squeezenet and
    reduced-mobilenet. Ways are full, conv; tuned-full, tuned-conv, tuned-regions; cosine-random, cosine-hardest;
    triplet-random, triplet-hardest, triplet-semi-hard, triplet-easy-hard, triplet-regions. Rows without weights are
    listed as not run. Ctrl-C keeps what is done, and the same command goes on from there.
    """
    from resight.cli.terminal.interruption import interruptible
    from resight.recipes.museum import recipe

    with interruptible(stopping) as stop:
        steps = recipe.run(
            data, work, rows=rows or (), weights=weights, baseline=baseline, settings=settings or (), stop=stop
        )
        report, told = _followed(steps)
    if json:
        put_json({**report, **told})
    else:
        tell_table(report)
    require_all(told)


@app.command(
    epilog=examples(
        "resight recipe pairs tiny-imagenet --work pairs-work --weights weights",
        "resight recipe pairs tiny-imagenet --work pairs-work --config reduced-resnet18 --set epochs=5",
    )
)
def pairs(
    data: Annotated[Path, typer.Argument(readable=False, metavar="TINY-IMAGENET", hidden=True)],
    work: Work,
    config: Annotated[
        str,
        typer.Option(metavar="NAME", help="resnet50 or vgg16; reduced-resnet18 or reduced-squeezenet for a processor."),
    ] = "resnet50",
    weights: Annotated[
        Path | None,
        typer.Option(
            readable=False,
            metavar="FOLDER",
            show_default=False,
            help="Weight files to start from; else weights are drawn.",
        ),
    ] = None,
    settings: Settings = None,
    json: Json = False,
) -> None:
    """Train a classifier of Tiny ImageNet for pairs of photos.

    It is the first step of "Image similarity network" (2020). TINY-IMAGENET is a folder or a Parquet file with the
    splits train and val. 180 of its classes are learned, and 20 are left unseen. Ctrl-C keeps what is done, and the
    same command goes on from there.
    """
    from resight.cli.terminal.interruption import interruptible
    from resight.recipes.pairs import recipe

    with interruptible(stopping) as stop:
        steps = recipe.run(data, work, config=config, weights=weights, settings=settings or (), stop=stop)
        report, told = _followed(steps)
    if json:
        put_json({**report, **told})
    else:
        put_facts(_in_short(report))
        for verdict in report.get("verdicts", ()):
            note(f"note: {verdict['name']}: {verdict['meaning']}; try: {'; '.join(verdict['advice'])}")
    require_all(told)


@app.command(
    epilog=examples(
        "resight recipe digits mnist -o digits",
        "resight recipe digits mnist --photos photos -o digits",
        "resight recipe digits mnist --photos photos -o digits --set error=zero-one --set split=test",
    )
)
def digits(
    data: Annotated[Path, typer.Argument(readable=False, metavar="MNIST", hidden=True)],
    photos: Annotated[
        Path | None,
        typer.Option(
            readable=False,
            metavar="FOLDER",
            show_default=False,
            help="Photos to draw heat on and to paste digits on; else neither.",
        ),
    ] = None,
    output: Annotated[
        Path,
        typer.Option(
            "--output", "-o", readable=False, metavar="FOLDER", help="Where report, figures and network are written."
        ),
    ] = Path("digits"),
    settings: Settings = None,
    json: Json = False,
) -> None:
    """Show where digits are, by silencing a LeNet's filters.

    MNIST is the folder with its four files. As in Ghosh et al. (2017), a LeNet learns them, its filters are silenced
    one after another, and what they are worth makes heat maps, which are drawn and measured. FOLDER/digits.html is the
    report. Ctrl-C keeps what is done, and the same command goes on from there.
    """
    from resight.cli.terminal.interruption import interruptible
    from resight.recipes.digits import recipe

    with interruptible(stopping) as stop:
        report, told = _followed(recipe.run(data, output, photos=photos, settings=settings or (), stop=stop))
    if json:
        put_json({"report": str(output / "digits.html"), **report, **told})
    else:
        tell_digits(report)
        put(f"wrote {output / 'digits.html'}")
    require_all(told)


def _in_short(report: dict[str, Any]) -> dict[str, Any]:
    """What the pairs recipe found, without what is told beside it, or only counted for people."""
    facts = {name: fact for name, fact in report.items() if name not in ("leaks", "verdicts")}
    if "photos" in facts:
        facts["photos"] = {**facts["photos"], "left_out": len(facts["photos"]["left_out"])}
    return facts


def _followed(steps: Iterable[Progress]) -> tuple[dict[str, Any], dict[str, Any]]:
    """The last step's report, and what was told of the photos; leaves as an interruption where the work was stopped."""
    told: dict[str, Any] = {}
    report = follow(telling(steps, told))
    if (kept := report.get("stopped", report.get("checkpoint"))) is not None:
        note(f"stopped; {kept} is where the same command goes on")
        raise KeyboardInterrupt
    return report, told


def _tell(report: dict[str, Any], told: dict[str, Any], output: Path, json: bool) -> None:
    if json:
        put_json({"file": str(output), **report, **told})
    else:
        put(f"wrote {output}")
        put_facts(report)
    require_all(told)
