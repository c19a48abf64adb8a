"""TensorBoard: a run's losses, rate, score and seconds as curves, where somebody wants them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from resight.errors import MissingExtra

from .events import Epoch, Event, StepReport


def require() -> None:
    """Raises MissingExtra without tensorboard."""
    _writer()


def recorded(events: Iterable[Event], folder: Path) -> Iterator[Event]:
    """Pass a loop's events on and write their numbers to ``folder``; raises MissingExtra without tensorboard."""
    with _writer()(str(folder)) as writer:
        step = 0
        for event in events:
            if isinstance(event, StepReport):
                step = event.done
            for name, value in _curves(event).items():
                writer.add_scalar(name, value, step)
            yield event


def _writer() -> Any:
    try:
        from torch.utils.tensorboard import SummaryWriter
    except ImportError as error:
        raise MissingExtra("recording curves", "tensorboard", "train") from error
    return SummaryWriter


def _curves(event: Event) -> dict[str, float]:
    if isinstance(event, StepReport):
        return {**{f"loss/{name}": value for name, value in event.losses.items()}, "rate": event.rate}
    if isinstance(event, Epoch):
        score = {} if event.score is None else {"validation/P@1": event.score}
        return {**score, **{f"seconds/{name}": value for name, value in event.seconds.items()}}
    return {}
