"""The desk where requests wait for a worker: a bounded queue, first come, first served, each with a deadline."""

from __future__ import annotations

import asyncio
import contextlib
import queue
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, Final, TypeVar, final

from resight.service.safety.decoder import Decoder
from resight.service.terms.problem import Problem
from resight.service.terms.settings import Settings

from .metrics import Metrics

Result = TypeVar("Result")
Work = Callable[[Decoder], Result]
"""The work of one worker, with a process to decode photos in."""

_SMOOTH: Final = 0.2
"""Weight of the newest request in the mean time that one takes."""


@final
class Desk:
    """Workers in threads, each with its own decoding process, and the queue before them.

    There are as many workers as processors, for decoding, describing and looking up keep one busy, and a photo that is
    begun is ended before the next (``benchmarks/serve.py`` compares that with a thread for each request). Photos are
    not described in batches: of a network's 7 ms a photo they would save 0.5 (``benchmarks/batching.py``), and would
    have to wait for each other.
    """

    def __init__(self, settings: Settings, metrics: Metrics) -> None:
        self._settings = settings
        self._metrics = metrics
        self._queue: queue.SimpleQueue[tuple[float, float, Future[Any], Work[Any]] | None] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._waiting = 0
        self._seconds = 0.1
        self._is_open = True
        self._decoders = [Decoder(settings) for _ in range(settings.workers)]
        self._threads = [
            threading.Thread(target=self._work, args=(decoder,), name=f"worker {number}", daemon=True)
            for number, decoder in enumerate(self._decoders)
        ]
        for thread in self._threads:
            thread.start()

    async def ask(self, work: Work[Result], until: float | None = None) -> Result:
        """Have a worker do this; raises Problem where too many wait, or it takes longer than the deadline.

        Too many are also those whose turn would not come by the deadline, by the time that requests took of late.

        ``until`` is when that ends, by the monotonic clock, where it was begun before.
        """
        now = time.monotonic()
        until = now + self._settings.deadline if until is None else until
        with self._lock:
            if not self._is_open:
                raise Problem(503, "the service is ending", remedy="ask again in a while", retry_after=5)
            wait = self._seconds * self._waiting / self._settings.workers
            if self._waiting >= self._settings.waiting or wait > until - now:
                self._metrics.refused.labels("full").inc()
                raise Problem(
                    429,
                    "too many requests wait",
                    found=f"{self._waiting} before this one, about {wait:.1f} s",
                    wanted=f"fewer than {self._settings.waiting}, and at most {self._settings.deadline:g} s",
                    remedy="ask again after Retry-After seconds",
                    retry_after=wait,
                )
            self._waiting += 1
        future: Future[Result] = Future()
        self._queue.put((now, until, future, work))
        try:
            async with asyncio.timeout(until - now):
                return await asyncio.wrap_future(future)
        except TimeoutError as late:
            self._metrics.refused.labels("late").inc()
            raise Problem(
                503,
                "the request took too long",
                found=f"more than {self._settings.deadline:g} s",
                remedy="ask again after Retry-After seconds",
                retry_after=self._seconds * self._waiting / self._settings.workers,
            ) from late

    @property
    def waiting(self) -> int:
        """Number of requests that no worker has begun."""
        return self._waiting

    @property
    def starts(self) -> int:
        """Number of decoding processes that were started so far."""
        return sum(decoder.starts for decoder in self._decoders)

    def close(self) -> None:
        """Take no more, finish what waits, and end the workers."""
        with self._lock:
            self._is_open = False
        for _ in self._threads:
            self._queue.put(None)
        for thread in self._threads:
            thread.join(self._settings.deadline)

    def _work(self, decoder: Decoder) -> None:
        with contextlib.suppress(OSError):
            decoder.start()
        while (task := self._queue.get()) is not None:
            came, deadline, future, work = task
            with self._lock:
                self._waiting -= 1
            begun = time.monotonic()
            self._metrics.waited.observe(begun - came)
            # Whoever asked has gone, or is about to be told that it took too long.
            if begun >= deadline or not future.set_running_or_notify_cancel():
                continue
            try:
                result = work(decoder)
            except BaseException as error:
                future.set_exception(error)
            else:
                future.set_result(result)
            took = time.monotonic() - begun
            self._metrics.worked.observe(took)
            with self._lock:
                self._seconds += _SMOOTH * (took - self._seconds)
        decoder.close()
