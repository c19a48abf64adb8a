"""A learner: takes an approach from pretrained weights to a descriptor, through the one training loop."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from resight.metrics.collapse import mean_cosine
from resight.nn.loop import schedules
from resight.progress import Job, Progress
from resight.training import leak_audit
from resight.training.history import History, noted, opened
from resight.training.interruption import Stop, StopRequested
from resight.types import UNKNOWN, Array

from .approach import MuseumConfig, MuseumRow, decisive, miner_options

if TYPE_CHECKING:
    from resight.nn.augmentation.preprocessing import Preprocessing
    from resight.nn.loop.task import JudgedTask, Plan
    from resight.nn.networks.architectures import Network
    from resight.nn.networks.descriptors import Descriptor


class Learner:
    """A row on one set of references: its network, what that learns, and the descriptor that comes of it.

    Rows ``learned`` of the photos are learned from; those ``held_out`` are only known, and judge what is learned. What
    is the same photo as one that is learned would judge nothing, and is neither: ``leaks`` are these.
    """

    def __init__(
        self,
        row: MuseumRow,
        *,
        names: Sequence[str],
        photos: Array,
        instances: Array,
        made_of: Mapping[str, str],
        work: Path,
        file: Path,
        stop: Stop,
    ) -> None:
        self.row, self.config, self.photos, self.instances = row, row.config, photos, instances
        self.made_of, self.work, self.file, self.stop = made_of, work, file, stop
        self.history: History | None = None
        asked = held_out(instances)
        self.learned = np.setdiff1d(np.arange(len(photos)), asked)
        self.leaks = leak_audit.between(leak_audit.decoded(names, photos), self.learned, asked)
        self.held_out = asked[~np.isin([names[row] for row in asked], [leak.query for leak in self.leaks])]

    def descriptor(self) -> Job[Descriptor]:
        """The descriptor of photos, once all that the row learns is learned."""
        from resight.nn.losses import CLASSIFICATION, REGION
        from resight.nn.networks.pretrained import fastest, whole

        approach, network = self.row.approach, whole(self.row.backbone.architecture, self.file).to(fastest())
        if approach.loss in (*CLASSIFICATION, *REGION):
            network = yield from self._classified(network, approach.loss)
        elif approach.after is not None:
            network = yield from self._classified(network, approach.after)
        descriptor = yield from self._features(network)
        descriptor.to(fastest())
        if approach.miner is not None:
            descriptor = yield from self._mined(descriptor)
        return descriptor

    def described(self, descriptor: Descriptor, photos: Array, stage: str) -> Job[Array]:
        """Unit rows of photos ``(n, h, w, 3)``."""
        from resight.nn.augmentation.preprocessing import predict_batches

        found: list[Array] = []
        for rows in predict_batches(descriptor, photos, self._single_scale()):
            if self.stop():
                raise StopRequested
            found.append(rows)
            yield Progress(stage, sum(map(len, found)), len(photos), remark=self.row.name)
        return np.concatenate(found)

    def verdicts(self, descriptors: Array) -> list[dict[str, Any]]:
        """Verdicts on what the row learned last, with what to try; ``descriptors`` are those of its references.

        Where no photo is held out nothing says whether more than these photos is learned: CBT is not judged.
        """
        if self.history is None:
            return []
        scores = self.history.scores if len(self.held_out) else ()
        return [verdict.to_dict() for verdict in self.history.verdicts(scores, cosine=mean_cosine(descriptors))]

    @cached_property
    def preprocessing(self) -> Preprocessing:
        """Preprocessing while the row learns from photos: normalised by these alone."""
        from resight.nn.augmentation.preprocessing import preprocessing_of

        config = self.config
        return preprocessing_of(
            self.row.backbone.architecture,
            self.photos,
            self.learned,
            normalisation=config.normalisation,
            augmentation=config.augmentation,
            sides=config.scales if self.row.approach.features == "regions" else (config.side,),
        )

    def _single_scale(self) -> Preprocessing:
        """Preprocessing where photos are described: at the first of the sides alone."""
        return replace(self.preprocessing, sides=self.preprocessing.sides[:1])

    def _features(self, network: Network) -> Job[Descriptor]:
        from resight.nn.loop.optimisers import freeze
        from resight.nn.networks import descriptors
        from resight.nn.networks.architectures import architecture

        plan, config = architecture(self.row.backbone.architecture), self.config
        if self.row.approach.miner is not None:
            freeze(network, self.row.backbone.frozen)
        if self.row.approach.features == "full":
            return descriptors.ClassScores(network)
        if self.row.approach.features == "conv":
            return descriptors.FlattenedMap(network, plan.layer)
        if self.row.approach.features == "head":
            head = yield from self._head(descriptors.FlattenedMap(network, plan.layer))
            return descriptors.ProjectedMap(network, plan.layer, head)
        head = yield from self._head(descriptors.SurestWindow(network, plan.layer, side=config.side))
        return descriptors.SubRegions(network, plan.layer, head, side=config.side, count=config.regions)

    def _head(self, descriptor: Descriptor) -> Job[Any]:
        """The PCA of the references as they are, and of views of them until there are enough."""
        from resight.nn.augmentation.preprocessing import predict
        from resight.nn.networks.heads import ProjectionHead

        found: list[Array] = []
        wanted = max(self.config.fitted, 2)
        while (rows := sum(map(len, found))) < wanted:
            if self.stop():
                raise StopRequested
            photos = self.photos[self.learned[: wanted - rows]]
            views = self.config.seed + len(found) if found else None
            found.append(predict(descriptor, photos, self._single_scale(), views=views))
            yield Progress("head", rows + len(photos), wanted, remark=self.row.name)
        return ProjectionHead.fitted(np.concatenate(found), self.config.width)

    def _classified(self, network: Network, loss: str) -> Job[Network]:
        """The network once it tells the references' instances apart."""
        from resight.nn.loop.optimisers import freeze
        from resight.nn.losses import REGION
        from resight.nn.networks.fully_convolutional import fully_convolutional, refill
        from resight.nn.networks.pretrained import fastest, reclassified
        from resight.nn.tasks.classification import Classification, ClassificationTask, right

        named = self.learned[self.instances[self.learned] != UNKNOWN]
        classes = len(np.unique(self.instances[named]))
        reclassified(network, classes, rng=np.random.default_rng(self.config.seed))
        freeze(network, self.row.backbone.frozen)
        form = fully_convolutional(network, side=self.config.side) if loss in REGION else network
        held = len(self.held_out) > 0
        asked = self.held_out if held else named
        photos, labels = self.photos[asked], self.instances[asked]
        views = None if held else self.config.seed  # what is learned is asked in views, for the curve alone

        def validation(module: Any) -> float:
            return float(right(module.network, photos, labels, self.preprocessing, views=views).mean())

        config = self.row.before
        task = ClassificationTask(
            Classification(form, loss),
            self.photos,
            self.instances,
            named,
            self.preprocessing,
            batch=config.batch,
            seed=config.seed,
            validation=validation,
            identity=self._identity(config, loss),
        )
        module = yield from self._trained(task, config, self.work / "trained" / f"{self.row.group}-{loss}")
        refill(network, module.network)
        return network.to(fastest())

    def _mined(self, descriptor: Descriptor) -> Job[Descriptor]:
        """The descriptor once it has learned from pairs or triplets."""
        from resight.nn.networks.descriptors import SubRegions
        from resight.nn.tasks.batch_mining import BatchMiningTask
        from resight.nn.tasks.siamese import SiameseTask, Tuples, items, nearest_right

        if isinstance(descriptor, SubRegions):
            descriptor.classifier.requires_grad_(False)  # it only says where to look, which has no gradient

        held = len(self.held_out) > 0
        asked, views = (self.held_out, None) if held else (self.learned, self.config.seed)
        known = self.photos[self.learned] if held else self.photos  # on disk, where it is all of them
        pictures = self.photos[asked] if held else self.photos
        labels = self.instances[self.learned], self.instances[asked]

        def validation(module: Descriptor) -> float:
            return float(nearest_right(module, (known, pictures), labels, self._single_scale(), views=views).mean())

        approach = self.row.approach
        assert approach.loss is not None
        assert approach.miner is not None
        learned = self.learned[items(self.instances[self.learned], views=self.config.augmentation != "none")]
        tuples = Tuples(
            self.photos,
            self.instances[learned],
            learned,
            self._single_scale(),
            loss=approach.loss,
            miner=approach.miner,
            mining=miner_options(approach.miner, self.config),
            margin=self.config.margin,
            batch=self.config.batch,
            seed=self.config.seed,
        )
        identity = self._identity(self.config, f"{approach.loss} {approach.miner}")
        task: JudgedTask
        if self.config.mining == "set":
            task = SiameseTask(descriptor, tuples, validation=validation, identity=identity)
        else:
            task = BatchMiningTask(descriptor, tuples, validation=validation, identity=identity)
        module = yield from self._trained(task, self.config, self.work / "trained" / self.row.name)
        trained: Descriptor = module.descriptor
        return trained

    def _trained(self, task: JudgedTask, config: MuseumConfig, folder: Path) -> Job[Any]:
        """Trains a task by the one training loop."""
        from resight.nn.loop.follow import follow
        from resight.nn.loop.loop import train

        history = self.history = opened(folder)
        history.begin(task)
        events = noted(train(task, _plan(config, task.steps), folder, stop=self.stop), task, history, folder)
        ended = yield from follow(events, folder.name, score="P@1 of views")
        if ended.reason == "stopped":
            raise StopRequested
        return ended.module

    def _identity(self, config: MuseumConfig, loss: str) -> dict[str, Any]:
        """Identity that a checkpoint must agree with; the number of epochs may grow."""
        kept = {name: value for name, value in decisive(config).items() if name != "epochs"}
        held = {"held_out": len(self.held_out)} if len(self.held_out) else {}
        from resight.nn.networks import weights

        made_of = {"network": self.row.backbone.architecture, "weights": weights.digest(self.file)}
        return {**made_of, "loss": loss, **self.made_of, **held, **kept}


def held_out(instances: Array) -> Array:
    """Rows to judge by what is learned from the others: the last photo of each named instance that has three or more.

    Two at least remain of it, which are a positive pair.
    """
    named, counts = np.unique(instances[instances != UNKNOWN], return_counts=True)
    return np.array([np.flatnonzero(instances == each)[-1] for each in named[counts >= 3]], np.int64)


def _plan(config: MuseumConfig, steps: int) -> Plan:
    from resight.nn.loop.optimisers import groups, optimiser
    from resight.nn.loop.task import Plan

    def descent(module: Descriptor) -> Any:
        learning = groups(module, rate=config.rate)
        return optimiser("sgd", learning, rate=config.rate, momentum=config.momentum, decay=config.decay)

    every = config.anneal_after or config.epochs + 1
    return Plan(
        epochs=config.epochs,
        optimiser=descent,
        rate=lambda step: schedules.step(step // steps, every=every),
        averaging=0.0,  # the paper takes the weights as they are at the end
        micro_batch=config.micro_batch,
        seed=config.seed,
    )
