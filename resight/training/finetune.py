"""Fine-tuning: an encoder learns to tell a user's things apart, and what it was worth before and after is measured."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Unpack, cast

from resight.errors import TrainingError, torch_wanted
from resight.io import model_folder
from resight.io.datasets.place import Root, several
from resight.io.datasets.preflight import PLAIN, DatasetRead
from resight.io.lock import WriterLock
from resight.progress import Interrupted, Job, Watch, finished

from . import build
from . import report as reports
from .config import adjusted
from .fine_tuning_run import FineTuningRun, work_folder
from .history import History, opened
from .interruption import Stop, StopRequested
from .outcome import TrainingOutcome
from .settings import FineTuningConfig, Settings, require_sound
from .settings import preset as named
from .training_set import labelled_photos, survey_photos


def kept_so_far(output: Path) -> History:
    """The curves of a training that was stopped before its model was written; empty ones where there is none."""
    return opened(work_folder(output))


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
    stop: Stop = lambda: False,
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
    dataset = labelled_photos(photos)
    entries, said = dataset.entries, survey_photos(dataset)
    with torch_wanted("training"):
        build.require_known(config)
        from resight.nn.loop import tensorboard
        from resight.nn.loop.distributed import joined, together
    if config.board:
        tensorboard.require()
    if report:
        reports.require()
    worker = joined(config.device or None)
    course = FineTuningRun(entries, output, start, architecture, config, report, worker, stop)
    try:
        with together():
            if not worker.leads:
                for _ in course.follow():
                    pass
                return None
            with _alone(course.work):
                if said != PLAIN:
                    yield DatasetRead.of(said, len(entries))
                outcome = yield from course.lead()
    except StopRequested:
        return Interrupted(course.work)
    shutil.rmtree(course.work, ignore_errors=True)  # where an open file cannot go, what is done is done all the same
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
