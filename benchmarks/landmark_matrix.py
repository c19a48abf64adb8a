"""How long the five reductions of similarity matrices take, and in how much memory, as the gallery grows.

    OMP_NUM_THREADS=2 python benchmarks/landmark_matrix.py --output matrix.md --json matrix.json

Made-up descriptors at five scales; only number and shape matter. Each gallery is asked 1,000 queries in a process of
its own: the 23 nearest by each of the five reductions of Bouček 2020, equations 4.13 to 4.16, from 25 cosines a pair.
"""

from __future__ import annotations

import argparse
import time
from typing import Any

import numpy as np
from running.child import alone, peak
from running.command import Report, launch, parser
from running.table import table

from resight.search.similarity_matrix import search_matrices
from resight.types import Array

SCALES, NEIGHBOURS = 5, 23


def main(arguments: argparse.Namespace) -> Report:
    """The table of times and memory, one row a gallery."""
    found = {n: alone(asked, n, arguments.queries, arguments.dimensions) for n in arguments.photos}
    first = min(found)
    rows = [
        (
            str(n),
            f"{one['seconds']:.1f}",
            f"{one['seconds'] / found[first]['seconds']:.1f} ×",
            f"{one['arrays'] / 2**20:.0f}",
            f"{one['peak'] / 2**20:.0f}",
        )
        for n, one in found.items()
    ]
    said = f"{arguments.queries} queries, {SCALES} scales, {arguments.dimensions} numbers each"
    headers = ("photos", "seconds", f"beside {first}", "MB of the gallery's descriptors", "peak MB")
    return Report(f"### Matrices of similarities\n\n{said}\n\n{table(headers, rows)}", {"found": found})


def asked(photos: int, queries: int, dimensions: int) -> dict[str, Any]:
    """Seconds and bytes of a gallery of so many photos."""
    rng = np.random.default_rng(0)
    gallery, asking = (_descriptors(rng, count, dimensions) for count in (photos, queries))
    start = time.perf_counter()
    found = search_matrices(asking, gallery, NEIGHBOURS)
    seconds = time.perf_counter() - start
    assert all((matches.rows >= 0).all() == (photos >= NEIGHBOURS) for matches in found.values())
    return {"seconds": seconds, "arrays": gallery.nbytes, "peak": peak()}


def _descriptors(rng: np.random.Generator, count: int, dimensions: int) -> Array:
    rows = rng.standard_normal((count, SCALES, dimensions), np.float32)
    rows += 2 * rng.standard_normal((count, 1, dimensions), np.float32)
    rows /= np.linalg.norm(rows, axis=2, keepdims=True)
    return rows


def _options() -> argparse.ArgumentParser:
    options = parser(__doc__ or "")
    said = "galleries; by default 1,000, 3,000 and 10,000"
    options.add_argument("--photos", type=int, nargs="+", default=[1_000, 3_000, 10_000], help=said)
    options.add_argument("--queries", type=int, default=1_000, help="by default 1,000")
    options.add_argument("--dimensions", type=int, default=2_048, help="of a descriptor; by default 2,048")
    return options


if __name__ == "__main__":
    launch(_options(), main)
