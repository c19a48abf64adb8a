"""Confirmation: a question that a person answers on the terminal before something is removed."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from resight.errors import GalleryError

from .output import plain

Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")]


def confirm(question: str, *, yes: bool) -> None:
    """Ask on a terminal; raises GalleryError where nobody is there to be asked, or the answer is not yes."""
    if yes:
        return
    if not sys.stdin.isatty():
        raise GalleryError("nobody is there to be asked, for standard input is no terminal: add --yes to remove")
    # Not `typer.confirm`: that one writes a blank to standard output, where only data may go.
    print(f"{plain(question)} [y/N] ", end="", file=sys.stderr, flush=True)
    if sys.stdin.readline().strip().lower() not in ("y", "yes"):
        raise GalleryError("nothing was removed: the answer was no")
