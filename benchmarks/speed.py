"""How long an answer takes, warm and on all cores; how fast photos are indexed, and in how much memory and disk.

    python benchmarks/speed.py --photos 10000 --output speed.md --json speed.json

sf-buildings is indexed and asked with its own queries, and with the same enlarged to 12 megapixels. With --photos, its
references and as many simulated views of other packs' photos as are missing to that number make one large gallery,
which is asked the same and to which ten photos are added. Nothing else should run on the machine: a result is kept
until the code or the machine changes, or its folder in the cache is deleted.
"""

from __future__ import annotations

import argparse
import zlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import numpy as np
from data import crowd
from data.packs import pack
from running.command import QUICK, Report, launch, parser
from running.journal import resumed
from running.provenance import digest, machine
from running.table import table
from timing import jobs
from timing.jobs import STAGES
from timing.workload import Workload

PACK: Final = "sf-buildings"

SAID: Final = {
    "index": "a pack",
    "index 12 MP": "12-megapixel JPEGs",
    "index many": "the large gallery",
    "add to many": "added to the large gallery",
    "ask": "a pack",
    "ask 12 MP": "a pack, by 12-megapixel JPEGs",
    "ask many": "the large gallery",
    "ask many 12 MP": "the large gallery, by 12-megapixel JPEGs",
}
"""The measurements in words."""

Measured = Mapping[str, Mapping[str, Any]]
"""Raw times and sizes by measurement."""


def main(arguments: argparse.Namespace) -> Report:
    """The tables of answering and indexing."""
    step = QUICK if arguments.quick else 1
    code = f"{digest([Path(jobs.__file__)])}-{zlib.crc32(machine().encode()):08x}"
    work = Workload(
        pack(PACK),
        arguments.cache / f"speed-{step}-{code}",
        arguments.cache / f"views-{digest([Path(crowd.__file__)])}",
        arguments.photos,
        step,
    )
    parts = work.parts()
    measured = resumed(work.folder / f"parts-{arguments.photos}.jsonl", parts, lambda name: parts[name](), workers=1)
    return Report(f"{_answering(measured)}\n{_indexing(measured)}", {"parts": dict(measured)})


def _answering(measured: Measured) -> str:
    headers = ("asked", "photos", "median ms", "p95 ms", *(f"{stage} ms" for stage in STAGES), "peak MB")
    return f"### From a photo to its answer\n\n{table(headers, _answering_rows(measured))}"


def _answering_rows(measured: Measured) -> Iterator[tuple[str, ...]]:
    for name, found in measured.items():
        if name.startswith("ask"):
            seconds = np.array(found["seconds"])
            stages = (np.median([row[stage] for row in found["stages"]]) for stage in STAGES)
            times = (np.median(seconds), np.quantile(seconds, 0.95), *stages)
            yield SAID[name], str(len(seconds)), *(f"{1000 * time:.1f}" for time in times), _megabytes(found["peak"])


def _indexing(measured: Measured) -> str:
    headers = (
        *("indexed", "new photos", "photos/s", "enrolling s", "calibrating s", "peak MB"),
        *("features KB", "thumbnail KB", "file KB per photo"),
    )
    return f"### Indexing\n\n{table(headers, _indexing_rows(measured))}"


def _indexing_rows(measured: Measured) -> Iterator[tuple[str, ...]]:
    for name, found in measured.items():
        if not name.startswith("ask"):
            sizes = (f"{found['bytes'][kind] / 1000:.1f}" for kind in ("features", "thumbnails", "file"))
            rate = found["added"] / found["enrolling"]
            times = (f"{rate:.1f}", f"{found['enrolling']:.1f}", f"{found['calibrating']:.1f}")
            yield SAID[name], str(found["added"]), *times, _megabytes(found["peak"]), *sizes


def _megabytes(size: float) -> str:
    return f"{size / 1e6:.0f}"


if __name__ == "__main__":
    options = parser(__doc__ or "")
    options.add_argument("--photos", type=int, default=0, metavar="N", help="time a gallery of N photos as well")
    launch(options, main)
