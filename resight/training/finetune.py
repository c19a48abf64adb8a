"""Fine-tuning: an encoder learns to tell a user's things apart, and what it was worth before and after is measured."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, Unpack, cast

import numpy as np

from resight.errors import TrainingError, torch_wanted
from resight.features.encoder import GlobalEncoder, global_encoder
from resight.io import model_folder
from resight.io.datasets.dataset import Entry
from resight.io.datasets.place import Root, several
from resight.io.datasets.preflight import PLAIN, DatasetRead
from resight.io.images import Photo
from resight.io.lock import WriterLock
from resight.io.model_folder import Model
from resight.progress import Interrupted, Job, Progress, Watch, finished
from resight.types import Array, Image

from . import build, model_conversion
from . import history as histories
from . import report as reports
from .config import adjusted
from .decoded_photos import square
from .history import EpochDone, History
from .interruption import StopRequested, until_stopped
from .measurement import Measurement, measure
from .outcome import TrainingOutcome
from .settings import FineTuningConfig, Settings, require_sound
from .settings import preset as named
from .start import begun, network
from .training_set import Pool, beforehand, lessons, pooled

if TYPE_CHECKING:
    from resight.nn.loop.distributed import Worker
    from resight.nn.loop.events import Ended, Event
    from resight.nn.networks.architectures import Network
    from resight.nn.tasks.embedder import Embedder
    from resight.nn.tasks.fine_tuning import FineTuning


def work_folder(output: Path) -> Path:
    """Folder where a training keeps what it goes on from until its model is written."""
    return _beside(output, ".training")


def report_file(output: Path) -> Path:
    """Where a training's report lies: beside the model, in whose folder nothing may be that its card does not list."""
    return _beside(output, ".html")


def board_folder(output: Path) -> Path:
    """Where a training's curves for TensorBoard lie, where they are wanted."""
    return _beside(output, ".board")


def _beside(output: Path, ending: str) -> Path:
    if not output.name:  # the working folder, or the root
        raise TrainingError(f"the model {str(output)!r} has no name; wanted that of a folder yet to be made: name one")
    return output.with_name(f"{output.name}{ending}")


def kept_so_far(output: Path) -> History:
    """The curves of a training that was stopped before its model was written; empty ones where there is none."""
    return histories.opened(work_folder(output))


def train(
    photos: Root | Sequence[Root],
    output: Root,
    *,
    preset: str = "contrast",
    start: Root | None = None,
    architecture: str | None = None,
    report: bool = True,
    progress: Watch | None = None,
    **settings: Unpack[Settings],
) -> TrainingOutcome:
    """Train an encoder to tell the things on photos apart, as ``resight train`` does.

    Parameters
    ----------
    photos : one or several folders with one sub-folder per thing, or Parquet files; two things at least.
    output : the model folder to write, which :func:`resight.load_encoder` and ``encoders=`` take.
    preset : what is minimised: "contrast", "multi-similarity", "smooth-ap", "triplet" or "arcface".
    start : the encoder to start from, a model folder or a weight file; by default the one that ships.
    architecture : of a weight file's network, such as "resnet18".
    report : whether a page MODEL.html is written that shows whether it worked.
    progress : told where the work stands, step by step.
    settings : what `docs/training.md` lists, such as ``epochs=30`` or ``loss="triplet-cosine"``.

    Of workers that torchrun starts, only the leading one gets the outcome; the others get None.

    A call that was interrupted goes on from its last checkpoint, in MODEL.training, when it is made again. Raises
    DatasetError, ModelError, TrainingError for a setting that there is not or that is out of range, and MissingExtra
    without torch or, for the report, matplotlib.
    """
    steps = run(
        [Path(root) for root in several(photos)],
        Path(output),
        start=None if start is None else Path(start),
        architecture=architecture,
        config=adjusted(named(preset), {**settings}),
        report=report,
    )
    return cast(TrainingOutcome, finished(steps, progress))  # nobody asks for an end


def run(
    photos: Sequence[Path],
    output: Path,
    *,
    start: Path | None = None,
    architecture: str | None = None,
    config: FineTuningConfig | None = None,
    report: bool = True,
    stop: Callable[[], bool] = lambda: False,
) -> Job[TrainingOutcome | Interrupted | None]:
    """Fine-tune an encoder on the photos of folders and Parquet files, and write it as the model folder ``output``.

    ``start`` is a model folder, or a weight file of that ``architecture``; None is the encoder that ships. A
    `work_folder` keeps decoded photos and checkpoints until the model is written; where ``stop()`` says so, training is
    saved and Interrupted returned, and the same call goes on from there; else the TrainingOutcome is. ``report`` writes
    it as a page, too. Under torchrun the leading worker decodes, measures, writes and tells; the others only learn,
    have no steps and return None. Raises DatasetError, ModelError, TrainingError, and MissingExtra without torch or,
    for the page, matplotlib.
    """
    config = config or FineTuningConfig()
    require_sound(config)  # all that can be known at once is, and not after hours
    model_folder.vacant(output)
    dataset = lessons(photos)
    entries, said = dataset.entries, beforehand(dataset)
    with torch_wanted("training"):
        build.require_known(config)
        from resight.nn.loop import tensorboard
        from resight.nn.loop.distributed import joined, together
    if config.board:
        tensorboard.require()
    if report:
        reports.require()
    work, worker = work_folder(output), joined(config.device or None)
    try:
        with together():
            if not worker.leads:
                for _ in _follow(entries, work, start, architecture, config, worker, stop):
                    pass
                return None
            with _alone(work):
                if said != PLAIN:
                    yield DatasetRead.of(said, len(entries))
                outcome = yield from _trained(entries, output, start, architecture, config, report, worker, stop)
    except StopRequested:
        return Interrupted(work)
    shutil.rmtree(work, ignore_errors=True)  # where an open file cannot go, what is done is done all the same
    return outcome


@contextmanager
def _alone(work: Path) -> Iterator[None]:
    """While no other process trains there; raises TrainingError where one does, and for a place without room for it."""
    try:
        work.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise TrainingError(
            f"{str(work)!r}, where training keeps what it goes on from, cannot be made ({error.strerror}): name "
            "another place for the model"
        ) from error
    lock = WriterLock(work, wait=0.0, error=TrainingError)
    try:
        yield
    finally:
        lock.release()


def _trained(
    entries: Sequence[Entry],
    output: Path,
    start: Path | None,
    architecture: str | None,
    config: FineTuningConfig,
    report: bool,
    worker: Worker,
    stop: Callable[[], bool],
) -> Job[TrainingOutcome]:
    from resight.nn.loop.loop import train
    from resight.nn.loop.tensorboard import recorded
    from resight.nn.tasks.fine_tuning import mixed

    work = work_folder(output)
    origin = begun(start, architecture, work / "start")
    learning = network(origin)
    build.require_learning(learning, origin, config)
    global_encoder(origin.folder)  # that it runs is known now, and not once all photos are decoded
    pool = yield from until_stopped(_pooled(entries, work, config), stop)
    worker.meet()
    seen = {"before": _first_layers(learning, pool, origin)}
    before = yield from until_stopped(_measured("before", origin.folder, pool, config), stop)
    task = build.task(learning, origin, pool, config, workers=worker.count)
    began = {name: leaf.clone() for name, leaf in task.module.state_dict().items()}
    history = histories.opened(work)
    history.begin(task)
    events = train(task, build.plan(task, config), work, stop=stop)
    if config.board:
        events = recorded(events, board_folder(output))
    ended = yield from _learned(events, task, config.epochs, work, history)
    if ended.reason == "stopped":
        raise StopRequested
    embedder = _embedder(ended)
    mixed(embedder, began, config.kept)
    trained, aggregate = embedder.network, dict(origin.card.aggregate)
    if embedder.exponent is not None:
        aggregate["p"] = embedder.exponent
    seen["after"] = _first_layers(trained, pool, origin)
    with TemporaryDirectory(dir=work) as scratch:
        settings = {**asdict(config), "start": origin.fingerprint, "photos": pool.identity}
        card = replace(origin.card, name=output.name, recipe="train", config=settings, aggregate=aggregate)
        made = model_conversion.package(trained, Path(scratch) / "model", card=card, arrays=origin.arrays)
        after = yield from until_stopped(_measured("after", made.folder, pool, config), stop)
        judged = history.verdicts(history.scores, cosine=history.cosine)
        how = ended.reason, ended.epoch
        outcome = TrainingOutcome(output, origin, config, pool, history, before, after, judged, *how, seen)
        files = {name: made.folder / name for name in (*model_folder.BACKBONE, model_folder.WEIGHTS)}
        if report:
            reports.write(outcome, report_file(output))
        model_folder.save(made.card, output, files=files, arrays=made.arrays, metrics=outcome.to_dict())
    return outcome


def _follow(
    entries: Sequence[Entry],
    work: Path,
    start: Path | None,
    architecture: str | None,
    config: FineTuningConfig,
    worker: Worker,
    stop: Callable[[], bool],
) -> Iterator[object]:
    """Learn a share of each step beside the leading worker, from what that has decoded; nothing is written."""
    from resight.nn.loop.loop import train

    worker.meet()
    origin = begun(start, architecture, work / "start", made=True)
    pool = yield from _pooled(entries, work, config)
    task = build.task(network(origin), origin, pool, config, workers=worker.count)
    yield from train(task, build.plan(task, config), work, stop=stop)


def _pooled(entries: Sequence[Entry], work: Path, config: FineTuningConfig) -> Job[Pool]:
    kind, share = config.split, config.held_out
    return pooled(entries, work, side=config.album, kind=kind, share=share, seed=config.seed)


def _measured(stage: str, folder: Path, pool: Pool, config: FineTuningConfig) -> Job[Measurement]:
    """Ask an encoder all questions, in the runtime and at the size in which it will be used."""
    encoder = global_encoder(folder)
    known, asked = pool.parts.known, pool.parts.asked
    wanted = [*((row, False) for row in known), *zip(asked, pool.parts.viewed, strict=True)]
    rows = []
    for done, (row, viewed) in enumerate(wanted, 1):
        rows.append(_described(encoder, pool, int(row), config if viewed else None))
        yield Progress(stage, done, len(wanted))
    descriptors = np.stack(rows)
    learned, questions = descriptors[: len(known)], descriptors[len(known) :]
    return measure(questions, learned, pool.same(), pool.ignored(), background=encoder.background)


def _described(encoder: GlobalEncoder, pool: Pool, row: int, viewed: FineTuningConfig | None) -> Array:
    """The descriptor ``(d,)`` of a photo, or of a view of it by that config."""
    side = encoder.extractor.preprocess.long_side
    photo = pool.entries[row].photo(long_side=side)
    if viewed is not None:
        photo = _view(photo, side, viewed, row)
    return encoder.describe(encoder.extractor.features(photo))


def _view(photo: Photo, side: int, config: FineTuningConfig, row: int) -> Photo:
    from resight.nn.tasks import fine_tuning

    image = fine_tuning.view(square(photo.image, side), config.views, config.seed + row)
    return Photo.of(image)


def _learned(events: Iterator[Event], task: FineTuning, epochs: int, work: Path, history: History) -> Job[Ended]:
    """Tell the loop's events as progress and in the history; the last one."""
    from resight.nn.loop.events import Began, Epoch
    from resight.nn.loop.follow import follow

    def tell(event: Event) -> Iterator[Progress]:
        if isinstance(event, Began):  # the epochs that were done before, none of them counted as done just now
            done = event.done // task.steps
            known = (number for number in range(1, done + 1) if str(number) in history.epochs)
            yield from (EpochDone.of(history, number, done, epochs) for number in known)
        if isinstance(event, Epoch):
            yield EpochDone.of(history, event.number, event.number, event.total, event.trouble)

    noted = histories.noted(events, task, history, work, cosine=lambda: task.cosine)
    return follow(noted, "training", score="P@1", tell=tell)


def _embedder(ended: Ended) -> Embedder:
    from resight.nn.tasks.embedder import Embedder

    assert isinstance(ended.module, Embedder)
    return ended.module.cpu()


def _first_layers(learning: Network, pool: Pool, origin: Model) -> dict[str, Any]:
    """The first layers' filters, and their maps of the first known photo."""
    from resight.nn.networks import first_layers

    photo: Image = np.array(pool.album.pixels[pool.parts.known[0]])
    return {
        "photo": photo,
        "filters": first_layers.filters(learning),
        "maps": first_layers.maps(learning, photo, origin.card.preprocess),
    }
