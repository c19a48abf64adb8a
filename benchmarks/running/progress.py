"""Where a benchmark stands, told on standard error."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from typing import Final

PAUSE: Final = 10.0
"""Seconds between two lines about one piece of work."""


def note(text: str) -> None:
    """One line on standard error."""
    print(text, file=sys.stderr, flush=True)


def meter(work: str) -> Callable[[int, int], None]:
    """A function that is told (done, total) often, and says so every few seconds and at the end."""
    told = time.monotonic()

    def tell(done: int, total: int) -> None:
        nonlocal told
        if done < total and time.monotonic() - told < PAUSE:
            return
        told = time.monotonic()
        note(f"{work}: {done} of {total}")

    return tell
