"""How long all tables of Bouček 2020 take from descriptors that are kept, and in how much memory, as the gallery grows.

    python benchmarks/landmark_growth.py --output growth.md --json growth.json --figure growth.png

Made-up descriptors at five scales; only number and shape matter. Each gallery is asked 120 queries in a process of its
own: Tables 5.1, 5.2, 5.5 and 5.6 and all 31 sums of scales, whitened and not, each cell with 2,000 resamples. The first
row has the size of the pack sf-buildings, 563 photos.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path
from typing import Any, Final

import numpy as np
from running.child import alone
from running.command import Report, launch, parser
from running.table import table

from resight.evaluation.questions import Questions
from resight.io.datasets.entries import Entry
from resight.metrics.resampling import Resamples
from resight.progress import finished
from resight.recipes.landmarks.measurement import Described, measure
from resight.types import Array

SCALES: Final = 5


def main(arguments: argparse.Namespace) -> Report:
    """The table of times and memory, one row a gallery, and their figure where one is wanted."""
    found = {n: alone(measured, n, arguments.queries, arguments.dimensions) for n in arguments.photos}
    first = min(found)
    rows = [
        (
            f"{n:,}",
            f"{one['seconds']:.0f}",
            f"{one['seconds'] / found[first]['seconds']:.1f} × ({n / first:.1f} × the photos)",
            f"{one['arrays'] / 2**20:.0f}",
            f"{one['peak'] / 2**20:.0f}",
        )
        for n, one in found.items()
    ]
    said = f"{arguments.queries} queries, {SCALES} scales, {arguments.dimensions} numbers each"
    headers = ("photos", "seconds of processor", f"beside {first:,}", "MB of descriptors", "peak MB")
    if arguments.figure:
        _draw(found, arguments.figure)
    return Report(f"### All tables of landmarks\n\n{said}\n\n{table(headers, rows)}", {"found": found})


def measured(photos: int, queries: int, dimensions: int) -> dict[str, Any]:
    """Seconds of processor and bytes of a gallery of so many photos, nine in ten of them alone."""
    rng = np.random.default_rng(0)
    things = [n if n < 0.9 * photos else n % (photos // 20 + 1) for n in range(photos)]
    known = [Entry(f"r{n}", Path(), (f"thing {thing}",)) for n, thing in enumerate(things)]
    asked = [Entry(f"q{n}", Path(), (f"thing {n}",) if n % 2 else ()) for n in range(queries)]
    described = Described(*(_descriptors(rng, len(entries), dimensions) for entries in (known, asked)))
    questions = Questions.of(known, asked)
    start = time.process_time()
    found = finished(measure(described, questions, Resamples.of(questions.groups, rng=rng)))
    seconds = time.process_time() - start
    assert sum(map(len, found.cells.values())) == 226
    return {"seconds": seconds, "arrays": described.known.nbytes}


def _descriptors(rng: np.random.Generator, count: int, dimensions: int) -> Array:
    rows = rng.standard_normal((count, SCALES, dimensions), np.float32)
    rows += 2 * rng.standard_normal((count, 1, dimensions), np.float32)
    rows /= np.linalg.norm(rows, axis=2, keepdims=True)
    return rows


def _draw(found: dict[int, dict[str, Any]], file: Path) -> None:
    """Times and memory over photos, both logarithmic; a dashed line grows as the photos do."""
    from matplotlib.figure import Figure

    photos = sorted(found)
    figure = Figure(figsize=(7.6, 3.2), layout="constrained")
    for axes, (key, label, unit) in zip(
        figure.subplots(1, 2), (("seconds", "processor, seconds", 1), ("peak", "peak memory, MB", 2**20)), strict=True
    ):
        values = [found[n][key] / unit for n in photos]
        axes.loglog(photos, values, "o-", color="black")
        axes.loglog(photos, [values[0] * n / photos[0] for n in photos], "--", color="grey")
        middle = photos[len(photos) // 2]
        axes.annotate("linear ", (middle, values[0] * middle / photos[0]), ha="right", va="bottom", fontsize=8)
        axes.set_xlabel("photos in the gallery")
        axes.set_ylabel(label)
        axes.set_xticks(photos, [f"{n:,}" for n in photos])
        ticks = [values[0], values[len(photos) // 2], values[-1]]
        axes.set_yticks(ticks, [f"{value:,.0f}" for value in ticks])
        axes.minorticks_off()
    figure.savefig(file, dpi=110)


def _options() -> argparse.ArgumentParser:
    options = parser(__doc__ or "")
    said = "galleries; by default 563, 1,000, 3,000 and 10,000"
    options.add_argument("--photos", type=int, nargs="+", default=[563, 1_000, 3_000, 10_000], help=said)
    options.add_argument("--queries", type=int, default=120, help="by default 120")
    options.add_argument("--dimensions", type=int, default=1_024, help="of a descriptor; by default 1,024")
    options.add_argument("--figure", type=Path, metavar="FILE.png", help="draw times and memory here")
    return options


if __name__ == "__main__":
    launch(_options(), main)
