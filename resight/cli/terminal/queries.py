"""The photos that a command is asked about, from the paths, folders and ``-`` of its arguments."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from resight.errors import DatasetError, PhotoError

from .surveys import tell_survey

if TYPE_CHECKING:
    from resight.io.datasets.dataset import Entry


@dataclass(frozen=True, slots=True)
class Query:
    """A photo that is asked about: its ``name`` in the answer, and the ``source`` that the library reads it from."""

    name: str
    source: Any


@dataclass(slots=True)
class LateFile:
    """A photo inside a Parquet file as an open file, which is read only when it is asked for."""

    entry: Entry
    ended: bool = False

    def read(self, size: int = -1) -> bytes:
        """Reads all of it, whatever ``size`` says, then nothing."""
        data = b"" if self.ended else self.entry.read()
        self.ended = True
        return data


@dataclass(frozen=True, slots=True)
class ClosedFile:
    """An open file in place of a name that cannot be read as a photo; reading it says so."""

    reason: str

    def read(self, _: int = -1) -> bytes:
        """Raises PhotoError."""
        raise PhotoError(self.reason)


def queries(arguments: Sequence[str]) -> list[Query]:
    """The photos in order; what cannot be read in a folder stands behind its photos, with the reason.

    Raises DatasetError for a folder without photos, where nothing else is asked about.
    """
    found: list[Query] = []
    for argument in arguments:
        if argument == "-":
            found.append(Query("-", _piped()))
        elif os.path.isdir(argument) or argument.lower().endswith(".parquet"):
            found += _inside(argument, alone=len(arguments) == 1)
        else:
            found.append(Query(argument, argument))
    return found


def _piped() -> bytes:
    from resight.io.images import MAX_BYTES

    if sys.stdin.isatty():
        raise typer.BadParameter("- stands for a photo on standard input, which is a terminal: pipe one, or name it")
    return sys.stdin.buffer.read(MAX_BYTES + 1)  # one more than is allowed, so that it is noticed


def _inside(folder: str, *, alone: bool) -> list[Query]:
    from resight.io.datasets.dataset import unlabelled_photos

    try:
        found = unlabelled_photos(folder)
    except DatasetError as error:
        if alone:
            raise
        return [Query(folder, ClosedFile(str(error)))]
    tell_survey({**found.survey.to_dict(), "refused": ()})
    return [
        *(Query(one.name, one.source if isinstance(one.source, Path) else LateFile(one)) for one in found.entries),
        *(Query(one.place, ClosedFile(one.reason)) for one in found.survey.refused),
    ]
