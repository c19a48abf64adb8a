"""What HTTP costs, and what a service answers under load, beside the same model behind a plain FastAPI endpoint.

    python benchmarks/serve.py museum.gallery photo-1.jpg photo-2.jpg --output serve.md

The library is asked in this process, and two services that both run all the time, by turns: for one client each request
by turns, for several a round of requests each. The peer is what one writes first: a `def` endpoint, which FastAPI runs
in a pool of 40 threads, that calls the recogniser. Time of processors counts the service with its decoding processes.
"""

from __future__ import annotations

import argparse
import itertools
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from http.client import HTTPConnection
from pathlib import Path
from typing import Any, Final
from urllib.request import urlopen

import numpy as np
from running.command import Report, launch, parser
from running.service import asked, memory, processor_seconds, serving, started
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
    singles, rounds = (6, 1) if arguments.quick else (arguments.count, arguments.rounds)
    ports = {OURS: arguments.port, THEIRS: arguments.port + 1}
    peer = [sys.executable, "-c", PEER, str(arguments.gallery), str(ports[THEIRS])]
    with (
        serving(arguments.gallery, ports[OURS], "--read-only") as ours,
        started(peer, ports[THEIRS]) as theirs,
        Recogniser.open(arguments.gallery) as recogniser,
    ):
        processes = {OURS: ours, THEIRS: theirs}
        alone = _singles(recogniser, ports, photos, singles)
        beside = _beside_work(ports[OURS])
        loads = {clients: _rounds(processes, ports, photos, clients, rounds) for clients in CLIENTS}
        held = {name: memory(process.pid) for name, process in processes.items()}
    words = (
        f"By its own metrics resight serve spends {beside:.1f} ms of a request on anything but its work, on average."
    )
    text = "\n\n".join((_told(alone), words, _loads(loads), "Memory at the end: " + _memory(held)))
    return Report(
        text + "\n", {"alone": alone, "beside": beside, "loads": {str(key): value for key, value in loads.items()}}
    )


def _singles(
    recogniser: Recogniser, ports: dict[str, int], photos: Sequence[bytes], count: int
) -> dict[str, list[float]]:
    """Seconds of answers to one client, of the library and of both services, by turns."""
    wires = {name: HTTPConnection("127.0.0.1", port, timeout=120) for name, port in ports.items()}
    ways: dict[str, Callable[[bytes], object]] = {
        "library": lambda photo: recogniser.recognise(photo, keep_evidence=False),
        **{name: lambda photo, wire=wire: asked(wire, photo) for name, wire in wires.items()},  # type: ignore[misc]
    }
    found: dict[str, list[float]] = {name: [] for name in ways}
    for number, photo in enumerate(itertools.islice(itertools.cycle(photos), count + len(photos))):
        for name in sorted(ways, key=lambda name: hash((name, number))):
            begun = time.perf_counter()
            ways[name](photo)
            if number >= len(photos):  # the first of each warm up
                found[name].append(time.perf_counter() - begun)
    return found


def _beside_work(port: int) -> float:
    """Milliseconds of a request, on average, that are not a worker's: the way, the upload, the queue and the answer."""
    with urlopen(f"http://127.0.0.1:{port}/v1/metrics") as response:
        lines = dict(line.rsplit(" ", 1) for line in response.read().decode().splitlines() if line[:1] != "#")
    whole = 'resight_request_seconds_{}{{route="/v1/recognise"}}'
    spent = float(lines[whole.format("sum")]) - float(lines["resight_work_seconds_sum"])
    return 1e3 * spent / float(lines[whole.format("count")])


def _rounds(
    processes: dict[str, subprocess.Popen[bytes]], ports: dict[str, int], photos: Sequence[bytes], clients: int, n: int
) -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = {name: [] for name in ports}
    for turn in range(n):
        for name in (OURS, THEIRS) if turn % 2 else (THEIRS, OURS):
            before = processor_seconds(processes[name].pid)
            one = _load(ports[name], photos, clients, max(8, 2 * clients))
            one["processors"] = processor_seconds(processes[name].pid) - before
            found[name].append(one)
    return found


def _load(port: int, photos: Sequence[bytes], clients: int, count: int) -> dict[str, Any]:
    """What so many clients get, each asking again as soon as it is answered."""
    waiting, taken, lock = (
        list(itertools.islice(itertools.cycle(photos), count)),
        list[tuple[float, int]](),
        threading.Lock(),
    )

    def ask() -> None:
        connection = HTTPConnection("127.0.0.1", port, timeout=120)
        for photo in _taking(waiting, lock):
            begun = time.perf_counter()
            while (found := asked(connection, photo))[1]:  # told to come back: that counts as waiting
                time.sleep(found[1])
            with lock:
                taken.append((time.perf_counter() - begun, found[0]))

    threads = [threading.Thread(target=ask) for _ in range(clients)]
    begun = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    seconds = time.perf_counter() - begun
    return {"seconds": seconds, "took": [took for took, _ in taken], "statuses": [status for _, status in taken]}


def _taking(waiting: list[bytes], lock: threading.Lock) -> Iterator[bytes]:
    while True:
        with lock:
            if not waiting:
                return
            photo = waiting.pop()
        yield photo


def _told(alone: dict[str, list[float]]) -> str:
    """Medians of one client, and what HTTP adds to the library's, request by request."""
    library = np.array(alone["library"])
    rows = []
    for name, took in alone.items():
        beyond = 1e3 * (np.array(took) - library)
        low, high = _around_median(beyond)
        added = f"{np.median(beyond):+.1f} ms ({low:+.1f} to {high:+.1f})" if name != "library" else ""
        rows.append((name, f"{1e3 * np.median(took):.0f} ms", f"{1e3 * np.min(took):.0f} ms", added))
    return f"One client, {len(library)} requests by turns\n\n" + table(
        ("", "median", "least", "beyond the library, median"), rows
    )


def _around_median(values: np.ndarray) -> tuple[float, float]:
    """A 95 % interval of the median by order statistics."""
    reach = 0.98 * np.sqrt(len(values))
    low, high = np.clip([len(values) / 2 - reach, len(values) / 2 + reach], 0, len(values) - 1).astype(int)
    ordered = np.sort(values)
    return float(ordered[low]), float(ordered[high])


def _loads(loads: dict[int, dict[str, list[dict[str, Any]]]]) -> str:
    rows = []
    for clients, both in loads.items():
        for name, found in both.items():
            took = np.concatenate([one["took"] for one in found])
            rates = [len(one["took"]) / one["seconds"] for one in found]
            missed = sum(status != 200 for one in found for status in one["statuses"])
            cost = sum(one["processors"] for one in found) / len(took)
            times = (f"{1e3 * np.median(took):.0f} ms", f"{1e3 * np.percentile(took, 99):.0f} ms")
            facts = (f"{np.median(rates):.2f}", *times, f"{1e3 * cost:.0f} ms", str(len(took)), str(missed))
            rows.append((name, str(clients), *facts))
    head = ("service", "clients", "answers a second", "median", "p99", "processors an answer", "n", "not answered")
    return table(head, rows)


def _memory(held: dict[str, float]) -> str:
    return ", ".join(f"{name} {megabytes:.0f} MB" for name, megabytes in held.items())


if __name__ == "__main__":
    options = parser(__doc__ or "")
    options.add_argument("gallery", type=Path, metavar="GALLERY")
    options.add_argument("photos", type=Path, nargs="+", metavar="PHOTO")
    options.add_argument("--count", type=int, default=100, metavar="N", help="requests of one client by turns (100)")
    options.add_argument("--rounds", type=int, default=6, metavar="N", help="rounds of each service and number (6)")
    options.add_argument("--port", type=int, default=8765, metavar="N", help="and the next one")
    launch(options, main)
