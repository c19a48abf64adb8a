"""What was found beside the photos of folders and tables, told in a few lines however much it is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import PurePath
from typing import Any, Final

from .meter import note
from .output import count

SHOWN: Final = 20
"""Of places that could not be read, as many as a person reads; --json lists all."""


def tell_survey(survey: Mapping[str, Any]) -> None:
    """The survey's public JSON, on standard error."""
    tell_refused(survey["refused"])
    for group in survey["passed_over"]:
        note(f"passed over: {_group(group)}")
    if bare := survey["without_photos"]:
        note(f"without a photo, so not known: {_some(bare, len(bare))}")
    for group in survey["noted"]:
        note(f"note: {_group(group)}")
    for photo in survey["left_out"]:
        note(f"left out: {photo} is not in its folder's table")
    for folder in survey["nested"]:
        note(f"nested: all folders in {folder} are one thing, {PurePath(folder).name}; else index {folder} itself")


def tell_refused(refused: Sequence[Mapping[str, str]]) -> None:
    """Places that were to be read and could not be."""
    for one in refused[:SHOWN]:
        note(f"error: {one['place']}: {one['reason']}")
    if len(refused) > SHOWN:
        note(f"error: and {count(len(refused) - SHOWN, 'place')} more that cannot be read, which --json lists")


def _group(group: Mapping[str, Any]) -> str:
    return f"{group['kind']}: {_some(group['such_as'], group['count'])}"


def _some(names: Sequence[str], total: int) -> str:
    """A few names, and how many there are where that is more."""
    shown = ", ".join(names[:3])
    return f"{total:,}, such as {shown}" if total > len(names[:3]) else shown
