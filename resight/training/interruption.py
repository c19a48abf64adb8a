"""Steps that end where somebody asks for an end: all that is done is kept."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TypeVar

from resight.progress import Job, Progress, relayed

Stop = Callable[[], bool]
Result = TypeVar("Result")


class StopRequested(Exception):
    """Somebody asked for an end; all that is done is kept."""


def until_stopped(job: Job[Result], stop: Stop) -> Job[Result]:
    """Pass steps on until an end is asked for; their result. Raises StopRequested, but not for what is done already."""

    def relay(step: Progress) -> Iterator[Progress]:
        yield step
        if step.done < step.total and stop():
            raise StopRequested

    return relayed(job, relay)
