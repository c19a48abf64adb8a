"""Time by stage, taken inside code that knows nothing of it."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import wraps
from typing import Any, final


@final
class Stopwatch:
    """Seconds spent in each stage, without those of the stages inside it; for one thread.

    Attributes
    ----------
    seconds : by stage, since the watch was made.
    """

    def __init__(self, clock: Callable[[], float] = time.perf_counter) -> None:
        self.seconds: defaultdict[str, float] = defaultdict(float)
        self._clock = clock
        self._inside = [0.0]

    @contextmanager
    def timing(self, stage: str) -> Iterator[None]:
        """Count what happens inside to ``stage``."""
        start = self._clock()
        self._inside.append(0.0)
        try:
            yield
        finally:
            took = self._clock() - start
            self.seconds[stage] += took - self._inside.pop()
            self._inside[-1] += took

    @contextmanager
    def watching(self, functions: Mapping[tuple[Any, str], str]) -> Iterator[None]:
        """Count every call of ``owner.name`` to a stage: ``functions`` maps (owner, name) to it."""
        originals = {place: getattr(*place) for place in functions}
        try:
            for place, stage in functions.items():
                setattr(*place, self._timed(originals[place], stage))
            yield
        finally:
            for place, original in originals.items():
                setattr(*place, original)

    def _timed(self, function: Callable[..., Any], stage: str) -> Callable[..., Any]:
        @wraps(function)
        def timed(*arguments: Any, **options: Any) -> Any:
            with self.timing(stage):
                return function(*arguments, **options)

        return timed
