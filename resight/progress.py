"""Progress of long work, for whoever shows it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Progress:
    """A step of long work.

    Attributes
    ----------
    stage : what is being done, such as "photos" or "calibration".
    done, total : of that stage.
    remark : what else to show beside it, such as the loss.
    report : what has come of the work so far; the last step's is the result.
    """

    stage: str
    done: int
    total: int
    report: Any = None
    remark: str = ""


Watch = Callable[[Progress], object]
"""Told of each step of long work as it is done."""


def finished(steps: Iterable[Progress], watch: Watch | None = None) -> Any:
    """Do long work to its end; the report of its last step."""
    report = None
    for step in steps:
        if watch is not None:
            watch(step)
        report = step.report
    return report
