"""The house recipe: the small encoder that resight carries, from random weights.

It learns from everyday photos in simulated views: that two views show one photo, what a larger network says of the
photo as it was, and the photos' labels. The rate is constant and then falls in a short decay that branches off, so
that training can be gone on with later: with more ``epochs`` the same command continues where the decay began.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from resight import conversion
from resight.core.stable_decay import stable_decay
from resight.errors import DatasetError
from resight.io.manifest import discover
from resight.io.model_card import ModelCard
from resight.progress import Progress
from resight.training import album
from resight.training.album import Album
from resight.types import Preprocess

if TYPE_CHECKING:
    from resight.nn.events import Epoch
    from resight.nn.house_task import HouseTask
    from resight.nn.task import Plan
    from resight.nn.teacher import Lessons


@dataclass(frozen=True, slots=True)
class Config:
    """What the recipe does.

    Attributes
    ----------
    epochs : at the full rate; an epoch is ``steps`` batches, after which training is validated and saved.
    decay : epochs in which the rate falls to zero.
    batch : photos of a step, each seen in two views.
    sides : from which epoch on views have which side, in pixels; ``decay_side`` is that of the decay.
    rate, warmup, weight_decay, averaging, clip : of AdamW; the warmup is in steps.
    bf16 : whether the network computes in bfloat16 while it learns.
    held_out : photos kept to validate on.
    album_side : of the decoded photos, pixels.
    taught, taught_map : dimensions of the teacher's whitened descriptors and maps.
    long_side : of a photo for the finished encoder, pixels.
    seed : of everything drawn.
    """

    epochs: int = 60
    decay: int = 6
    batch: int = 128
    steps: int = 128
    sides: tuple[tuple[int, int], ...] = ((0, 96), (14, 128))
    decay_side: int = 160
    rate: float = 1e-3
    warmup: int = 500
    weight_decay: float = 0.05
    averaging: float = 0.999
    clip: float = 5.0
    bf16: bool = True
    held_out: int = 1024
    album_side: int = 160
    taught: int = 512
    taught_map: int = 256
    long_side: int = 320
    seed: int = 0


CHANGEABLE = ("epochs", "decay", "decay_side", "sides", "long_side")
"""Settings with which a checkpoint may be gone on from under others."""


def run(
    photos: Sequence[Path],
    work: Path,
    output: Path,
    *,
    teacher: Path,
    config: Config | None = None,
    stop: Callable[[], bool] = lambda: False,
) -> Iterator[Progress]:
    """Train on the photos of folders and Parquet files and write the encoder to the folder ``output``.

    ``work`` keeps decoded photos, the teacher's answers and checkpoints; the same command goes on from there.
    ``teacher`` is the weight file of ResNet-50 v2. When ``stop()`` says so, training is saved and nothing is written to
    ``output``. Raises DatasetError, ModelError and TrainingError.
    """
    config = config or Config()
    with conversion.torch_wanted():
        from resight.nn.loop import CHECKPOINT
    album = yield from _album(photos, work, config)
    lessons = yield from _lessons(album, work, teacher, config)
    stable, decay = work / "stable", work / f"decay-{config.epochs}"
    steady = _task(album, lessons, config)
    last = yield from _train(steady, _plan(config, config.epochs), stable, stop, "training")
    if last is None or stop():
        return
    falling = _task(album, lessons, replace(config, sides=((0, config.decay_side),)))
    plan = _plan(config, config.epochs + config.decay, decay=config.decay)
    last = yield from _train(falling, plan, decay, stop, "decay", start=stable / CHECKPOINT)
    if last is None or last.number < plan.epochs:
        return
    yield Progress("model", 1, 1, _written(last, album, output, config))


def _album(photos: Sequence[Path], work: Path, config: Config) -> Iterator[Progress]:
    entries = [entry for entry in discover(list(photos)).entries if entry.split in ("train", "reference")]
    if len(entries) <= config.held_out + config.batch:
        raise DatasetError(
            f"{len(entries)} photos to learn from; wanted more than the {config.held_out} held out and a batch of "
            f"{config.batch}: add photos, or hold out fewer"
        )
    for progress in album.fill(work, entries, side=config.album_side):
        yield progress
    return progress.report
