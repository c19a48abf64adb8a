"""A training run as it goes: on a terminal a table that grows by the epoch, elsewhere a line for each."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

from resight.progress import Progress, Watch, finished

from .meter import bars_and_update, is_lively, meter, note

if TYPE_CHECKING:
    from rich.table import Table

COLUMNS: Final = ("epoch", "loss", "rate ×", "P@1")

SHOWN: Final = 12
"""Epochs in the table; with more it would be longer than a terminal."""


def watched(steps: Iterable[Progress]) -> Any:
    """Show the steps of a training as they come; the last one's report."""
    with _live() if is_lively() else _lines() as watch:
        return finished(steps, watch)


def cells(epoch: Mapping[str, Any]) -> tuple[str, ...]:
    """An epoch's figures, one for each of COLUMNS."""
    score = "–" if epoch["score"] is None else f"{epoch['score']:.3f}"
    return str(epoch["epoch"]), f"{epoch['loss']:.3f}", f"{epoch['rate']:.2f}", score


@contextmanager
def _lines() -> Iterator[Watch]:
    with meter() as update:

        def watch(step: Progress) -> None:
            if step.stage == "epochs":
                note("  ".join(f"{name} {cell:>6}" for name, cell in zip(COLUMNS, cells(step.report), strict=True)))
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
        if step.stage == "epochs":
            epochs.append(cells(step.report))
            _warn(step)
        update(step.stage, step.done, step.total, step.remark)

    try:
        yield watch
    finally:
        live.stop()


def _warn(epoch: Progress) -> None:
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
