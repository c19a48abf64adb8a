"""``resight find``: what is where, several known things in one photo, each with its outline."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from resight.cli.terminal.answers import tell_refusal, tell_state
from resight.cli.terminal.meter import meter, note
from resight.cli.terminal.options import Json, examples, one_of, rate, share
from resight.cli.terminal.output import count, percent, put, put_json, put_table
from resight.cli.terminal.pictures import drawn_into, pictures, tell_drawn
from resight.cli.terminal.promise import tell_promise
from resight.cli.terminal.queries import Query, queries
from resight.errors import PhotoError

if TYPE_CHECKING:
    from resight.recogniser import Recogniser
    from resight.results import Detections

EXAMPLES: Final = examples(
    "resight find room.jpg -g museum.gallery",
    "resight find shelves -g groceries.gallery --picture found --far 0.01",
    "resight find room.jpg -g museum.gallery --way geometry --json",
)

WHERE: Final = ".where.jpg"
"""How the name of a drawing in a folder ends."""


WAYS: Final = ("geometry", "heat", "both")
"""How things are found; the last is the default."""


def find(
    photos: Annotated[list[str], typer.Argument(metavar="PHOTO", hidden=True)],
    gallery: Annotated[
        Path, typer.Option("--gallery", "-g", readable=False, metavar="FILE", help="The gallery that is asked.")
    ],
    way: Annotated[
        str,
        typer.Option(
            metavar="NAME",
            callback=one_of(WAYS, "way"),
            help="geometry: by points that agree on one motion, with exact outlines; it needs local features, as "
            "the classical encoder has. heat: by cutting out what is hot for a thing, with rough outlines, for any "
            "encoder. both: what either finds.",
        ),
    ] = WAYS[-1],
    false_accept_rate: Annotated[
        float | None,
        typer.Option(
            "--false-accept-rate",
            "--far",
            metavar="SHARE",
            parser=rate,
            help="False-accept rate: the largest share of unknown things that may get a name. "
            "Without it a thing gets a name that is likelier right than not, which may be stricter than a large rate.",
        ),
    ] = None,
    unknown_share: Annotated[
        float,
        typer.Option(
            metavar="SHARE", parser=share, help="Share of unknown things to expect; it moves the probability."
        ),
    ] = 0.5,
    picture: Annotated[
        Path | None,
        typer.Option(
            readable=False,
            metavar="PATH",
            show_default=False,
            help="Draw the outlines on each photo, into this folder; or, for one photo, "
            "into this .jpg, .png or .webp file.",
        ),
    ] = None,
    json: Json = False,
) -> None:
    """Tell which known things are where in each photo.

    There may be several, several of one kind, or none. PHOTO is a file, a folder of photos, a Parquet file, or - for
    one photo on standard input. Each thing has its outline in pixels of the photo, and the probability that it is what
    it is called; things that are not known are not told. With --json each photo is one line. A photo that cannot be
    read is told on standard error, the others are answered, and the exit status is 1.
    """
    from resight.recogniser import Recogniser

    with Recogniser.open(gallery) as recogniser, meter(bar=not sys.stdout.isatty()) as update:
        tell_state(recogniser)
        _tell_way(recogniser, way)
        if false_accept_rate is not None:
            tell_promise(recogniser.calibration.threshold(false_accept_rate).to_dict())
        asked = queries(photos)
        files = _files(picture, asked)
        refused, drawn = 0, list[Path]()
        update("photos", 0, len(asked))
        for done, (query, file) in enumerate(zip(asked, files, strict=True), 1):
            try:
                found = recogniser.find(
                    query.source,
                    way=way,
                    false_accept_rate=false_accept_rate,
                    unknown_share=unknown_share,
                    keep_evidence=file is not None,
                )
            except PhotoError as refusal:
                tell_refusal(query, refusal)
                refused += 1
                if json:
                    put_json({"photo": query.name, "error": str(refusal)})
            else:
                _present(replace(found, photo=query.name), file, json=json)
                drawn += [file] if file else []
            update("photos", done, len(asked))
    if picture and not json:
        tell_drawn(picture, drawn)
    if refused:
        raise typer.Exit(1)


def _files(picture: Path | None, asked: Sequence[Query]) -> Sequence[Path | None]:
    if picture is None:
        return [None] * len(asked)
    return pictures(picture, [query.name for query in asked], option="--picture", ending=WHERE)


def _tell_way(recogniser: Recogniser, way: str) -> None:
    """Say so where only one of both ways can be gone."""
    if way == WAYS[-1] and recogniser.known.index is None:
        note(
            f"note: {recogniser.gallery.location} has no local features, so things are found by heat alone, with rough "
            "outlines: index with `--encoder classical` as well for exact ones"
        )


def _present(found: Detections, file: Path | None, *, json: bool) -> None:
    if json:
        put_json(found.to_dict() | drawn_into(file))
    else:
        put_findings(found)
    if file:
        file.parent.mkdir(parents=True, exist_ok=True)
        found.save(file)


def put_findings(found: Detections) -> None:
    """How many things were found, and each in a line of a table."""
    put(found.photo)
    put(f"  {count(len(found.found), 'known thing')}" if found.found else "  nothing known was found in it")
    if found.found:
        rows = [
            ("", one.instance, percent(one.probability), one.way, _corners(one.outline.round().astype(int).tolist()))
            for one in found.found
        ]
        put_table(("", "thing", "probability", "found by", "outline, pixels"), rows, right=(2,))
    if found.hint:
        put(f"  hint: {found.hint}")
    put()


def _corners(outline: Sequence[Sequence[int]]) -> str:
    return " ".join(f"{x},{y}" for x, y in outline)
