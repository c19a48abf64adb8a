"""Timer of what a training spends its time on."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field


@dataclass(eq=False)
class Timer:
    """Adds up seconds by what they were spent on."""

    seconds: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def running(self, name: str) -> Iterator[None]:
        """Count the block's time for ``name``."""
        began = time.perf_counter()
        yield
        self.seconds[name] = self.seconds.get(name, 0.0) + time.perf_counter() - began

    def taken(self) -> dict[str, float]:
        """The seconds so far, and begin again."""
        seconds, self.seconds = self.seconds, {}
        return seconds

    def add(self, seconds: Mapping[str, float]) -> None:
        """Count what another timer has taken."""
        for name, spent in seconds.items():
            self.seconds[name] = self.seconds.get(name, 0.0) + spent

    def share(self, name: str) -> float:
        """Share of all the time so far that was spent on ``name``; 0 of none."""
        return self.seconds.get(name, 0.0) / max(sum(self.seconds.values()), 1e-9)
