"""Whether a service would win by describing several photos at a time: the house network on one processor, by batches.

    python benchmarks/batching.py --output batching.md

Photos of one size, 320 x 224 as the network sees them, in batches of 1, 2, 4 and 8 by turns; time of the processor for
each photo. A batch has to wait until it is full, and its photos have to be of one size, which photos are not.
"""

from __future__ import annotations

import argparse
import time
from importlib import resources

import numpy as np
import openvino
from running.command import Report, launch, parser
from running.table import table

BATCHES = (1, 2, 4, 8)
SIZE = (224, 320, 3)


def main(arguments: argparse.Namespace) -> Report:
    """The table of milliseconds a photo."""
    rounds = 3 if arguments.quick else arguments.rounds
    core = openvino.Core()
    model = core.read_model(resources.files("resight") / "shipped" / "house" / "backbone.xml")
    rng = np.random.default_rng(0)
    networks, photos = {}, {}
    for batch in BATCHES:
        shaped = model.clone()
        shaped.reshape([batch, *SIZE])
        networks[batch] = core.compile_model(shaped, "CPU", {"INFERENCE_NUM_THREADS": 1})
        photos[batch] = rng.integers(0, 256, (batch, *SIZE), np.uint8)
        networks[batch](photos[batch])
    taken: dict[int, list[float]] = {batch: [] for batch in BATCHES}
    for _ in range(rounds):
        for batch, network in networks.items():
            begun = time.process_time()
            network(photos[batch])
            taken[batch].append(1e3 * (time.process_time() - begun) / batch)
    alone = float(np.median(taken[1]))
    rows = [
        (str(batch), f"{np.median(took):.2f}", f"{min(took):.2f}", f"{np.median(took) / alone:.3f}")
        for batch, took in taken.items()
    ]
    head = ("photos at a time", "ms of a processor a photo, median", "least", "of one at a time")
    return Report(table(head, rows), {str(batch): took for batch, took in taken.items()})


if __name__ == "__main__":
    options = parser(__doc__ or "")
    options.add_argument("--rounds", type=int, default=30, metavar="N", help="by turns (30)")
    launch(options, main)
