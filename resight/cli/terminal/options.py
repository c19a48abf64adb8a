"""Options that several commands share, and the form of their help."""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Collection
from pathlib import Path
from typing import Annotated

import typer

from resight.errors import GalleryError, suggestion


def examples(*lines: str) -> str:
    """The end of a help text; the backspace tells Typer to leave the lines as they are."""
    return "\n".join(("\b", "Examples:", *(f"  {line}" for line in lines)))


def rate(typed: str | float) -> float:
    """A rate in [0, 1], read and checked; raises BadParameter."""
    value = _number(typed)
    if 0 <= value <= 1:  # the other way round, NaN would pass
        return value
    raise typer.BadParameter(f"found {typed}; wanted a share from 0 to 1, such as 0.01 for 1 %")


def share(typed: str | float) -> float:
    """A share in (0, 1), read and checked; raises BadParameter."""
    value = _number(typed)
    if 0 < value < 1:
        return value
    raise typer.BadParameter(f"found {typed}; wanted a share between 0 and 1, such as 0.5 for 50 %")


def _number(typed: str | float) -> float:
    """Parses what was typed as a number; NaN for what is none."""
    try:
        return float(typed)
    except ValueError:
        return math.nan


def new_file(typed: str | Path) -> Path:
    """The path of a file to write, or of a folder that is there; raises GalleryError where it can only be a folder.

    What ends in a slash names a folder, and a path forgets that slash.
    """
    path, text = Path(typed), os.fspath(typed)
    if text.endswith(("/", os.sep)) and not path.is_dir():
        raise GalleryError(f"there is no folder {text}: make it first, or name a file, without {text[-1]} at the end")
    return path


def one_of(known: Collection[str], what: str) -> Callable[[str | None], str | None]:
    """A check that a value is one of those that there are; it raises BadParameter with the nearest name."""

    def checked(value: str | None) -> str | None:
        if value is None or value in known:
            return value
        near = suggestion(value, known)
        raise typer.BadParameter(f"there is no {what} {value!r}{near}; wanted one of {', '.join(known)}")

    return checked


Json = Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")]

Photos = Annotated[
    list[str],
    typer.Argument(
        metavar="PHOTO",
        help="A file, a folder of photos, a Parquet file, or - for one photo on standard input.",
    ),
]

GalleryFile = Annotated[
    Path, typer.Option("--gallery", "-g", readable=False, metavar="FILE", help="The gallery that is asked.")
]

FalseAcceptRate = Annotated[
    float | None,
    typer.Option(
        "--false-accept-rate",
        "--far",
        metavar="SHARE",
        parser=rate,
        help="The largest share of what is unknown that may get a name. "
        "Without it, a name is given when it is more likely right than wrong; a large rate may be laxer.",
    ),
]

FalseDiscoveryRate = Annotated[
    float | None,
    typer.Option(
        "--false-discovery-rate",
        "--fdr",
        metavar="SHARE",
        parser=rate,
        help="The largest share of names that may be wrong, such as 0.01, among photos like those that the gallery was "
        "asked about, of which --unknown-share are unknown. With --false-accept-rate both are kept.",
    ),
]

UnknownShare = Annotated[
    float,
    typer.Option(
        metavar="SHARE",
        parser=share,
        help="Share to expect of what shows none of the known things; it moves the probability.",
    ),
]

Mirrored = Annotated[
    bool,
    typer.Option(
        "--mirrored",
        help="Ask about the mirror image of the photo as well, as for copies that were flipped. "
        "Without it nothing is named that fits only mirrored.",
    ),
]

Encoders = Annotated[
    list[str] | None,
    typer.Option(
        "--encoder",
        "-e",
        metavar="NAME",
        show_default=False,
        help="The encoder of photos: classical, house, vlad, bow or the folder of a model. "
        "May be repeated; by default classical and house.",
    ),
]

DataFormat = Annotated[
    str | None,
    typer.Option(
        "--format",
        metavar="NAME",
        show_default=False,
        help="The form of the data set: folders, gldv2, gldv2-retrieval, met, revisited, revisited-easy, "
        "revisited-medium, revisited-hard, places, ukbench, iiif or shards; by default that which lies there.",
    ),
]

Settings = Annotated[
    list[str] | None,
    typer.Option(
        "--set",
        metavar="KEY=VALUE",
        show_default=False,
        help="A setting, such as seed=1; a name that there is not is told with those that there are. May be repeated.",
    ),
]
