"""A run's course, epoch by epoch, kept beside its checkpoint: what a verdict is made of, also after a resumption."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from .events import Began, Epoch, Event, Stepped

COURSE: Final = "course.json"


@dataclass(frozen=True, slots=True)
class Course:
    """What happened so far.

    Attributes
    ----------
    start : the loss of the first step.
    losses : mean of each epoch.
    scores : before the first epoch and after each.
    """

    start: float
    losses: tuple[float, ...]
    scores: tuple[float, ...]


def kept(events: Iterable[Event], folder: Path, *, before: float) -> Iterator[Event]:
    """Pass a loop's events on, and keep its course in ``folder``; ``before`` is the score before the first step."""
    file = folder / COURSE
    for event in events:
        if isinstance(event, Began) and event.done == 0:
            _write(Course(0.0, (), (before,)), file)
        if isinstance(event, Stepped) and event.done == 1:
            _write(Course(sum(event.losses.values()), (), (before,)), file)
        if isinstance(event, Epoch):
            course, passed = read(folder), event.number - 1
            losses = (*course.losses[:passed], sum(event.losses.values()))
            scores = (*course.scores[: passed + 1], *([] if event.score is None else [event.score]))
            _write(Course(course.start, losses, scores), file)
        yield event


def read(folder: Path) -> Course:
    """The course in a run's folder."""
    found = json.loads((folder / COURSE).read_text(encoding="utf-8"))
    return Course(found["start"], tuple(found["losses"]), tuple(found["scores"]))


def _write(course: Course, file: Path) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    writing = file.with_name(f"{file.name}.partial")
    content = {"start": course.start, "losses": course.losses, "scores": course.scores}
    writing.write_text(json.dumps(content), encoding="utf-8")
    writing.replace(file)
