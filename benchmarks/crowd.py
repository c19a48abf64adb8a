"""Many clients of one service at once: what each is answered with, how long it waits, and what the service holds.

    python benchmarks/crowd.py museum.gallery photo-1.jpg photo-2.jpg --clients 200 --seconds 60

Each client asks again as soon as it is answered; where it is told to come back later (429, 503 with Retry-After), it
waits so long. Any other status than 200 and those two is a fault, as is an answer that took longer than the deadline
and one second, or memory that grew by more than a twentieth from a fifth of the time to its end: the exit status is 1.
"""

from __future__ import annotations

import argparse
import itertools
import threading
import time
from collections import Counter
from collections.abc import Sequence
from http.client import HTTPConnection
from pathlib import Path
from typing import Final

import numpy as np
from running.command import Report, launch, parser
from running.service import asked, memory, serving
from running.table import table

DEADLINE: Final = 30.0
"""Seconds that the service gives a request, of all its waits; one more for the way."""

GROWN: Final = 1.05
"""Growth of memory that is none."""


class Crowd:
    """Clients in threads, and what they were told."""

    def __init__(self, port: int, photos: Sequence[bytes], until: float) -> None:
        self.took: list[float] = []
        self.statuses: Counter[int] = Counter()
        self._port = port
        self._photos = itertools.cycle(photos)
        self._until = until
        self._lock = threading.Lock()

    def ask(self) -> None:
        """Be one client, until the end."""
        connection = HTTPConnection("127.0.0.1", self._port, timeout=120)
        while time.monotonic() < self._until:
            with self._lock:
                photo = next(self._photos)
            begun = time.monotonic()
            try:
                status, later = asked(connection, photo)
            except OSError:
                status, later = 0, 1.0
            with self._lock:
                self.statuses[status] += 1
                if status == 200:
                    self.took.append(time.monotonic() - begun)
            time.sleep(max(0.0, min(later, self._until - time.monotonic())))


def main(arguments: argparse.Namespace) -> Report:
    """The table of statuses, waits and memory."""
    photos = [path.read_bytes() for path in arguments.photos]
    seconds, clients = (5.0, 20) if arguments.quick else (arguments.seconds, arguments.clients)
    with serving(arguments.gallery, arguments.port, "--read-only") as process:
        begun = time.monotonic()
        crowd = Crowd(arguments.port, photos, begun + seconds)
        threads = [threading.Thread(target=crowd.ask) for _ in range(clients)]
        for thread in threads:
            thread.start()
        held: list[tuple[float, float]] = []
        while any(thread.is_alive() for thread in threads):
            held.append((time.monotonic() - begun, memory(process.pid)))
            time.sleep(min(5.0, seconds / 20))
        for thread in threads:
            thread.join()
    return _told(crowd, held, clients, seconds)


def _told(crowd: Crowd, held: Sequence[tuple[float, float]], clients: int, seconds: float) -> Report:
    early = max(megabytes for at, megabytes in held if at <= 0.2 * seconds)
    late = held[-1][1]
    strange = {status: count for status, count in crowd.statuses.items() if status not in (200, 429, 503)}
    slowest = max(crowd.took, default=0.0)
    rows = [(str(status), str(count)) for status, count in sorted(crowd.statuses.items())]
    p50, p99 = np.percentile(crowd.took or [0.0], [50, 99])
    text = f"{clients} clients, {seconds:.0f} s\n\n" + table(("status", "answers"), rows)
    text += (
        f"\nanswers: median {p50:.1f} s, p99 {p99:.1f} s, longest {slowest:.1f} s (promised: {DEADLINE:.0f} s); "
        f"{len(crowd.took) / seconds:.1f} a second\n"
        f"memory: {early:.0f} MB at a fifth of the time, {late:.0f} MB at its end, {late / early:.3f} of it\n"
    )
    if strange or slowest > DEADLINE + 1 or late > GROWN * early:
        text += "\nFAULT\n"
    return Report(text, {"statuses": dict(crowd.statuses), "took": crowd.took, "memory": list(held)})


if __name__ == "__main__":
    options = parser(__doc__ or "")
    options.add_argument("gallery", type=Path, metavar="GALLERY")
    options.add_argument("photos", type=Path, nargs="+", metavar="PHOTO")
    options.add_argument("--clients", type=int, default=200, metavar="N", help="at once (200)")
    options.add_argument("--seconds", type=float, default=60.0, metavar="N", help="of asking (60)")
    options.add_argument("--port", type=int, default=8768, metavar="N")
    launch(options, main)
