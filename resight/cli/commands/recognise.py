"""``resight recognise``: which of the known things a photo shows, or none of them."""

from __future__ import annotations

import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from resight.cli.terminal.answers import named, present, put_answer, put_answer_json, tell_state
from resight.cli.terminal.meter import meter
from resight.cli.terminal.options import (
    FalseAcceptRate,
    FalseDiscoveryRate,
    GalleryFile,
    Json,
    Mirrored,
    Photos,
    UnknownShare,
    examples,
)
from resight.cli.terminal.pictures import Drawings
from resight.cli.terminal.promise import tell_rates
from resight.cli.terminal.queries import queries

if TYPE_CHECKING:
    from resight.results import Explanation, Recognition

EXAMPLES: Final = examples(
    "resight recognise photo.jpg -g museum.gallery",
    "resight recognise holiday -g museum.gallery --false-accept-rate 0.01 --save evidence",
    "resight recognise photo.jpg -g museum.gallery --explain --json",
    "resight recognise scans -g museum.gallery --mirrored",
    "curl https://example.org/photo.jpg | resight recognise - -g museum.gallery --json",
)


def recognise(
    photos: Photos,
    gallery: GalleryFile,
    false_accept_rate: FalseAcceptRate = None,
    false_discovery_rate: FalseDiscoveryRate = None,
    unknown_share: UnknownShare = 0.5,
    k: Annotated[int, typer.Option("-k", metavar="N", min=1, help="How many candidates are told, at most.")] = 5,
    save: Annotated[
        Path | None,
        typer.Option(
            readable=False,
            metavar="PATH",
            show_default=False,
            help="Draw what was matched, on both photos, into this folder; or, for one photo, "
            "into this .jpg, .png or .webp file.",
        ),
    ] = None,
    explain: Annotated[
        bool,
        typer.Option(
            "--explain",
            help="Say why: a map over the photo and one over the known photo, and how faithful they are. "
            "With --json as PNG; --save then draws them.",
        ),
    ] = False,
    mirrored: Mirrored = False,
    json: Json = False,
) -> None:
    """Tell which known thing each photo shows, or none of them.

    The probability is that the first candidate is right; the runner-up is the nearest other thing, and the margin how
    much less probable that is. A photo gets its name where that is more likely right than wrong; it is "A or B" where
    those look alike and only both together are, "not sure" where neither is so, and "none of these" where that is the
    likeliest of all. With --json each photo is one line. A photo that cannot be read is told on standard
    error, the others are answered, and the exit status is 1.
    """
    from resight.recognition.recogniser import Recogniser

    with Recogniser.open(gallery) as recogniser, meter(bar=not sys.stdout.isatty()) as update:
        tell_state(recogniser)
        tell_rates(recogniser, false_accept_rate, false_discovery_rate, unknown_share, mirrored=mirrored)
        asked = queries(photos)
        drawings = Drawings.planned(save, [query.name for query in asked])
        found = recogniser.recognise_many(
            (query.source for query in asked),
            k=k,
            false_accept_rate=false_accept_rate,
            false_discovery_rate=false_discovery_rate,
            unknown_share=unknown_share,
            keep_evidence=explain or save is not None,
            mirrored=mirrored,
        )
        put_one = partial(_put, explain=explain, json=json)
        refused = present(asked, named(asked, found), put_one, drawings, update=update, json=json)
    if not json:
        drawings.tell()
    if refused:
        raise typer.Exit(1)


def _put(answer: Recognition, file: Path | None, *, explain: bool, json: bool) -> Explanation | Recognition:
    """Tell an answer, and why where that is asked; what is to be drawn of it."""
    why = answer.explain() if explain else None
    if json:
        put_answer_json(answer, why, file)
    else:
        put_answer(answer, why)
    return why or answer
