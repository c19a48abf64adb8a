"""``resight calibrate``: photos of real use teach a gallery how sure it may be."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Final

import typer

from resight.cli.terminal.examples import tell_examples, tell_recognised
from resight.cli.terminal.meter import follow, note
from resight.cli.terminal.options import Json, examples
from resight.cli.terminal.output import count, put, put_json
from resight.cli.terminal.surveys import require_all, tell_survey
from resight.results import percent

EXAMPLES: Final = examples(
    "resight calibrate museum.gallery --examples visitors     # visitors/LABEL/PHOTO",
    "resight calibrate museum.gallery --examples visitors --unknown street",
    "resight calibrate museum.gallery --seen last-week        # how many show nothing known?",
    "resight calibrate museum.gallery --forget-examples       # what it asks itself alone",
)


def calibrate(
    gallery: Annotated[
        Path, typer.Argument(readable=False, metavar="GALLERY", show_default=False, help="The gallery to teach.")
    ],
    labelled: Annotated[
        list[str] | None,
        typer.Option(
            "--examples",
            metavar="PHOTOS",
            show_default=False,
            help="Photos of real use with what they show, laid out as for `resight index`; they never become "
            "references. May be repeated.",
        ),
    ] = None,
    unknown: Annotated[
        list[str] | None,
        typer.Option(
            metavar="PHOTOS", show_default=False, help="Photos that show none of the things. May be repeated."
        ),
    ] = None,
    seen: Annotated[
        list[str] | None,
        typer.Option(
            metavar="PHOTOS",
            show_default=False,
            help="Photos of real use of which nobody says what they show: what share of them shows nothing known is "
            "estimated, for --unknown-share. They teach nothing. May be repeated.",
        ),
    ] = None,
    others_unknown: Annotated[
        bool,
        typer.Option("--others-unknown", help="Take examples of things that are not known for unknown photos."),
    ] = False,
    forget: Annotated[
        bool, typer.Option("--forget-examples", help="Forget the examples and unknown photos of before.")
    ] = False,
    json: Json = False,
) -> None:
    """Calibrate a gallery to photos of its real use.

    A gallery asks itself about its own photos to learn how sure it may be. Photos of real use, such as corrected
    answers, teach it better: how much one of them counts for is found by holding some of them out, and where that does
    not help, they are not used. They are kept with the gallery until --forget-examples. Without an option the
    calibration is fitted again to what is there.
    """
    from resight.indexing.calibrate import iter_calibrate

    steps = iter_calibrate(
        gallery,
        examples=labelled or (),
        unknown=unknown or (),
        seen=seen or (),
        others_unknown=others_unknown,
        forget=forget,
    )
    try:
        report = follow(steps)
    except KeyboardInterrupt:
        note("interrupted: what was asked is kept in blocks, and the same command goes on from there")
        raise
    told = report.to_dict()
    for bad in told["unreadable"]:
        note(f"unreadable: {bad['photo']}: {bad['reason']}")
    tell_recognised(told["recognised"])
    tell_examples(told)
    tell_survey(told)
    if told["impostors"]:
        rates = f"it can promise false-accept rates from {percent(1 / told['impostors'])} up"
        note(f"calibrated by asking about {count(told['impostors'], 'photo')} as if unknown: {rates}")
    if json:
        put_json({"gallery": str(gallery), **told})
    else:
        put(f"{gallery}: {report.sentence}")
        if report.seen is not None:
            put(f"{gallery}: {report.seen.sentence}")
    require_all(told)
