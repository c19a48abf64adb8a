"""Outcome of a recipe: its steps are followed, and its report is printed."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from resight.cli.terminal.interruption import interruptible
from resight.cli.terminal.meter import follow, note, stopping
from resight.cli.terminal.output import put, put_facts, put_json
from resight.cli.terminal.surveys import require_all, telling

if TYPE_CHECKING:
    from resight.progress import Progress

Report = dict[str, Any]


def followed(steps: Iterable[Progress]) -> tuple[Report, Report]:
    """The last step's report, and what was told of the photos; leaves as an interruption where the work was stopped."""
    told: Report = {}
    report = follow(telling(steps, told))
    if (kept := report.get("stopped", report.get("checkpoint"))) is not None:
        note(f"stopped; {kept} is where the same command goes on")
        raise KeyboardInterrupt
    return report, told


def followed_until_stopped(start: Callable[[Callable[[], bool]], Iterable[Progress]]) -> tuple[Report, Report]:
    """Follows ``start(stop)``, where Ctrl-C makes ``stop()`` True and a second one ends it at once."""
    with interruptible(stopping) as stop:
        return followed(start(stop))


def tell_file(report: Report, told: Report, output: Path, *, json: bool) -> None:
    """Reads the file that was written."""
    if json:
        put_json({"file": str(output), **report, **told})
    else:
        put(f"wrote {output}")
        put_facts(report)
    require_all(told)
