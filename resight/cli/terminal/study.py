"""A study of places in the terminal: what it is asked about, and what is told of it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from .meter import note
from .output import put, put_table

Places = Annotated[
    Path,
    typer.Argument(
        readable=False,
        metavar="PHOTOS",
        help="A folder with a sub-folder of photos for each place. Folders inside these, a column spot, clip or video "
        "of metadata.csv, or names that end in a number tell which photos belong together.",
    ),
]

Objects = Annotated[
    Path | None,
    typer.Option(
        readable=False,
        metavar="FILE",
        show_default=False,
        help="The weights of DeepLab v3+ for ADE20K (.safetensors), by which objects are named; else none are.",
    ),
]


def put_study(report: Mapping[str, Any]) -> None:
    """The control, errors, consistency, and where the rest is."""
    for line in report["notes"]:
        note(f"note: {line}")
    put(report["control"])
    put()
    rows = [
        (one["model"], str(one["seed"]), f"{one['error']:.3f}", f"{one['low']:.3f} to {one['high']:.3f}")
        for one in report["errors"]
    ]
    put_table(("network", "seed", "error", "95 % interval"), rows, right=(1, 2))
    put()
    for line in report["consistency"]:
        put(line)
    put(f"wrote {report['files']['report']}")
