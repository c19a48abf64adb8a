"""How fast the house encoder's training loop is, beside the same step written plainly in torch, step by step in turn.

    python benchmarks/training.py --steps 30 --output training.md --json training.json

Both load, make views, learn by AdamW in bfloat16; the loop also averages the weights, clips, watches for what is no
number and tells events. Photos are noise, which takes as long. On as many threads as torch takes: OMP_NUM_THREADS.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Final

import numpy as np
import torch
from command import QUICK, Report, launch, parser
from table import table

from resight.nn.clock import Clock
from resight.nn.events import Epoch, Stepped
from resight.nn.house_task import HouseTask
from resight.nn.loop import train
from resight.nn.optimisers import sparing
from resight.nn.task import Plan
from resight.nn.teacher import Lessons
from resight.nn.workers import Worker

PHOTOS: Final = 512
WARM: Final = 3
"""Steps that are not counted: the first ones make room."""


def main(arguments: argparse.Namespace) -> Report:
    """Milliseconds of a step of both, and what the loop's go into."""
    steps = WARM + (arguments.steps // QUICK if arguments.quick else arguments.steps)
    task = _task(arguments, steps)
    with tempfile.TemporaryDirectory() as folder:
        ours, shares = _looped(task, steps, Path(folder))
        theirs = _plain(_task(arguments, steps))
        taken = np.array([(next(ours), theirs(step)) for step in range(steps)])[WARM:]
        for _ in ours:
            pass
    images = 2 * arguments.batch
    medians = np.median(taken, axis=0)
    rows = [
        (name, f"{1000 * seconds:.0f}", f"{images / seconds:.0f}", f"{medians[1] / seconds:.2f}")
        for name, seconds in zip(("loop", "plain"), medians, strict=True)
    ]
    parts = ", ".join(f"{share:.1%} {name}" for name, share in shares().items())
    title = f"### A step of {arguments.batch} photos in two views of {arguments.side} pixels"
    markdown = f"{title}\n\n{table(('', 'median ms', 'views/s', 'of plain'), rows)}\nThe loop's time: {parts}.\n"
    return Report(markdown, {"seconds": {"loop": taken[:, 0].tolist(), "plain": taken[:, 1].tolist()}})


def _task(arguments: argparse.Namespace, steps: int) -> HouseTask:
    rng = np.random.default_rng(0)
    photos = rng.integers(0, 256, (PHOTOS, 160, 160, 3), dtype=np.uint8)
    descriptors = rng.standard_normal((PHOTOS, 512), dtype=np.float32).astype(np.float16)
    maps = rng.standard_normal((PHOTOS, 10, 10, 256), dtype=np.float32).astype(np.float16)
    return HouseTask(
        photos,
        np.arange(PHOTOS) % 100,
        Lessons(descriptors, maps),
        batch=arguments.batch,
        steps=steps,
        sides=((0, arguments.side),),
        mild=0,
        held_out=0,
        seed=0,
        identity={},
    )


def _looped(task: HouseTask, steps: int, folder: Path) -> tuple[Iterator[float], Callable[[], dict[str, float]]]:
    """Seconds of each of the loop's steps, and afterwards the shares of what they went into."""
    plan = Plan(1, partial(sparing, rate=1e-3, decay=0.05), lambda step: 1.0, clip=5.0, bf16=True, device="cpu")
    spent: dict[str, float] = {}

    def seconds() -> Iterator[float]:
        events = train(task, plan, folder)
        next(events)
        start = time.perf_counter()
        for event in events:
            if isinstance(event, Stepped):
                yield time.perf_counter() - start
            if isinstance(event, Epoch):
                spent.update(event.seconds)
            start = time.perf_counter()

    return seconds(), lambda: {name: value / sum(spent.values()) for name, value in spent.items()}


def _plain(task: HouseTask) -> Callable[[int], float]:
    """The same step as a training script has it; takes its number and tells its seconds."""
    module = task.module.to(memory_format=torch.channels_last).train()  # type: ignore[call-overload]
    optimiser = sparing(module, rate=1e-3, decay=0.05)
    clock, worker, generator = Clock(), Worker(0, 1, torch.device("cpu")), torch.Generator().manual_seed(0)

    def step(number: int) -> float:
        with clock.running("step"):
            batch = task.prepare(task.load(number, worker), number, generator)
            with torch.autocast("cpu", dtype=torch.bfloat16):
                losses = module(*batch)
            optimiser.zero_grad()
            sum(losses.values()).backward()
            optimiser.step()
        return clock.taken()["step"]

    return step


if __name__ == "__main__":
    options = parser(__doc__ or "")
    options.add_argument("--steps", type=int, default=30, help="of each that are counted; by default 30")
    options.add_argument("--batch", type=int, default=128, help="photos of a step; by default 128")
    options.add_argument("--side", type=int, default=96, help="of a view in pixels; by default 96")
    launch(options, main)
