"""Commands under one name; nothing heavy is imported here, so that help and wrong usage are answered at once."""

from __future__ import annotations

from typing import Annotated, Any, Final

import typer

from .commands import (
    calibrate,
    doctor,
    evaluate,
    explain,
    find,
    gallery,
    index,
    info,
    interpret,
    keys,
    model,
    recognise,
    serve,
    train,
    train_verifier,
    tune,
    verify,
)
from .recipes import app as recipes
from .terminal.command import Commands
from .terminal.options import examples

SETTINGS: Final[dict[str, Any]] = {"help_option_names": ["-h", "--help"], "max_content_width": 100}

app = Commands(
    add_completion=False,
    context_settings=SETTINGS,
    no_args_is_help=True,
    pretty_exceptions_enable=False,  # a traceback is a defect, and is reported as Python prints it
    rich_markup_mode=None,  # rich takes longer to import than everything else that help needs
)


def _show_version(wanted: bool) -> None:
    if wanted:
        print(f"resight {info.version('resight')}")
        raise typer.Exit


@app.callback(
    epilog=examples(
        "resight index museum                              # museum/LABEL/PHOTO becomes museum.gallery",
        "resight recognise photo.jpg -g museum.gallery     # which of them is it?",
        "resight find room.jpg -g museum.gallery           # which of them are in it, and where?",
        "resight evaluate museum-set                       # reference/, query/, distractor/: how often is that right?",
    )
)
def resight(
    version: Annotated[
        bool, typer.Option("--version", help="Print the version.", callback=_show_version, is_eager=True)
    ] = False,
) -> None:
    """Which one is it? Tells which of the things you know a photo shows, how sure it is, or none of them, and why."""


app.command(epilog=index.EXAMPLES)(index.index)
app.command(epilog=recognise.EXAMPLES)(recognise.recognise)
app.command("recognize", hidden=True, epilog=recognise.EXAMPLES)(recognise.recognise)  # as it is spelled elsewhere
app.command(epilog=find.EXAMPLES)(find.find)
app.command(epilog=explain.EXAMPLES)(explain.explain)
app.command(epilog=interpret.EXAMPLES)(interpret.interpret)
app.command(epilog=verify.EXAMPLES)(verify.verify)
app.command(epilog=calibrate.EXAMPLES)(calibrate.calibrate)
app.command(epilog=tune.EXAMPLES)(tune.tune)
app.command(epilog=evaluate.EXAMPLES)(evaluate.evaluate)
app.command(epilog=train.EXAMPLES)(train.train)
app.command("train-verifier", epilog=train_verifier.EXAMPLES)(train_verifier.train_verifier)
app.command(epilog=doctor.EXAMPLES)(doctor.doctor)
app.command(epilog=serve.EXAMPLES)(serve.serve)
app.add_typer(keys.app, name="keys")
app.add_typer(gallery.app, name="gallery")
app.add_typer(model.app, name="model")
app.add_typer(recipes.app, name="recipe")
app.command(epilog=info.EXAMPLES)(info.info)
