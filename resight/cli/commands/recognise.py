"""``resight recognise``: which of the known things a photo shows, or none of them."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from resight.cli.terminal.answers import answers, put_answer, put_answer_json, tell_refusal, tell_state
from resight.cli.terminal.meter import meter, note
from resight.cli.terminal.options import Far, Json, Mirrored, examples, share
from resight.cli.terminal.pictures import pictures, tell_drawn
from resight.cli.terminal.promise import tell_promise
from resight.cli.terminal.queries import Query, queries
from resight.errors import PhotoError

if TYPE_CHECKING:
    from resight.results import Explanation, Recognition

EXAMPLES: Final = examples(
    "resight recognise photo.jpg -g museum.gallery",
    "resight recognise holiday -g museum.gallery --far 0.01 --save evidence",
    "resight recognise photo.jpg -g museum.gallery --explain --json",
    "resight recognise scans -g museum.gallery --mirrored",
    "curl https://example.org/photo.jpg | resight recognise - -g museum.gallery --json",
)


def recognise(
    photos: Annotated[list[str], typer.Argument(metavar="PHOTO", hidden=True)],
    gallery: Annotated[
        Path, typer.Option("--gallery", "-g", readable=False, metavar="FILE", help="The gallery that is asked.")
    ],
    false_accept_rate: Far = None,
    unknown_share: Annotated[
        float,
        typer.Option(
            metavar="SHARE",
            parser=share,
            help="Share of photos to expect that show none of the known things; it moves the probability.",
        ),
    ] = 0.5,
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

    PHOTO is a file, a folder of photos, a Parquet file, or - for one photo on standard input. The probability is that
    the first candidate is right. With --json each photo is one line. A photo that cannot be read is told on standard
    error, the others are answered, and the exit status is 1.
    """
    from resight.recogniser import Recogniser

    with Recogniser.open(gallery) as recogniser, meter(bar=not sys.stdout.isatty()) as update:
        tell_state(recogniser)
        if false_accept_rate is not None:
            tell_promise(
                recogniser.calibration.threshold(false_accept_rate / 2 if mirrored else false_accept_rate).to_dict()
            )
            if mirrored:
                note("note: each way round is held to half the rate, for two questions may both be answered wrongly")
        asked = queries(photos)
        files = pictures(save, [query.name for query in asked]) if save else [None] * len(asked)
        given = answers(
            recogniser,
            asked,
            k=k,
            false_accept_rate=false_accept_rate,
            unknown_share=unknown_share,
            keep_evidence=explain or save is not None,
            mirrored=mirrored,
        )
        refused, drawn = 0, list[Path]()
        update("photos", 0, len(asked))
        for done, (query, answer, file) in enumerate(zip(asked, given, files, strict=True), 1):
            why = answer.explain() if explain and not isinstance(answer, PhotoError) else None
            _present(query, answer, why, file, json=json)
            refused += isinstance(answer, PhotoError)
            if file and not isinstance(answer, PhotoError):
                file.parent.mkdir(parents=True, exist_ok=True)
                (why or answer).save(file)
                drawn.append(file)
            update("photos", done, len(asked))
    if save and not json:
        tell_drawn(save, drawn)
    if refused:
        raise typer.Exit(1)


def _present(
    query: Query, answer: Recognition | PhotoError, why: Explanation | None, file: Path | None, *, json: bool
) -> None:
    if isinstance(answer, PhotoError):
        tell_refusal(query, answer)
    if json:
        put_answer_json(query.name, answer, why, file)
    elif not isinstance(answer, PhotoError):
        put_answer(answer, why)
