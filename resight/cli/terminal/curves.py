"""A training run as it goes: on a terminal a table that grows by the epoch, elsewhere a line for each."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final, TypeVar

from resight.progress import Job, Progress, Watch, finished
from resight.training.history import EpochDone

from .meter import bars_and_update, is_lively, meter, note

if TYPE_CHECKING:
    from rich.table import Table

Result = TypeVar("Result")

COLUMNS: Final = ("epoch", "loss", "rate ×", "P@1")

SHOWN: Final = 12
"""Epochs in the table; with more it would be longer than a terminal."""


def watched(job: Job[Result]) -> Result:
    """Show the steps of a training as they come; its result."""
    with _live() if is_lively() else _lines() as watch:
        return finished(job, watch)


def cells(epoch: EpochDone) -> tuple[str, ...]:
    """An epoch's figures, one for each of COLUMNS."""
    score = "–" if epoch.score is None else f"{epoch.score:.3f}"
    return str(epoch.epoch), f"{epoch.loss:.3f}", f"{epoch.rate:.2f}", score


@contextmanager
def _lines() -> Iterator[Watch]:
    with meter() as update:

        def watch(step: Progress) -> None:
            if isinstance(step, EpochDone):
                note("  ".join(f"{name} {cell:>6}" for name, cell in zip(COLUMNS, cells(step), strict=True)))
                _warn(step)
            update(step.stage, step.done, step.total, step.remark)

        yield watch


@contextmanager
def _live() -> Iterator[Watch]:
    from rich.console import Console, Group
    from rich.live import Live

    console = Console(stderr=True)
    bars, update = bars_and_update(console)
    epochs: deque[tuple[str, ...]] = deque(maxlen=SHOWN)

    live = Live(get_renderable=lambda: Group(table(epochs), bars), console=console, redirect_stdout=False)

    def watch(step: Progress) -> None:
        live.start()  # at the first step: of workers that train together all but one have none to show
        if isinstance(step, EpochDone):
            epochs.append(cells(step))
            _warn(step)
        update(step.stage, step.done, step.total, step.remark)

    try:
        yield watch
    finally:
        live.stop()


def _warn(epoch: EpochDone) -> None:
    if epoch.remark:
        note(epoch.remark)


def table(epochs: Sequence[tuple[str, ...]]) -> Table:
    """The last epochs, one below the other; nothing to see while there is none."""
    from rich import box
    from rich.table import Table

    made = Table(box=box.SIMPLE_HEAD, show_header=bool(epochs))
    for name in COLUMNS:
        made.add_column(name if epochs else "", justify="right")
    for epoch in epochs:
        made.add_row(*epoch)
    return made
