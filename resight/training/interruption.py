"""Steps that end where somebody asks for an end: all that is done is kept."""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import TypeVar

from resight.progress import Progress

Stop = Callable[[], bool]
Result = TypeVar("Result")


class Interrupted(Exception):
    """Somebody asked for an end; all that is done is kept."""


def until_stopped(steps: Generator[Progress, None, Result], stop: Stop) -> Generator[Progress, None, Result]:
    """Pass steps on until an end is asked for; their result. Raises Stopped, but not for what is done already."""
    while True:
        try:
            step = next(steps)
        except StopIteration as end:
            result: Result = end.value
            return result
        yield step
        if step.done < step.total and stop():
            raise Interrupted
