"""Two thousand hostile uploads to a service: each gets its status, and the next good photo its answer.

    python benchmarks/hostile_uploads.py museum.gallery photo.jpg --output uploads.md

Damaged photo files of every kind (`hostile_photos.py`), and beside them bodies that promise another length, chunked
bodies without an end, forms that are none, wrong kinds, and bombs. A 500, a connection that is cut where an answer was
due, a process that ends, or one that grows beyond the limit, is a fault, and the exit status is 1.
"""

from __future__ import annotations

import argparse
import socket
import time
import zlib
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Final

import numpy as np
from hostile_photos import hostile
from running.command import Report, launch, parser
from running.service import memory, serving
from running.table import table

UPLOADS: Final = 2000
LARGEST: Final = 1200
"""MB that the service and its decoding processes may hold together."""

TIME: Final = 40.0
"""Seconds within which each upload is to be answered."""


def main(arguments: argparse.Namespace) -> Report:
    """The table of what was sent and what it was answered with."""
    good = arguments.photo.read_bytes()
    count = UPLOADS // 20 if arguments.quick else arguments.count
    rows: dict[str, Counter[int]] = {}
    slowest, most = 0.0, 0.0
    with serving(arguments.gallery, arguments.port, "--read-only") as process:
        for number in range(count):
            kind, request = _request(number, arguments.seed, good)
            begun = time.perf_counter()
            status = _sent(arguments.port, request)
            slowest = max(slowest, time.perf_counter() - begun)
            rows.setdefault(kind, Counter())[status] += 1
            if number % 50 == 0:
                most = max(most, memory(process.pid))
                if _sent(arguments.port, _plain(good)) != 200:
                    rows.setdefault("a good photo", Counter())[0] += 1
        alive = process.poll() is None
    statuses = sorted({status for found in rows.values() for status in found})
    lines = [(kind, *(str(found[status] or "") for status in statuses)) for kind, found in sorted(rows.items())]
    text = table(("upload", *(str(status) for status in statuses)), lines)
    text += f"\n{count:,} uploads; most memory {most:.0f} MB, longest {slowest:.1f} s\n"
    faults = [status for status in statuses if status in (0, 500)]
    if faults or not alive or most > LARGEST or slowest > TIME:
        text += "\nFAULT\n"
    return Report(text, {"rows": {kind: dict(found) for kind, found in rows.items()}, "memory": most})


def _plain(data: bytes, *, promise: int | None = None, kind: str = "image/jpeg") -> bytes:
    length = len(data) if promise is None else promise
    head = f"POST /v1/recognise HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\nContent-Type: {kind}\r\n"
    return f"{head}Content-Length: {length}\r\n\r\n".encode() + data


def _chunked(chunks: Iterator[bytes], *, end: bool) -> bytes:
    head = b"POST /v1/recognise HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n"
    return (
        head + b"".join(f"{len(one):x}\r\n".encode() + one + b"\r\n" for one in chunks) + (b"0\r\n\r\n" if end else b"")
    )


def _bomb(side: int) -> bytes:
    """A grey PNG of a square that is much larger than its file."""
    rows = zlib.compress(bytes((side + 1) * side), 9)
    size = side.to_bytes(4, "big") * 2

    def chunk(name: bytes, data: bytes) -> bytes:
        return len(data).to_bytes(4, "big") + name + data + zlib.crc32(name + data).to_bytes(4, "big")

    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", size + b"\x08\0\0\0\0") + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def _request(number: int, seed: int, good: bytes) -> tuple[str, bytes]:
    """An upload by its number: its kind, and all that is sent."""
    rng = np.random.default_rng((seed, number))
    noise = rng.bytes(int(rng.integers(1, 5000)))
    match number % 10:
        case 0:
            return "a chunked body without an end", _chunked((bytes(1 << 20) for _ in range(36)), end=False)
        case 1:
            form = b'--b\r\nContent-Disposition: form-data; name="photo"; filename="a"\r\n\r\n' + noise
            return "a form that is none", _plain(
                form[: int(rng.integers(0, len(form)))], kind="multipart/form-data; boundary=b"
            )
        case 2:
            return "bytes of no kind", _plain(noise)
        case 3 if number % 100 == 3:
            return "a bomb", _plain(_bomb(int(rng.integers(8_000, 20_000))))
        case 4:
            at = int(rng.integers(1, 64))
            return "a polyglot", _plain((b"%PDF-1.7\n", b"PK\3\4", b"<svg>", b"GIF89a")[number % 4] + noise[:at] + good)
        case _:
            kind, data = hostile(number, seed)[:2]
            return f"a damaged {str(kind).partition(',')[0]}", _plain(data)


def _sent(port: int, request: bytes) -> int:
    """The status that a request is answered with; 0 for none."""
    with socket.create_connection(("127.0.0.1", port), timeout=TIME + 20) as wire:
        with suppress(OSError):  # answered before all was sent
            wire.sendall(request)
        told = b""
        with suppress(OSError):
            while b"\r\n" not in told and (more := wire.recv(4096)):
                told += more
    return int(told.split()[1]) if told.startswith(b"HTTP/1.1 ") else 0


if __name__ == "__main__":
    options = parser(__doc__ or "")
    options.add_argument("gallery", type=Path, metavar="GALLERY")
    options.add_argument("photo", type=Path, metavar="PHOTO", help="a good one")
    options.add_argument("--count", type=int, default=UPLOADS, metavar="N", help=f"how many uploads ({UPLOADS:,})")
    options.add_argument("--seed", type=int, default=0, metavar="N")
    options.add_argument("--port", type=int, default=8766, metavar="N")
    launch(options, main)
