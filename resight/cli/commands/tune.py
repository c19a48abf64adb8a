"""``resight tune``: how a gallery is searched, chosen by its own photos."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Final

import typer

from resight.cli.terminal.meter import follow, note
from resight.cli.terminal.options import Json, examples
from resight.cli.terminal.output import put, put_json

EXAMPLES: Final = examples(
    "resight tune museum.gallery",
    "resight tune museum.gallery --latency 50     # milliseconds an answer, once the photo is read",
    "resight tune museum.gallery --reset          # as it was before",
)


def tune(
    gallery: Annotated[
        Path, typer.Argument(readable=False, metavar="GALLERY", show_default=False, help="The gallery to tune.")
    ],
    latency: Annotated[
        float | None,
        typer.Option(
            metavar="MS",
            min=0.1,
            show_default=False,
            help="Milliseconds that an answer may take once the photo is read.",
        ),
    ] = None,
    reset: Annotated[bool, typer.Option("--reset", help="Go back to the default, without asking.")] = False,
    json: Json = False,
) -> None:
    """Choose how a gallery is searched, by its own photos.

    The gallery is asked about its photos, held out and in simulated views: with the default settings, and with others
    of how many photos are compared closely, whether descriptors are whitened, and which vote of the nearest photos
    speaks for a thing. Others are taken only where right answers become likelier by more than noise. What is chosen is
    stored in the gallery, with the reason, and its probabilities are fitted anew; `resight info` shows it.
    """
    from resight.indexing.tune import iter_tune

    try:
        report = follow(iter_tune(gallery, latency=latency, reset=reset))
    except KeyboardInterrupt:
        note("interrupted: the gallery is searched as before")
        raise
    if json:
        put_json({"gallery": str(gallery), **report.to_dict()})
        return
    for line in report.reason or (f"back to the default: {report.settings}",):
        put(f"{gallery}: {line}")
