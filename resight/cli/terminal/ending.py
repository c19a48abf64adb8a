"""Orderly ending of a command that others end: in order, so that what it has put aside for its run goes with it."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Final

SIGNALS: Final = tuple(
    getattr(signal, name)
    for name in ("SIGTERM", "SIGHUP")
    if hasattr(signal, name)  # Windows has no SIGHUP
)
"""Signals that end a command: of systems that shut down, and of terminals that are closed. Ctrl-C does so anyway."""


@contextmanager
def in_order() -> Iterator[None]:
    """Within the block these signals end the command as Ctrl-C does, with the exit status that shells give to them.

    One that is ignored, as under nohup, stays ignored.
    """
    taken = [number for number in SIGNALS if signal.getsignal(number) is signal.SIG_DFL]
    for number in taken:
        signal.signal(number, _end)
    try:
        yield
    finally:
        for number in taken:
            signal.signal(number, signal.SIG_DFL)


def _end(number: int, frame: FrameType | None) -> None:
    raise SystemExit(128 + number)
