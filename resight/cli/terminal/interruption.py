"""Stopping politely: Ctrl-C and SIGTERM ask long work to end where it can be gone on with."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Final, TypeVar

from resight.progress import Interrupted

from .meter import note

Result = TypeVar("Result")

SIGNALS: Final = (signal.SIGINT, signal.SIGTERM)


@contextmanager
def interruptible(asking: Callable[[], object] = lambda: None) -> Iterator[Callable[[], bool]]:
    """Within the block a first signal only makes the given function say True; a second one acts as ever.

    ``asking()`` is called at the first. Outside the main thread, where Python takes no signals, it says False.
    """
    asked = threading.Event()
    if threading.current_thread() is not threading.main_thread():
        yield asked.is_set
        return
    before = {number: signal.getsignal(number) for number in SIGNALS}

    def ask(number: int, frame: FrameType | None) -> None:
        asked.set()
        for each, handler in before.items():
            signal.signal(each, handler)
        asking()

    for number in SIGNALS:
        signal.signal(number, ask)
    try:
        yield asked.is_set
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def uninterrupted(result: Result | Interrupted) -> Result:
    """Return what came of long work; where it was stopped, say what goes on from where, and leave as interrupted."""
    if isinstance(result, Interrupted):
        note(f"stopped; {result.checkpoint} is where the same command goes on")
        raise KeyboardInterrupt
    return result
