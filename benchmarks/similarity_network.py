"""How fast the similarity network learns from cached descriptors, beside the same loop written plainly in torch.

    python benchmarks/similarity_network.py --output similarity-network.md --json similarity-network.json

An epoch of the paper is 644,400 pairs of 2,048 dimensions in batches of 256. Both loops draw the same pairs of the
same descriptors, float16 mapped from a file, learn the same network by the same descent, and are timed in turns of a
few steps, so that both see the same machine. The plain loop is what torch's tutorials write: a Dataset whose item is a
pair, a DataLoader that shuffles and collates them, float32. Ours takes the pairs of a step at once, computes in
bfloat16, and also watches for what is no number, tells events and could go on after a stop. How long drawing an epoch
takes, and how much memory, stands beside it. On as many threads as torch takes: OMP_NUM_THREADS.
"""

from __future__ import annotations

import argparse
import tempfile
import time
import tracemalloc
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch
from running.command import QUICK, Report, launch, parser
from running.progress import meter
from running.table import table
from torch import Tensor, nn
from torch.utils.data import DataLoader, Dataset

from resight.nn.loop.events import StepReport
from resight.nn.loop.loop import train
from resight.nn.loop.optimisers import groups, optimiser
from resight.nn.loop.task import Plan
from resight.nn.mining.class_pairs import ClassRows, Pairs
from resight.nn.tasks.similarity import PairSource, SimilarityTask, similarity
from resight.types import Array

CLASSES, PHOTOS, DIMENSIONS, BATCH, EACH = 180, 100, 2048, 256, 10
"""Those of the paper, but for its 500 photos of a class."""

TURN: Final = 5
"""Steps of one loop before it is the other's turn."""

WARM: Final = 2
"""Turns that are not counted: the first ones make room."""


def main(arguments: argparse.Namespace) -> Report:
    """Seconds of an epoch of both, and of drawing one."""
    turns = WARM + (arguments.turns // QUICK if arguments.quick else arguments.turns)
    descriptors, classes = _descriptors(arguments.cache), _classes()
    drawing = _drawing(classes)
    with tempfile.TemporaryDirectory() as folder:
        loops, tell, taken = (
            (_looped(descriptors, classes, Path(folder)), _plain(descriptors, classes)),
            meter("turns"),
            [],
        )
        for turn in range(turns):
            taken.append([_turn(loop) for loop in loops])
            tell(turn + 1, turns)
    steps = classes.count(EACH) / BATCH
    ours, plain = np.array(taken[WARM:]).T
    epochs, ratio = [float(np.median(each)) / TURN * steps for each in (ours, plain)], float(np.median(plain / ours))
    rows = [
        ("the loop, bfloat16", f"{epochs[0]:.0f}", f"{1000 * epochs[0] / steps:.1f}", f"{ratio:.2f}"),
        ("plain torch, float32", f"{epochs[1]:.0f}", f"{1000 * epochs[1] / steps:.1f}", "1.00"),
    ]
    title = f"### An epoch of {classes.count(EACH):,} pairs of {DIMENSIONS:,} dimensions"
    said = f"Drawing its pairs takes {drawing['seconds']:.2f} s and {drawing['megabytes']:.0f} MB at its peak."
    markdown = f"{title}\n\n{table(('', 'epoch, s', 'step, ms', 'times as fast'), rows)}\n{said}\n"
    return Report(markdown, {"loop": ours.tolist(), "plain": plain.tolist(), "steps": TURN, "drawing": drawing})


def _classes() -> ClassRows:
    return ClassRows.of(np.repeat(np.arange(CLASSES), PHOTOS), np.arange(CLASSES * PHOTOS))


def _descriptors(cache: Path) -> Array:
    """Descriptors like those behind a ReLU, ``(n, d)`` float16, mapped from a file."""
    file = cache / "pair-descriptors.npy"
    if not file.exists():
        drawn = np.random.default_rng(0).standard_normal((CLASSES * PHOTOS, DIMENSIONS), dtype=np.float32)
        np.save(file, np.maximum(drawn, 0).astype(np.float16))
    found: Array = np.load(file, mmap_mode="r")
    return found


def _drawing(classes: ClassRows) -> dict[str, float]:
    excluded = np.unique(classes.sampled(6, rng=np.random.default_rng(1)).keys)
    tracemalloc.start()
    began = time.perf_counter()
    classes.sampled(EACH, rng=np.random.default_rng(0), excluded=excluded)
    seconds, peak = time.perf_counter() - began, tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return {"seconds": seconds, "megabytes": peak / 1e6}


def _turn(steps: Iterator[object]) -> float:
    began = time.perf_counter()
    for _ in islice(steps, TURN):
        pass
    return time.perf_counter() - began


def _looped(descriptors: Array, classes: ClassRows, folder: Path) -> Iterator[StepReport]:
    """The steps of our loop."""
    nobody = Pairs(np.zeros((0, 2), np.int32), np.zeros(0, bool))
    module = similarity(DIMENSIONS, "absolute", rng=np.random.default_rng(0))
    task = SimilarityTask(module, PairSource(descriptors, classes, EACH, nobody), batch=BATCH, seed=0, identity={})

    def descent(learner: nn.Module) -> torch.optim.Optimizer:
        return optimiser("nag", groups(learner, rate=0.005), rate=0.005, momentum=0.8)

    plan = Plan(1, descent, lambda step: 1.0, averaging=0.0, bf16=True, device="cpu")
    return (event for event in train(task, plan, folder) if isinstance(event, StepReport))


class PairDataset(Dataset[Any]):
    """A pair of descriptors for each item, as torch's tutorials write it."""

    def __init__(self, descriptors: Array, pairs: Pairs) -> None:
        self.descriptors, self.pairs = descriptors, pairs

    def __len__(self) -> int:
        return len(self.pairs)

    def __getitem__(self, item: int) -> tuple[Tensor, int]:
        first, second = (torch.from_numpy(self.descriptors[row].astype(np.float32)) for row in self.pairs.rows[item])
        return (first - second).abs(), int(self.pairs.same[item])


def _plain(descriptors: Array, classes: ClassRows) -> Iterator[None]:
    """The steps of the same training as torch's tutorials write it."""
    pairs = classes.sampled(EACH, rng=np.random.default_rng(0))
    network = similarity(DIMENSIONS, "absolute", rng=np.random.default_rng(0)).network.train()
    descent = torch.optim.SGD(network.parameters(), lr=0.005, momentum=0.8, nesterov=True)
    loss = nn.CrossEntropyLoss()
    for differences, same in DataLoader(PairDataset(descriptors, pairs), batch_size=BATCH, shuffle=True):
        descent.zero_grad()
        loss(network(differences), same).backward()
        descent.step()
        yield


def _arguments() -> argparse.ArgumentParser:
    options = parser(__doc__ or "")
    options.add_argument("--turns", type=int, default=20, help=f"turns of {TURN} steps of either; by default 20")
    return options


if __name__ == "__main__":
    launch(_arguments(), main)
