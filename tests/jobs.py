"""Long work in tests: done to its end, and stood in for."""

from __future__ import annotations

from typing import TypeVar

from resight.progress import Job, Progress, finished

Result = TypeVar("Result")


def told(job: Job[Result]) -> tuple[list[Progress], Result]:
    """The steps of a job, and its result."""
    steps: list[Progress] = []
    return steps, finished(job, steps.append)


def job(*steps: Progress, result: Result) -> Job[Result]:
    """A job of these steps with this result."""
    yield from steps
    return result
