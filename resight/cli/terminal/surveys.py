"""Surveys of folders and tables, printed in a few lines however much was found beside the photos."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import PurePath
from typing import Any, Final, TypeVar

import typer

from resight.io.datasets.suffixes import UNREAD
from resight.progress import Job, Progress, relayed

from .meter import note
from .output import count

Result = TypeVar("Result")

SHOWN: Final = 20
"""Number of unreadable places, and of things without a photo, that are printed; --json lists all."""

KINDS: Final = 8
"""Number of kinds of passed-over files that are printed."""

LABELS: Final = 5
"""Number of labels without a reference that are printed."""


def tell_survey(survey: Mapping[str, Any]) -> None:
    """The survey's public JSON, on standard error."""
    tell_refused(survey["refused"])
    _tell_passed_over(survey["passed_over"])
    tell_unknown("without a photo", survey["without_photos"])
    for group in survey["noted"]:
        note(f"note: {_group(group)}")
    for photo in survey["left_out"]:
        note(f"left out: {photo} is not in its folder's table")
    for folder in survey["nested"]:
        note(f"nested: all folders in {folder} are one thing, {PurePath(folder).name}; else index {folder} itself")


def tell_unknown(why: str, things: Sequence[str]) -> None:
    """Things of which nothing is known, in one line that says why; no line for none."""
    if things:
        more = f" and {len(things) - SHOWN:,} more" if len(things) > SHOWN else ""
        note(f"{why}, so not known: {', '.join(things[:SHOWN])}{more}")


def _tell_passed_over(kinds: Sequence[Mapping[str, Any]]) -> None:
    """The kinds with the most files, pictures before others where there are too many kinds to tell."""
    kinds = sorted(kinds, key=lambda group: -group["count"])
    pictures = [group for group in kinds if group["kind"] in UNREAD]
    told = [*pictures, *(group for group in kinds if group not in pictures)][:KINDS] if len(kinds) > KINDS else kinds
    for group in told:
        note(f"passed over: {_group(group)}")
    if len(kinds) > KINDS:
        files = sum(group["count"] for group in kinds) - sum(group["count"] for group in told)
        note(f"passed over: and {count(len(kinds) - KINDS, 'more kind')} ({count(files, 'file')})")
    if pictures:
        note("pictures of such kinds are not read: convert them to JPEG or PNG")


def tell_refused(refused: Sequence[Mapping[str, str]]) -> None:
    """Places that were to be read and could not be."""
    for one in refused[:SHOWN]:
        note(f"error: {one['place']}: {one['reason']}")
    if len(refused) > SHOWN:
        note(f"error: and {count(len(refused) - SHOWN, 'place')} more that cannot be read, which --json lists")


def require_all(*told: Mapping[str, Any]) -> None:
    """End with exit status 1 where something that was to be read could not be: a photo, a folder, a row of a table.

    ``told`` are what a command told, as public JSON.
    """
    if any(report.get("refused") or report.get("unreadable") for report in told):
        raise typer.Exit(1)


def telling(job: Job[Result], told: dict[str, Any]) -> Job[Result]:
    """Tell what a job says of a data set and of unreadable photos, of which ``told`` becomes the public JSON."""
    from resight.io.datasets.preflight import DatasetRead, PhotosLeftOut

    def relay(step: Progress) -> Iterator[Progress]:
        if isinstance(step, DatasetRead):
            told.update(step.outset.to_dict())
            tell_survey(told)
            _tell_lone(told["lone_labels"])
        elif isinstance(step, PhotosLeftOut):
            before = told.setdefault("unreadable", [])  # work in several parts may read some photos more than once
            new = [photo for photo in step.photos if photo not in before]
            _tell_unreadable(new)
            before += new
        else:
            yield step

    return relayed(job, relay)


def _tell_unreadable(photos: Sequence[str]) -> None:
    """Photos that were left out, as soon as all are decoded."""
    for one in photos[:SHOWN]:
        note(f"unreadable: {one}")
    if len(photos) > SHOWN:
        note(f"unreadable: and {count(len(photos) - SHOWN, 'photo')} more, which --json lists")


def _tell_lone(lone: Sequence[Mapping[str, Any]]) -> None:
    """Queries whose label no known photo has, before anybody takes the right answer for a false one."""
    for one in lone[:LABELS]:
        near = f"; did you mean {one['nearest']!r}?" if one["nearest"] else ""
        asked = f"{count(one['queries'], 'query', 'queries')} of {one['label']!r}"
        note(f"label: {asked}, which no reference has, asked as unknown{near}")
    if len(lone) > LABELS:
        asked = count(sum(one["queries"] for one in lone[LABELS:]), "query", "queries")
        note(f"label: and {asked} of {len(lone) - LABELS:,} more labels that no reference has, which --json lists")


def _group(group: Mapping[str, Any]) -> str:
    shown = ", ".join(group["such_as"][:3])
    return f"{group['kind']} ({group['count']:,}): {shown}{', …' if group['count'] > 3 else ''}"
