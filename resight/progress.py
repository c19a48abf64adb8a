"""Long work as a job: it yields where it stands, and returns what came of it, or where it may be gone on with."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Progress:
    """One step of long work; steps of some stages are subclasses that tell what was found out in them.

    Attributes
    ----------
    stage : what is being done, such as "photos" or "calibration".
    done, total : of that stage.
    remark : what else to show beside it, such as the loss.
    """

    stage: str
    done: int
    total: int
    remark: str = ""

    def __str__(self) -> str:
        step = f"{self.stage}: {self.done:,} of {self.total:,}"
        return f"{step}, {self.remark}" if self.remark else step


@dataclass(frozen=True, slots=True)
class Interrupted:
    """The result of a job that somebody asked to end: ``checkpoint`` is where the same call goes on."""

    checkpoint: Path


Job = Generator[Progress, None, Result]
"""Long work, done only as far as it is iterated; its result is what the generator returns."""

Watch = Callable[[Progress], object]
"""Told of each step of long work as it is done."""


def finished(job: Job[Result], watch: Watch | None = None) -> Result:
    """Do long work to its end; its result."""
    while True:
        try:
            step = next(job)
        except StopIteration as end:
            result: Result = end.value
            return result
        if watch is not None:
            watch(step)


def relayed(job: Job[Result], relay: Callable[[Progress], Iterable[Progress]]) -> Job[Result]:
    """Pass the steps of a job on as ``relay`` has them: each itself, others in its place, or none; the same result."""
    while True:
        try:
            step = next(job)
        except StopIteration as end:
            result: Result = end.value
            return result
        yield from relay(step)
