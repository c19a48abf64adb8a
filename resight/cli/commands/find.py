"""``resight find``: what is where, several known things in one photo, each with its outline."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from resight.cli.terminal.answers import present, tell_state
from resight.cli.terminal.meter import meter, note
from resight.cli.terminal.options import (
    FalseAcceptRate,
    FalseDiscoveryRate,
    GalleryFile,
    Json,
    Photos,
    UnknownShare,
    examples,
    one_of,
)
from resight.cli.terminal.output import put, put_json, put_table
from resight.cli.terminal.pictures import Drawings, drawn_into
from resight.cli.terminal.promise import tell_rates
from resight.cli.terminal.queries import Query, queries
from resight.errors import PhotoError

if TYPE_CHECKING:
    from resight.recognition.recogniser import Recogniser
    from resight.results import Detections

EXAMPLES: Final = examples(
    "resight find room.jpg -g museum.gallery",
    "resight find shelves -g groceries.gallery --save found --false-accept-rate 0.01",
    "resight find room.jpg -g museum.gallery --method geometry --json",
)

WHERE: Final = ".where.jpg"
"""Ending of the name of a drawing in a folder."""

METHODS: Final = ("geometry", "heat", "both")
"""Methods of detection; the last is the default."""


def find(
    photos: Photos,
    gallery: GalleryFile,
    method: Annotated[
        str,
        typer.Option(
            metavar="NAME",
            callback=one_of(METHODS, "method"),
            help="geometry: by points that agree on one motion, with exact outlines, and soonest; it needs local "
            "features, as the classical encoder has. heat: by cutting out what is hot for a thing, with rough "
            "outlines, for any encoder. both: what either finds.",
        ),
    ] = METHODS[-1],
    false_accept_rate: FalseAcceptRate = None,
    false_discovery_rate: FalseDiscoveryRate = None,
    unknown_share: UnknownShare = 0.5,
    save: Annotated[
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
    """Detect all known things in each photo.

    There may be several, several of one kind, or none. Each thing has its outline in pixels of the photo, and the
    probability that it is what it is called; it is "A or B" where those look alike and only both together are more
    likely right than wrong. Things that are not known are not told. With --json each photo is one
    line. A photo that cannot be read is told on standard error, the others are answered, and the exit status is 1.
    """
    from resight.recognition.recogniser import Recogniser

    with Recogniser.open(gallery) as recogniser, meter(bar=not sys.stdout.isatty()) as update:
        tell_state(recogniser)
        _tell_method(recogniser, method)
        tell_rates(recogniser, false_accept_rate, false_discovery_rate, unknown_share)
        asked = queries(photos)
        drawings = Drawings.planned(save, [query.name for query in asked], ending=WHERE)
        find_in = partial(
            recogniser.find,
            method=method,
            false_accept_rate=false_accept_rate,
            false_discovery_rate=false_discovery_rate,
            unknown_share=unknown_share,
            keep_evidence=save is not None,
        )
        refused = present(asked, _found(find_in, asked), partial(_put, json=json), drawings, update=update, json=json)
    if not json:
        drawings.tell()
    if refused:
        raise typer.Exit(1)


def _tell_method(recogniser: Recogniser, method: str) -> None:
    """Say so where only one of both methods is possible."""
    if method == METHODS[-1] and recogniser.index.local_index is None:
        note(
            f"note: {recogniser.gallery.location} has no local features, so things are found by heat alone, with rough "
            "outlines: index with `--encoder classical` as well for exact ones"
        )


def _found(find_in: Callable[[Any], Detections], asked: Sequence[Query]) -> Iterator[Detections | PhotoError]:
    """Detections in each photo, under the name it was asked by, or why there are none."""
    for query in asked:
        try:
            yield replace(find_in(query.source), photo=query.name)
        except PhotoError as refusal:
            yield refusal


def _put(found: Detections, file: Path | None, *, json: bool) -> Detections:
    if json:
        put_json(found.to_dict() | drawn_into(file))
    else:
        put_findings(found)
    return found


def put_findings(found: Detections) -> None:
    """Prints how many things were found, and each in a line of a table."""
    put(found.photo)
    put(f"  {found.sentence}")
    if found.found:
        rows = [
            ("", one.name, one.sureness, one.method, _corners(one.outline.round().astype(int).tolist()))
            for one in found.found
        ]
        put_table(("", "thing", "probability", "found by", "outline, pixels"), rows, right=(2,))
    if found.hint:
        put(f"  hint: {found.hint}")
    put()


def _corners(outline: Sequence[Sequence[int]]) -> str:
    return " ".join(f"{x},{y}" for x, y in outline)
