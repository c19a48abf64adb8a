"""``resight explain``: why a photo is, or is not, what a known photo shows."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from resight.cli.terminal.answers import put_why, tell_state
from resight.cli.terminal.options import GalleryFile, Json, Mirrored, examples, one_of
from resight.cli.terminal.output import put, put_json
from resight.cli.terminal.pictures import Drawings, drawn_into
from resight.explain.catalogue import OF_MATCHES, listing

if TYPE_CHECKING:
    from resight.results import Explanation

EXAMPLES: Final = examples(
    "resight explain photo.jpg -g museum.gallery --save why.png",
    "resight explain photo.jpg 'Mona Lisa' -g museum.gallery --method difference --save why.png",
)


def explain(
    photo: Annotated[str, typer.Argument(metavar="PHOTO", help="The file of a photo.")],
    gallery: GalleryFile,
    reference: Annotated[
        str | None,
        typer.Argument(
            metavar="REFERENCE",
            show_default=False,
            help="A known thing, a known photo as it was indexed, or any other photo to compare with; "
            "by default the known photo that is nearest.",
        ),
    ] = None,
    method: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            callback=one_of(OF_MATCHES, "method"),
            show_default=False,
            help=f"{listing(OF_MATCHES)}. By default what suits the gallery and the photo.",
        ),
    ] = None,
    save: Annotated[
        Path | None,
        typer.Option(
            readable=False,
            metavar="PATH",
            show_default=False,
            help="Draw both photos under their maps into this .jpg, .png or .webp.",
        ),
    ] = None,
    mirrored: Mirrored = False,
    json: Json = False,
) -> None:
    """Show why a photo is, or is not, what a known photo shows.

    The map is also tested: its bright places are hidden, to see whether the score falls faster than where any place is
    hidden.
    """
    from resight.recognition.recogniser import Recogniser

    drawings = Drawings.planned(save, [photo])
    with Recogniser.open(gallery) as recogniser:
        tell_state(recogniser)
        why = recogniser.explain(photo, reference=reference, method=method, mirrored=mirrored)
    [file] = drawings.files
    drawings.draw(why, file)
    if json:
        put_json(why.to_dict() | drawn_into(file))
    else:
        _put(why)
        drawings.tell()


def _put(why: Explanation) -> None:
    put(why.caption)
    if why.hint:
        put(f"hint: {why.hint}")
    put_why(why)
