"""A training as steps of long work: what the loop tells, in words."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from resight.progress import Job, Progress

from .events import Epoch, Event, RunEnd, StepReport


def follow(
    events: Iterator[Event],
    stage: str,
    *,
    score: str = "score",
    tell: Callable[[Event], Iterable[Progress]] = lambda event: (),
) -> Job[RunEnd]:
    """Tell each step of a training; the loop's last event.

    Beside a step stand its losses, its rate, and what the last validation gave, which is called ``score``. ``tell``
    has more to tell of some events.
    """
    validated = ""
    for event in events:
        yield from tell(event)
        if isinstance(event, StepReport):
            yield Progress(stage, event.done, event.total, f"{_losses(event)}, rate × {event.rate:.2g}{validated}")
        if isinstance(event, Epoch):
            validated = "" if event.score is None else f", {score} {event.score:.3f}"
            validated += f"; {event.trouble}" if event.trouble else ""
        if isinstance(event, RunEnd):
            return event
    raise AssertionError("a loop ends with RunEnd")


def _losses(event: StepReport) -> str:
    """Return the loss, or its parts by name where it has several."""
    if len(event.losses) == 1:
        return f"loss {sum(event.losses.values()):.3f}"
    return "loss " + " + ".join(f"{value:.3f} {name}" for name, value in event.losses.items())
