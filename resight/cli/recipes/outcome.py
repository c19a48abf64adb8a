"""Outcome of a recipe: its steps are followed, and its report is printed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from resight.cli.terminal.interruption import interruptible, uninterrupted
from resight.cli.terminal.meter import follow, stopping
from resight.cli.terminal.output import put, put_facts, put_json
from resight.cli.terminal.surveys import require_all, telling

if TYPE_CHECKING:
    from resight.progress import Interrupted, Job

Report = dict[str, Any]


def followed(job: Job[Report | Interrupted]) -> tuple[Report, Report]:
    """The report, and what was told of the photos; leaves as an interruption where the work was stopped."""
    told: Report = {}
    return uninterrupted(follow(telling(job, told))), told


def followed_until_stopped(start: Callable[[Callable[[], bool]], Job[Report | Interrupted]]) -> tuple[Report, Report]:
    """Follows ``start(stop)``, where Ctrl-C makes ``stop()`` True and a second one ends it at once."""
    with interruptible(stopping) as stop:
        return followed(start(stop))


def tell_file(report: Report, told: Report, output: Path, *, json: bool) -> None:
    """Prints which file was written, and the report on it."""
    if json:
        put_json({"file": str(output), **report, **told})
    else:
        put(f"wrote {output}")
        put_facts(report)
    require_all(told)
