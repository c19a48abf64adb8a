"""How fast the house encoder's training loop is, beside the same step written plainly in torch, step by step in turn.

    python benchmarks/training.py --steps 30 --output training.md --json training.json

Both load, make views, learn by AdamW in bfloat16; the loop also averages the weights, clips, watches for what is no
number and tells events. What the loop's time goes into is measured before, while nothing else runs: in turn with the
plain step it would load during that, too. As in the recipe, photos come from a memory-mapped album of real ones, and
the teacher's maps from another file; no photo is shown twice, and what the system keeps of both files in memory is
dropped first, so that they are read from the disk. What the teacher says is noise, which takes as long. On as many
threads as torch takes: OMP_NUM_THREADS.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Final

import numpy as np
import torch
from data.packs import FILE, shared
from running.command import QUICK, Report, launch, parser
from running.progress import meter
from running.table import table

from resight.errors import DatasetError
from resight.io.datasets.dataset import discover
from resight.nn.loop.distributed import Worker
from resight.nn.loop.events import Epoch, StepReport
from resight.nn.loop.loop import train
from resight.nn.loop.optimisers import without_norm_decay
from resight.nn.loop.task import Plan
from resight.nn.loop.timer import Timer
from resight.recipes.house.task import HouseTask
from resight.recipes.house.teacher import TeacherTargets
from resight.training import decoded_photos as albums
from resight.types import Array

PACK: Final = "natural-photos"
SIDE: Final = 160
"""Of the decoded photos, pixels, as in the recipe."""

MAPS: Final = "maps.npy"
WARM: Final = 3
"""Steps that are not counted: the first ones make room."""


def main(arguments: argparse.Namespace) -> Report:
    """Milliseconds of a step of both, and what the loop's go into."""
    steps = WARM + (arguments.steps // QUICK if arguments.quick else arguments.steps)
    count = steps * arguments.batch
    work = arguments.cache / f"training-{count}"
    _laid(work, arguments.photos or [shared() / "data" / PACK / FILE], count)
    shares = _shares(_task(work, arguments, steps), work)
    with tempfile.TemporaryDirectory() as folder:
        ours, theirs = _looped(_task(work, arguments, steps), Path(folder)), _plain(_task(work, arguments, steps))
        taken = np.array([(next(ours), theirs(step)) for step in range(steps)])[WARM:]
        for _ in ours:
            pass
    images = 2 * arguments.batch
    medians = np.median(taken, axis=0)
    rows = [
        (name, f"{1000 * seconds:.0f}", f"{images / seconds:.0f}", f"{medians[1] / seconds:.2f}")
        for name, seconds in zip(("loop", "plain"), medians, strict=True)
    ]
    parts = ", ".join(f"{share:.1%} {name}" for name, share in shares.items())
    title = f"### A step of {arguments.batch} photos in two views of {arguments.side} pixels"
    said = f"The loop's time, alone, over {steps} steps: {parts}."
    markdown = f"{title}\n\n{table(('', 'median ms', 'views/s', 'of plain'), rows)}\n{said}\n"
    seconds = {"loop": taken[:, 0].tolist(), "plain": taken[:, 1].tolist()}
    return Report(markdown, {"seconds": seconds, "shares": shares})


def _laid(work: Path, photos: Sequence[Path], count: int) -> None:
    """Decode so many photos into an album, and write as many maps of a teacher beside it."""
    entries = discover(list(photos)).entries
    if len(entries) < count:
        raise DatasetError(f"{len(entries)} photos are there; wanted {count}, so that none is shown twice: fewer steps")
    chosen = [entries[row] for row in np.random.default_rng(0).permutation(len(entries))[:count]]
    tell = meter("decoding")
    for done in albums.fill(work, chosen, side=SIDE):
        tell(done, count)
    rng = np.random.default_rng(1)
    maps = np.lib.format.open_memmap(work / MAPS, mode="w+", dtype=np.float16, shape=(count, 10, 10, 256))
    for row in range(count):
        maps[row] = rng.standard_normal(maps.shape[1:], dtype=np.float32)
    maps.flush()


def _dropped(file: Path) -> None:
    """Drop what the system keeps of a file in memory, where a system can be told to."""
    if hasattr(os, "posix_fadvise"):
        with file.open("rb") as reading:
            os.fsync(reading.fileno())
            os.posix_fadvise(reading.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


def _task(work: Path, arguments: argparse.Namespace, steps: int) -> HouseTask:
    photos = albums.opened(work).pixels
    descriptors = np.random.default_rng(2).standard_normal((len(photos), 512), dtype=np.float32).astype(np.float16)
    maps: Array = np.load(work / MAPS, mmap_mode="r", allow_pickle=False)
    return HouseTask(
        photos,
        np.arange(len(photos)) % 100,
        TeacherTargets(descriptors, maps[: len(photos)]),
        batch=arguments.batch,
        steps=steps,
        sides=((0, arguments.side),),
        mild=0,
        held_out=0,
        seed=0,
        identity={},
    )


def _plan() -> Plan:
    return Plan(
        1, partial(without_norm_decay, rate=1e-3, decay=0.05), lambda step: 1.0, clip=5.0, bf16=True, device="cpu"
    )


def _shares(task: HouseTask, work: Path) -> dict[str, float]:
    """What the loop's time goes into while nothing else runs, and no photo has been read before."""
    for name in (albums.PIXELS, MAPS):
        _dropped(work / name)
    with tempfile.TemporaryDirectory() as folder:
        [spent] = [event.seconds for event in train(task, _plan(), Path(folder)) if isinstance(event, Epoch)]
    return {name: seconds / sum(spent.values()) for name, seconds in spent.items()}


def _looped(task: HouseTask, folder: Path) -> Iterator[float]:
    """Seconds of each of the loop's steps."""
    events = train(task, _plan(), folder)
    next(events)
    start = time.perf_counter()
    for event in events:
        if isinstance(event, StepReport):
            yield time.perf_counter() - start
        start = time.perf_counter()


def _plain(task: HouseTask) -> Callable[[int], float]:
    """The same step as a training script has it; takes its number and tells its seconds."""
    module = task.module.to(memory_format=torch.channels_last).train()  # type: ignore[call-overload]
    optimiser = without_norm_decay(module, rate=1e-3, decay=0.05)
    timer, worker, generator = Timer(), Worker(0, 1, torch.device("cpu")), torch.Generator().manual_seed(0)

    def step(number: int) -> float:
        with timer.running("step"):
            batch = task.prepare(task.load(number, worker), number, generator)
            with torch.autocast("cpu", dtype=torch.bfloat16):
                losses = module(*batch)
            optimiser.zero_grad()
            sum(losses.values()).backward()
            optimiser.step()
        return timer.taken()["step"]

    return step


if __name__ == "__main__":
    options = parser(__doc__ or "")
    options.add_argument("--steps", type=int, default=30, help="of each that are counted; by default 30")
    options.add_argument("--batch", type=int, default=128, help="photos of a step; by default 128")
    options.add_argument("--side", type=int, default=96, help="of a view in pixels; by default 96")
    options.add_argument(
        "--photos", type=Path, nargs="+", metavar="PHOTOS", help=f"folders or Parquet files; by default {PACK}"
    )
    launch(options, main)
