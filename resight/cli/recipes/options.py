"""Arguments and options that several recipes share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

EverydayPhotos = Annotated[
    Path,
    typer.Argument(
        readable=False,
        metavar="PHOTOS",
        help="A folder or a Parquet file of everyday photos, some thousands; no labels are needed.",
    ),
]

Work = Annotated[
    Path,
    typer.Option(
        "--work", readable=False, metavar="FOLDER", help="Where decoded photos, checkpoints and figures are kept."
    ),
]

Weights = Annotated[
    Path | None,
    typer.Option(
        readable=False,
        metavar="FOLDER",
        show_default=False,
        help="Weight files, named as torchvision does, such as alexnet-….pth.",
    ),
]
