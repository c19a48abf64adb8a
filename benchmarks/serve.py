"""What HTTP costs, and what a service answers under load, beside the same model behind a plain FastAPI endpoint.

    python benchmarks/serve.py museum.gallery photo-1.jpg photo-2.jpg --output serve.md

The library is asked first, in this process; then both services, each in a process of its own, by turns. The peer is
what one writes first: a `def` endpoint, which FastAPI runs in a pool of 40 threads, that calls the recogniser.
"""

from __future__ import annotations

import argparse
import itertools
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from http.client import HTTPConnection
from pathlib import Path
from typing import Any, Final

import numpy as np
from running.command import Report, launch, parser
from running.service import memory, serving, started
from running.table import table

from resight.recognition.recogniser import Recogniser

PEER: Final = """
import sys, uvicorn
from fastapi import Body, FastAPI
from resight.recognition.recogniser import Recogniser
app, recogniser = FastAPI(), Recogniser.open(sys.argv[1])
@app.get("/v1/ready")
def ready(): return {}
@app.post("/v1/recognise")
def recognise(photo: bytes = Body(media_type="image/jpeg")):
    return recogniser.recognise(photo, keep_evidence=False).to_dict()
uvicorn.run(app, port=int(sys.argv[2]), log_level="error", access_log=False)
"""
CLIENTS: Final = (1, 8, 32)
OURS, THEIRS = "resight serve", "FastAPI, def"


def main(arguments: argparse.Namespace) -> Report:
    """The tables of overhead and load."""
    photos = [path.read_bytes() for path in arguments.photos]
    count = 20 if arguments.quick else arguments.count
    library = _library(arguments.gallery, photos, count)
    loads: dict[tuple[str, int], list[dict[str, Any]]] = {}
    for turn in range(1 if arguments.quick else arguments.turns):
        for name in (OURS, THEIRS) if turn % 2 else (THEIRS, OURS):
            with _service(name, arguments.gallery, arguments.port) as process:
                for clients in CLIENTS:
                    found = _load(arguments.port, photos, clients, count * (1 if clients == 1 else 2))
                    found["memory"] = memory(process.pid)
                    loads.setdefault((name, clients), []).append(found)
    rows = [_row(name, clients, found, library) for (name, clients), found in sorted(loads.items())]
    header = ("service", "clients", "answers a second", "median", "p99", "beyond the library's median", "not answered")
    told = {f"{name}, {clients}": found for (name, clients), found in loads.items()}
    head = f"Library: median {1e3 * np.median(library):.1f} ms of {len(library)} answers.\n\n"
    return Report(head + table(header, rows), {"library": library, "loads": told})


def _library(gallery: Path, photos: Sequence[bytes], count: int) -> list[float]:
    with Recogniser.open(gallery) as recogniser:
        return [took for took, _ in (_timed(recogniser, photo) for photo in _turns(photos, count + 5))][5:]


def _timed(recogniser: Recogniser, photo: bytes) -> tuple[float, object]:
    begun = time.perf_counter()
    answer = recogniser.recognise(photo, keep_evidence=False)
    return time.perf_counter() - begun, answer


def _turns(photos: Sequence[bytes], count: int) -> Iterator[bytes]:
    return itertools.islice(itertools.cycle(photos), count)


def _service(name: str, gallery: Path, port: int) -> AbstractContextManager[subprocess.Popen[bytes]]:
    if name == OURS:
        return serving(gallery, port, "--read-only")
    return started([sys.executable, "-c", PEER, str(gallery), str(port)], port)


def _load(port: int, photos: Sequence[bytes], clients: int, count: int) -> dict[str, Any]:
    """What so many clients get, each asking again as soon as it is answered."""
    waiting, taken, lock = list(_turns(photos, count + 3 * clients)), list[tuple[float, int]](), threading.Lock()

    def ask() -> None:
        connection = HTTPConnection("127.0.0.1", port, timeout=120)
        while True:
            with lock:
                if not waiting:
                    return
                photo = waiting.pop()
            begun = time.perf_counter()
            connection.request("POST", "/v1/recognise", photo, {"Content-Type": "image/jpeg"})
            response = connection.getresponse()
            response.read()
            with lock:
                taken.append((time.perf_counter() - begun, response.status))

    threads = [threading.Thread(target=ask) for _ in range(clients)]
    begun = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return {
        "seconds": time.perf_counter() - begun,
        "took": [took for took, _ in taken],
        "statuses": [s for _, s in taken],
    }


def _row(name: str, clients: int, found: Sequence[dict[str, Any]], library: Sequence[float]) -> tuple[str, ...]:
    took = np.concatenate([one["took"] for one in found])
    rate = np.mean([len(one["took"]) / one["seconds"] for one in found])
    missed = sum(status != 200 for one in found for status in one["statuses"])
    beyond = 1e3 * (np.median(took) - np.median(library))
    times = f"{1e3 * np.median(took):.0f} ms", f"{1e3 * np.percentile(took, 99):.0f} ms"
    return name, str(clients), f"{rate:.1f}", *times, f"{beyond:+.1f} ms" if clients == 1 else "", str(missed)


if __name__ == "__main__":
    options = parser(__doc__ or "")
    options.add_argument("gallery", type=Path, metavar="GALLERY")
    options.add_argument("photos", type=Path, nargs="+", metavar="PHOTO")
    options.add_argument("--count", type=int, default=150, metavar="N", help="answers by one client (150)")
    options.add_argument("--turns", type=int, default=2, metavar="N", help="turns of both services (2)")
    options.add_argument("--port", type=int, default=8765, metavar="N")
    launch(options, main)
