"""Progress of long work on standard error: a bar on a terminal, now and then a line elsewhere."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Protocol, TypeVar

from resight.progress import Job, Watch, finished

from .output import plain

if TYPE_CHECKING:
    from rich.console import Console
    from rich.progress import Progress as Bars


Result = TypeVar("Result")


class Update(Protocol):
    """Told the stage, how much of it is done, the total, and what else to show."""

    def __call__(self, stage: str, done: int, total: int, remark: str = "") -> None: ...


EVERY: Final = 15.0
"""Seconds between two lines: a log stays short, and nobody takes the work for dead."""

WATCHED: Final = 5.0
"""Seconds between two lines where a person looks on, at a terminal that can show lines alone."""

NARROW: Final = 60
"""Columns of a terminal below which figures take the room of the bar."""


def note(line: str) -> None:
    """Prints a line of talk; where nobody can be told any more, the work goes on."""
    with suppress(OSError):
        print(plain(line), file=sys.stderr, flush=True)


def stopping() -> None:
    """Told at the first Ctrl-C of long work that ends where it can be gone on with."""
    note("stopping as soon as all that is done is kept; Ctrl-C again ends it at once")


def follow(job: Job[Result]) -> Result:
    """Show the steps of long work as they come; its result."""
    with meter() as update:
        return finished(job, watching(update))


def watching(update: Update) -> Watch:
    """A context that shows each step of work that tells its steps to a function."""
    return lambda step: update(step.stage, step.done, step.total, step.remark)


@contextmanager
def meter(*, bar: bool = True) -> Iterator[Update]:
    """The function to tell each step to; without ``bar`` a terminal is left to what else is printed there."""
    if not sys.stderr.isatty():
        yield Lines()
    elif not bar:
        yield lambda stage, done, total, remark="": None
    elif not is_lively():
        yield Lines(every=WATCHED)
    else:
        with _bar() as update:
            yield update


def is_lively() -> bool:
    """Whether standard error is a terminal on which what was written can be written anew."""
    return sys.stderr.isatty() and os.environ.get("TERM") not in ("dumb", "unknown")


@dataclass
class Pace:
    """Pace of the present stage; where it is ``brief``, only when it ends."""

    clock: Callable[[], float] = time.monotonic
    brief: bool = False
    stage: str = ""
    start: float = 0.0
    first: int = 0

    def __call__(self, stage: str, done: int, total: int) -> str:
        """The rate since the stage's first step, and the time that is left at this rate; "" while nobody knows."""
        now = self.clock()
        if stage != self.stage:
            self.stage, self.start, self.first = stage, now, done
        spent, work = now - self.start, done - self.first
        if spent <= 0 or work <= 0:
            return ""
        left = f"{duration(max(0, total - done) * spent / work)} left"
        rate = f"{work / spent:.1f} per second" if work >= spent else f"{spent / work:.1f} s each"
        return left if self.brief else f"{rate}, {left}"


class Lines:
    """Prints where the work stands, at most ``every`` so many seconds; a stage that is done says so by what follows."""

    def __init__(self, clock: Callable[[], float] = time.monotonic, *, every: float = EVERY) -> None:
        self._clock = clock
        self._every = every
        self._pace = Pace(clock)
        self._last = clock()

    def __call__(self, stage: str, done: int, total: int, remark: str = "") -> None:
        beside = _beside(self._pace(stage, done, total), remark)
        if self._clock() - self._last >= self._every and (done < total or remark):
            self._last = self._clock()
            note(f"{stage}: {done:,} of {total:,}" + (f", {beside}" if beside else ""))


def duration(seconds: float) -> str:
    """A time as people say it."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"


def _beside(pace: str, remark: str) -> str:
    return ", ".join(filter(None, (pace, remark)))


@contextmanager
def _bar() -> Iterator[Update]:
    from rich.console import Console

    bars, update = bars_and_update(Console(stderr=True))
    with bars:
        yield update


def bars_and_update(console: Console) -> tuple[Bars, Update]:
    """A bar for each stage, to be shown alone or within something else, and what to tell each step to."""
    from rich.progress import BarColumn, MofNCompleteColumn, ProgressColumn, TaskID, TextColumn
    from rich.progress import Progress as Bars

    beside = "{task.fields[pace]}"
    columns: tuple[ProgressColumn, ...]
    if console.width < NARROW:  # one column, of which only the end can be cut
        columns = (TextColumn(f"{{task.description}} {{task.completed}}/{{task.total}} {beside}"),)
    else:
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TextColumn(beside))
    pace, tasks = Pace(brief=console.width < NARROW), dict[str, TaskID]()
    # Left to itself, rich would lead what is printed to standard output to standard error.
    bars = Bars(*columns, console=console, redirect_stdout=False)

    def update(stage: str, done: int, total: int, remark: str = "") -> None:
        if stage not in tasks:
            tasks[stage] = bars.add_task(stage, total=total, pace="")
        bars.update(tasks[stage], completed=done, total=total, pace=_beside(pace(stage, done, total), remark))

    return bars, update
