"""Run of a fine-tuning: photos are decoded, the encoder is measured, learns, is measured again and is written."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import numpy as np

from resight.errors import TrainingError
from resight.features.encoder import global_encoder
from resight.io import model_folder
from resight.io.datasets.dataset import Entry
from resight.io.model_folder import Model
from resight.progress import Job, Progress
from resight.types import Image

from . import build, history, model_conversion, report
from .history import EpochDone, History
from .interruption import Stop, StopRequested, until_stopped
from .measurement import measured
from .model_conversion import starting_model, trainable_network
from .outcome import TrainingOutcome
from .settings import FineTuningConfig
from .training_set import TrainingSet, prepare_training_set

if TYPE_CHECKING:
    from resight.nn.loop.distributed import Worker
    from resight.nn.loop.events import Event, RunEnd
    from resight.nn.networks.architectures import Network
    from resight.nn.tasks.embedder import Embedder
    from resight.nn.tasks.fine_tuning import FineTuning


def work_folder(output: Path) -> Path:
    """Folder where a training keeps what it goes on from until its model is written."""
    return _beside(output, ".training")


def report_file(output: Path) -> Path:
    """The file of a training's report: beside the model, in whose folder nothing may be that its card does not list."""
    return _beside(output, ".html")


def board_folder(output: Path) -> Path:
    """The folder of a training's curves for TensorBoard, where they are wanted."""
    return _beside(output, ".board")


def _beside(output: Path, ending: str) -> Path:
    if not output.name:  # the working folder, or the root
        raise TrainingError(f"the model {str(output)!r} has no name; wanted that of a folder yet to be made: name one")
    return output.with_name(f"{output.name}{ending}")


@dataclass(frozen=True, slots=True, eq=False)
class FineTuningRun:
    """A fine-tuning that one worker takes part in.

    Attributes
    ----------
    entries : the photos.
    output : the model folder to write.
    start, architecture : a model folder, or a weight file of that architecture; None is the encoder that ships.
    config : the settings.
    has_report : whether a page is written, too.
    worker : this process, alone or among others.
    stop : whether an end is asked for.
    """

    entries: Sequence[Entry]
    output: Path
    start: Path | None
    architecture: str | None
    config: FineTuningConfig
    has_report: bool
    worker: Worker
    stop: Stop

    @property
    def work(self) -> Path:
        """Folder of what the run goes on from."""
        return work_folder(self.output)

    def lead(self) -> Job[TrainingOutcome]:
        """Decode, measure, learn, measure and write; raises StopRequested where an end is asked for."""
        origin = starting_model(self.start, self.architecture, self.work / "start")
        learning = trainable_network(origin)
        build.require_learning(learning, origin, self.config)
        global_encoder(origin.folder)  # that it runs is known now, and not once all photos are decoded
        training_set = yield from until_stopped(self._decode(), self.stop)
        self.worker.meet()
        layers = {"before": _first_layers(learning, training_set, origin)}
        before = yield from until_stopped(measured("before", origin.folder, training_set, self.config), self.stop)
        task = build.task(learning, origin, training_set, self.config, workers=self.worker.count)
        course = history.opened(self.work)
        embedder, ended = yield from self._learn(task, course)
        layers["after"] = _first_layers(embedder.network, training_set, origin)
        with TemporaryDirectory(dir=self.work) as scratch:
            made = self._package(embedder, origin, training_set, Path(scratch) / "model")
            after = yield from until_stopped(measured("after", made.folder, training_set, self.config), self.stop)
            judged = course.verdicts(course.scores, cosine=course.cosine)
            how = ended.reason, ended.epoch
            outcome = TrainingOutcome(
                self.output, origin, self.config, training_set, course, before, after, judged, *how, layers
            )
            self._write(made, outcome)
        return outcome

    def follow(self) -> Iterator[object]:
        """Learn a share of each step beside the leading worker, from what that has decoded; nothing is written."""
        from resight.nn.loop.loop import train

        self.worker.meet()
        origin = starting_model(self.start, self.architecture, self.work / "start", made=True)
        training_set = yield from self._decode()
        task = build.task(trainable_network(origin), origin, training_set, self.config, workers=self.worker.count)
        yield from train(task, build.plan(task, self.config), self.work, stop=self.stop)

    def _decode(self) -> Job[TrainingSet]:
        config = self.config
        kind, share = config.split, config.held_out
        return prepare_training_set(
            self.entries, self.work, side=config.album, kind=kind, share=share, seed=config.seed
        )

    def _learn(self, task: FineTuning, course: History) -> Job[tuple[Embedder, RunEnd]]:
        """Train, and mix what was learned with what the encoder was; its course is noted as it goes."""
        from resight.nn.loop.loop import train
        from resight.nn.loop.tensorboard import recorded
        from resight.nn.tasks.fine_tuning import mixed

        began = {name: leaf.clone() for name, leaf in task.module.state_dict().items()}
        course.begin(task)
        events = train(task, build.plan(task, self.config), self.work, stop=self.stop)
        if self.config.board:
            events = recorded(events, board_folder(self.output))
        ended = yield from _told(events, task, self.config.epochs, self.work, course)
        if ended.reason == "stopped":
            raise StopRequested
        embedder = _embedder(ended)
        mixed(embedder, began, self.config.kept)
        return embedder, ended

    def _package(self, embedder: Embedder, origin: Model, training_set: TrainingSet, folder: Path) -> Model:
        """The trained encoder as a model folder, with the settings and the photos that it was made with on its card."""
        aggregate: dict[str, Any] = dict(origin.card.aggregate)
        if embedder.exponent is not None:
            aggregate["p"] = embedder.exponent
        settings = {**asdict(self.config), "start": origin.fingerprint, "photos": training_set.learned_identity}
        card = replace(origin.card, name=self.output.name, recipe="train", config=settings, aggregate=aggregate)
        return model_conversion.package(embedder.network, folder, card=card, arrays=origin.arrays)

    def _write(self, made: Model, outcome: TrainingOutcome) -> None:
        """Write the report, where one is wanted, and the model with its figures.

        The model comes last: while there is none, the same command goes on from the checkpoint, whatever failed.
        """
        if self.has_report:
            report.write(outcome, report_file(self.output))
        files = {name: made.folder / name for name in (*model_folder.BACKBONE, model_folder.WEIGHTS)}
        model_folder.save(made.card, self.output, files=files, arrays=made.arrays, metrics=outcome.to_dict())


def _told(events: Iterator[Event], task: FineTuning, epochs: int, work: Path, course: History) -> Job[RunEnd]:
    """Tell the loop's events as progress and in the history; the last one."""
    from resight.nn.loop.events import Epoch, RunStart
    from resight.nn.loop.follow import follow

    def tell(event: Event) -> Iterator[Progress]:
        if isinstance(event, RunStart):  # the epochs that were done before, none of them counted as done just now
            done = event.done // task.steps
            known = (number for number in range(1, done + 1) if str(number) in course.epochs)
            yield from (EpochDone.of(course, number, done, epochs) for number in known)
        if isinstance(event, Epoch):
            yield EpochDone.of(course, event.number, event.number, event.total, event.trouble)

    noted = history.noted(events, task, course, work, cosine=lambda: task.cosine)
    return follow(noted, "training", score="P@1", tell=tell)


def _embedder(ended: RunEnd) -> Embedder:
    from resight.nn.tasks.embedder import Embedder

    assert isinstance(ended.module, Embedder)
    return ended.module.cpu()


def _first_layers(learning: Network, training_set: TrainingSet, origin: Model) -> dict[str, Any]:
    """The first layers' filters, and their maps of the first known photo."""
    from resight.nn.networks import first_layers

    photo: Image = np.array(training_set.decoded.pixels[training_set.parts.known[0]])
    return {
        "photo": photo,
        "filters": first_layers.filters(learning),
        "maps": first_layers.maps(learning, photo, origin.card.preprocess),
    }
