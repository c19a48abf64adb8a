"""A service in a process of its own, and the memory that it holds."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path
from urllib.error import URLError

PATIENCE = 60.0
"""Seconds in which a service is to be ready, and to end."""


@contextmanager
def serving(gallery: Path, port: int, *options: str) -> Iterator[subprocess.Popen[bytes]]:
    """``resight serve`` on a port, until the block ends."""
    with started(
        [sys.executable, "-m", "resight", "serve", str(gallery), "--port", str(port), *options], port
    ) as process:
        yield process


@contextmanager
def started(command: Sequence[str], port: int) -> Iterator[subprocess.Popen[bytes]]:
    """A command that serves on a port, ready, until the block ends."""
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            until = time.monotonic() + PATIENCE
            while not is_ready(port):
                if process.poll() is not None or time.monotonic() > until:
                    raise URLError(f"{' '.join(command[:4])} does not serve port {port}")
                time.sleep(0.1)
            yield process
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(PATIENCE)


def is_ready(port: int) -> bool:
    """Whether a service answers on a port that it is ready."""
    connection = HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request("GET", "/v1/ready")
        return connection.getresponse().status == 200
    except OSError:
        return False
    finally:
        connection.close()


def asked(connection: HTTPConnection, photo: bytes) -> tuple[int, float]:
    """The status that a photo to be recognised is answered with, and after how many seconds it may be sent again.

    A connection that the service has closed since, which keeps none for ever, is opened anew. Raises OSError.
    """
    for attempt in range(2):
        try:
            connection.request("POST", "/v1/recognise", photo, {"Content-Type": "image/jpeg"})
            response = connection.getresponse()
            response.read()
        except ConnectionError:
            connection.close()
            if attempt:
                raise
        else:
            return response.status, float(response.headers.get("Retry-After", 0))
    raise AssertionError


def memory(process: int) -> float:
    """Resident memory in MB of a process and its children, where the system tells it."""
    total = 0
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            fields = dict(line.split(":", 1) for line in (folder / "status").read_text().splitlines())
        except OSError:
            continue
        if process in (int(folder.name), int(fields["PPid"])):
            total += int(fields.get("VmRSS", "0 kB").split()[0])
    return total / 1e3


def processor_seconds(process: int) -> float:
    """Time of processors of a process and its children that live, where the system tells it."""
    total = 0.0
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            parts = (folder / "stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if process in (int(folder.name), int(parts[1])):
            total += (int(parts[11]) + int(parts[12])) / os.sysconf("SC_CLK_TCK")
    return total
