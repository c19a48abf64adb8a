"""The house recipe: the small encoder that resight carries, from random weights.

It learns from everyday photos in simulated views: that two views show one photo, what a larger network says of the
photo as it was, and the photos' labels. The rate is constant and then falls in a short decay that branches off, so
that training can be gone on with later: with more ``epochs`` the same command continues where the decay began.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from resight.errors import DatasetError, ModelError, torch_wanted
from resight.io import model_folder
from resight.io.datasets.dataset import Dataset, Entry, discover
from resight.io.datasets.preflight import DatasetRead, Outset
from resight.io.model_card import ModelCard
from resight.io.scratch_folder import scratch
from resight.nn.loop.stable_decay import stable_decay
from resight.nn.mining.sampler import parted
from resight.progress import Interrupted, Job, Progress
from resight.training import decoded_photos, leak_audit, model_conversion, whitening_background
from resight.training.decoded_photos import DecodedPhotos
from resight.training.interruption import Stop, StopRequested, until_stopped
from resight.types import Preprocess

from .config import CHANGEABLE, HouseConfig, require_sound

if TYPE_CHECKING:
    from resight.nn.loop.events import Event, RunEnd
    from resight.nn.loop.task import Plan
    from resight.nn.loop.timer import Timer

    from .task import HouseTask
    from .teacher import TeacherTargets

ARCHITECTURE: Final = "house"
TEACHER: Final = "resnet50v2"


def run(
    photos: Sequence[Path],
    work: Path,
    output: Path,
    *,
    teacher: Path,
    config: HouseConfig | None = None,
    stop: Stop = lambda: False,
) -> Job[dict[str, Any] | Interrupted]:
    """Train on the photos of folders and Parquet files, and write the encoder as the model folder ``output``.

    ``work`` keeps decoded photos, the teacher's answers and checkpoints; the same command goes on from there.
    ``teacher`` is the weight file of TEACHER. Where ``stop()`` says so, training is saved and no model is written.
    Under torchrun the leading worker prepares and writes. Raises DatasetError, ModelError, TrainingError, and
    MissingExtra without torch.
    """
    config = config or HouseConfig()
    require_sound(config)
    model_folder.vacant(output)  # known at once, not after hours
    if not teacher.is_file():
        raise ModelError(f"there is no file {str(teacher)!r}; wanted the teacher's weights: check the path")
    try:
        return (yield from _run(photos, work, output, teacher, config, stop))
    except StopRequested:
        return Interrupted(work)


def held_out(photos: Sequence[Path], card: ModelCard) -> tuple[Entry, ...]:
    """Photos that a model of this recipe was made of and did not learn from.

    Raises DatasetError where it was made of others, or the folders and files come in another order.
    """
    entries, config = _entries(photos), card.config
    if not {"photos", "album", "held_out", "seed"} <= config.keys():
        raise DatasetError(f"the card of {card.name!r} does not say what it was made of; wanted a model of this recipe")
    if (found := decoded_photos.identity_of(entries, config["album"])) != config["photos"]:
        raise DatasetError(
            f"these {len(entries)} photos are {found[:12]}, and {card.name!r} was made of {config['photos'][:12]}: "
            "name the folders and files that the recipe was given, in the same order"
        )
    rows, _ = parted(len(entries), held_out=config["held_out"], seed=config["seed"])
    return tuple(entries[row] for row in rows)


def _run(
    photos: Sequence[Path], work: Path, output: Path, teacher: Path, config: HouseConfig, stop: Stop
) -> Job[dict[str, Any] | Interrupted]:
    with torch_wanted("training"):
        from resight.nn.loop.distributed import joined
        from resight.nn.loop.loop import CHECKPOINT, train
        from resight.nn.loop.timer import Timer
    worker = joined(config.device or None)  # a device that is not there is known at once, too
    if worker.leads:
        album = yield from until_stopped(_decoded(photos, work, config), stop)
        targets = yield from until_stopped(_taught(album, work, teacher, config), stop)
    else:
        album, targets = _awaited(work, stop)
    stable = work / "stable"
    board = work / "board" if config.board else None
    task = _task(album, targets, config)
    leaks = (yield from _audited(album, task)) if worker.leads else 0
    steady, spent = train(task, _plan(config), stable, stop=stop), Timer()
    ended = yield from _told(steady, "training", board, spent)
    if ended.reason == "done" and config.decay:
        falling = _task(album, targets, replace(config, sides=((0, config.decay_side),)))
        branch, start = work / f"decay-{config.epochs}-{config.decay}", stable / CHECKPOINT
        decay = train(falling, _plan(config, decay=True), branch, start=start, stop=stop)
        ended = yield from _told(decay, "decay", board, spent)
    if ended.reason != "done":
        return Interrupted(ended.file)
    if worker.leads:
        yield from until_stopped(_written(ended, album, photos, output, config), stop)
    report = {"steps": ended.done, "photos": len(album), "left out": len(album.skipped), "P@1 of views": ended.score}
    report |= {"held out": config.held_out, "held out, yet learned": leaks}
    return {**report, "share of time waiting for photos": spent.share("waiting")}


def _awaited(work: Path, stop: Stop) -> tuple[DecodedPhotos, TeacherTargets]:
    """Awaits the leading worker's decoded photos and what the teacher told it."""
    from . import teacher

    while (targets := teacher.load_targets(work)) is None:
        if stop():
            raise StopRequested
        time.sleep(0.2)
    return decoded_photos.opened(work), targets


def _entries(photos: Sequence[Path]) -> tuple[Entry, ...]:
    return _learnable(discover(list(photos)))


def _learnable(dataset: Dataset) -> tuple[Entry, ...]:
    return dataset.of("train", "reference")


def _decoded(photos: Sequence[Path], work: Path, config: HouseConfig) -> Job[DecodedPhotos]:
    dataset = discover(list(photos))
    entries = _learnable(dataset)
    yield DatasetRead.of(Outset(survey=dataset.survey), len(entries))
    if len(entries) < config.held_out + config.batch:
        raise DatasetError(
            f"{len(entries)} photos are there to learn from; wanted {config.held_out} to hold out and a batch of "
            f"{config.batch} at least: add photos, or set held_out and batch lower"
        )
    return (yield from decoded_photos.filled(work, entries, side=config.album))


def _taught(album: DecodedPhotos, work: Path, file: Path, config: HouseConfig) -> Job[TeacherTargets]:
    from resight.nn.networks import architectures, weights

    from . import teacher

    origin = {
        "album": album.identity,
        "content": album.content,
        "photos": len(album),
        "teacher": weights.digest(file),
        "dims": config.taught,
        "channels": config.taught_map,
    }
    before = teacher.settled(work, origin)
    if (kept := teacher.load_targets(work)) is not None:
        remark = "targets without a note of what they are made of are taken for this teacher's" if before else ""
        yield Progress("teacher", len(album), len(album), remark=remark)
        return kept
    plan = architectures.architecture(TEACHER)
    network, _ = architectures.build(plan, weights.read(file), layer=plan.layer)
    module = architectures.PhotoNetwork(network, Preprocess(mean=plan.mean, std=plan.std))
    dims, channels, device = config.taught, config.taught_map, config.device or None
    for done in teacher.teach(module, album.pixels, work, dims=dims, channels=channels, device=device):
        yield Progress("teacher", done, len(album))
    targets = teacher.load_targets(work)
    assert targets is not None
    return targets


def _audited(album: DecodedPhotos, task: HouseTask) -> Job[int]:
    """Number of held-out photos that are among those that are learned as well, by content or by looks."""
    found = leak_audit.among(album, task.held_out, task.learned)
    count, asked = len(found), len(task.held_out)
    remark = f"{count} of {asked} held-out photos are learned, too, the first: {found[0].query}" if found else ""
    yield Progress("leak audit", asked, asked, remark=remark)
    return count


def _task(album: DecodedPhotos, targets: TeacherTargets, config: HouseConfig) -> HouseTask:
    from .task import HouseTask

    kept = {name: value for name, value in asdict(config).items() if name not in CHANGEABLE}
    return HouseTask(
        album.pixels,
        album.labels,
        targets,
        batch=config.batch,
        steps=config.steps,
        sides=config.sides,
        mild=config.mild,
        held_out=config.held_out,
        seed=config.seed,
        identity={"architecture": ARCHITECTURE, **album.made_of, **kept},
    )


def _plan(config: HouseConfig, *, decay: bool = False) -> Plan:
    from resight.nn.loop.optimisers import without_norm_decay
    from resight.nn.loop.task import Plan

    start = config.epochs * config.steps if decay else None
    length = max(config.decay * config.steps, 1)
    return Plan(
        epochs=config.epochs + (config.decay if decay else 0),
        optimiser=partial(without_norm_decay, rate=config.rate, decay=config.weight_decay),
        rate=partial(stable_decay, warmup=config.warmup, start=start, length=length),
        averaging=config.decay_averaging if decay else config.averaging,
        clip=config.clip,
        bf16=config.bf16,
        seed=config.seed,
        device=config.device or None,
    )


def _told(events: Iterator[Event], stage: str, board: Path | None, spent: Timer) -> Job[RunEnd]:
    """Tell a loop's events as progress, and add up what their time was spent on; the last one."""
    from resight.nn.loop.events import Epoch
    from resight.nn.loop.follow import follow
    from resight.nn.loop.tensorboard import recorded

    def timed() -> Iterator[Event]:
        for event in events if board is None else recorded(events, board):
            if isinstance(event, Epoch):
                spent.add(event.seconds)
            yield event

    return follow(timed(), stage, score="P@1")


def _written(
    ended: RunEnd, album: DecodedPhotos, photos: Sequence[Path], output: Path, config: HouseConfig
) -> Job[None]:
    from resight.nn.networks import architectures

    from .distillation import Student

    assert isinstance(ended.module, Student)
    plan = architectures.architecture(ARCHITECTURE)
    network = ended.module.network.cpu()
    channels, stride = architectures.measure(network)
    card = ModelCard(
        name=ARCHITECTURE,
        architecture=ARCHITECTURE,
        cut=plan.layer,
        channels=channels,
        stride=stride,
        preprocess=Preprocess(long_side=config.long_side, mean=plan.mean, std=plan.std),
        recipe="house",
        config={**asdict(config), "teacher": TEACHER, "photos": album.identity},
    )
    metrics = {"steps": ended.done, "photos": len(album), "p_at_1_of_views": ended.score}
    with scratch() as place:
        plain = model_conversion.package(network, place / "house", card=card, metrics=metrics, half=config.half)
        yield from whitening_background.give(plain, output, _entries(photos), photos=config.background)
