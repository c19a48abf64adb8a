"""The pairs recipe, step one: a classifier of Tiny ImageNet, which is to see 180 of the 200 classes.

Source: *Image similarity network* 2020; docs/papers.md says how it is read where it leaves a choice.

Reduced configs are for a processor and none of the paper's. The unseen classes are kept for step two.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from resight.errors import ModelError, torch_wanted
from resight.evaluation.duplicates import Leak
from resight.evaluation.scores import share
from resight.io.datasets.dataset import Entry, discover
from resight.io.datasets.preflight import DatasetRead, Outset
from resight.nn.loop import schedules
from resight.progress import Job, Progress
from resight.training import decoded_photos, leak_audit
from resight.training import history as histories
from resight.training.decoded_photos import DecodedPhotos
from resight.training.history import History, noted
from resight.training.interruption import Stop, StopRequested, until_stopped
from resight.training.ranges import require_within
from resight.types import Array

from . import frozen_features
from .classes import Classes
from .config import CHANGEABLE, OF_PAIRS, PairsConfig

if TYPE_CHECKING:
    from resight.nn.augmentation.preprocessing import Pipeline, Preprocessing
    from resight.nn.loop.task import Plan
    from resight.nn.networks.architectures import Network


PAPER: Final = {"resnet50": 0.6951, "vgg16": 0.6796, "cpu-resnet": 0.6951, "cpu-vgg": 0.6796}
"""Top-1 on the test photos of the seen classes (*Image similarity network* 2020, section 6)."""

TESTED: Final = 256
"""Photos that are tested between two looks at whether an end is asked for."""


AUDITED: Final = 2048
"""Photos that are looked for among the learned ones between two such looks."""


@dataclass(frozen=True, slots=True, eq=False)
class OpenedData:
    """The data set as both steps take it.

    Attributes
    ----------
    album : its decoded photos, of all classes.
    labels : of the photos, by text.
    tested : (n,) whether a photo is of the split val.
    entries : that the album was filled with.
    """

    album: DecodedPhotos
    labels: Array
    tested: Array
    entries: Sequence[Entry]


@dataclass(frozen=True, slots=True, eq=False)
class Classifier:
    """A classifier that has learned.

    Attributes
    ----------
    network : to scores of the seen classes, in evaluation mode.
    photos : what its preprocessing takes, of all photos of the album.
    preprocessing : from these to what the network takes.
    classes : which are seen, and which photos were learned.
    identity : all that its weights follow from.
    history : its course.
    report : the same in plain text and numbers.
    """

    network: Network
    photos: Array
    preprocessing: Pipeline
    classes: Classes
    identity: dict[str, Any]
    history: History
    report: dict[str, Any]


def opened(data: Path, work: Path, side: int, stop: Stop) -> Job[OpenedData]:
    """The photos of a data set, decoded into ``work``; raises DatasetError, and StopRequested."""
    dataset = discover(data)
    entries = dataset.of("train", "val")
    yield DatasetRead.of(Outset(survey=dataset.survey), len(entries))
    album = yield from until_stopped(decoded_photos.filled(work / "photos", entries, side=side), stop)
    known = {entry.name: entry for entry in entries}
    labels = np.array([known[name].label or "" for name in album.names])
    return OpenedData(album, labels, np.array([known[name].split == "val" for name in album.names]), entries)


def require(config: PairsConfig, weights: Path | None) -> Path | None:
    """The file of a form's weights in a folder; None without one.

    Raises TrainingError for numbers out of range and several workers, ModelError where the folder has no such file, or
    where a frozen network has none, MissingExtra without torch.
    """
    require_within(config)
    with torch_wanted("training"):
        from resight.nn.loop.distributed import require_alone
        from resight.nn.networks.pretrained import weight_file
    require_alone("the pairs recipe")
    file = None if weights is None else weight_file(weights, config.network)
    if weights is not None and file is None:
        raise ModelError(
            f"no weights of {config.network} lie in {str(weights)!r}; wanted a file such as {config.network}-….pth: "
            "put it there, or leave the folder out to start from drawn ones"
        )
    if config.head and file is None:
        raise ModelError(
            f"a frozen {config.network} learns nothing, so that it wants weights: name the folder that has them"
        )
    return file


def learn(
    data: OpenedData, work: Path, name: str, config: PairsConfig, file: Path | None, stop: Stop
) -> Job[Classifier]:
    """Learn the seen classes and test on them; what is done in ``work`` is gone on from. Raises StopRequested."""
    album = data.album
    classes = Classes.drawn(data.entries, album, count=config.seen, share=config.held_out, seed=config.seed)
    leaks = yield from until_stopped(_audited(classes, album), stop)
    preprocessing = _preprocessing(config, classes, album)
    folder, kept = work / f"{name}-classifier", _identity(config, album, file)
    photos, network = album.pixels, _network(config, file)
    pipeline: Pipeline = preprocessing
    if config.head:
        described = frozen_features.described(
            network, photos, preprocessing, folder / "features.npy", {"features": _trunk(kept)}, bf16=config.bf16
        )
        photos = yield from until_stopped(described, stop)
        pipeline = _standardised(photos, classes.learned)
        network = frozen_features.head(
            photos.shape[1], config.head, config.seen, rng=np.random.default_rng(config.seed)
        )
    module, history = yield from _trained(network, classes, photos, pipeline, folder, config, kept, stop)
    right = yield from until_stopped(_tested(module, classes, photos, pipeline), stop)
    report = _report(name, config, file, classes, album, network, right, leaks)
    report |= {**_course(history), "normalisation": preprocessing.normalisation.to_dict()}
    return Classifier(module.network, photos, pipeline, classes, kept, history, report)


def _identity(config: PairsConfig, album: DecodedPhotos, file: Path | None) -> dict[str, Any]:
    from resight.nn.networks import weights

    settings = {key: value for key, value in asdict(config).items() if key not in (*CHANGEABLE, *OF_PAIRS)}
    return {**settings, **album.made_of, "weights": weights.digest(file) if file else "drawn"}


def _trunk(identity: Mapping[str, Any]) -> dict[str, Any]:
    """Settings and photos that the features of a frozen network follow from."""
    return {key: identity[key] for key in ("network", "weights", "side", "normalisation", "photos", "content")}


def _standardised(features: Array, rows: Array) -> frozen_features.StandardFeatures:
    learned = features[rows].astype(np.float32)
    deviation = learned.std(axis=0)
    least = np.float32(0.1) * deviation.mean() + np.float32(1e-6)  # a channel that is all but still would be all noise
    return frozen_features.StandardFeatures(learned.mean(axis=0), np.maximum(deviation, least))


def _audited(classes: Classes, album: DecodedPhotos) -> Job[dict[str, list[Leak]]]:
    """Photos that validate or test and that are learned as well, by content or by looks."""
    found: dict[str, list[Leak]] = {"validated": [], "tested": []}
    rows = {"validated": classes.validated, "tested": classes.tested}
    done, total, prints = 0, sum(map(len, rows.values())), leak_audit.decoded(album.names, album.pixels)
    for name, asked in rows.items():
        for start in range(0, len(asked), AUDITED):
            some = asked[start : start + AUDITED]
            found[name] += leak_audit.between(prints, classes.learned, some)
            yield Progress("leak audit", done := done + len(some), total)
    return found


def _network(config: PairsConfig, file: Path | None) -> Network:
    """The network to learn, or the frozen one up to its last map."""
    from resight.nn.networks import weights
    from resight.nn.networks.architectures import architecture, build
    from resight.nn.networks.pretrained import reclassified, whole

    if config.head:
        assert file is not None
        plan = architecture(config.network)
        return build(plan, weights.read(file), layer=plan.layer)[0]
    rng = np.random.default_rng(config.seed)
    return reclassified(whole(config.network, file, rng=rng), config.seen, rng=rng)


def _preprocessing(config: PairsConfig, classes: Classes, album: DecodedPhotos) -> Preprocessing:
    from resight.nn.augmentation.preprocessing import preprocessing_of

    names = {"normalisation": config.normalisation, "augmentation": config.augmentation}
    return preprocessing_of(config.network, album.pixels, classes.learned, sides=(config.side,), **names)


def _trained(
    network: Network,
    classes: Classes,
    photos: Array,
    preprocessing: Pipeline,
    folder: Path,
    config: PairsConfig,
    identity: Mapping[str, Any],
    stop: Stop,
) -> Job[tuple[Any, History]]:
    """The classifier once it has learned, and its course."""
    from resight.nn.loop.follow import follow
    from resight.nn.loop.loop import train
    from resight.nn.tasks.classification import Classification, ClassificationTask, right

    rows = classes.validated

    def validation(module: Any) -> float:
        return float(right(module.network, photos[rows], classes.labels[rows], preprocessing).mean())

    task = ClassificationTask(
        Classification(network, "cross-entropy", norms="learning"),
        photos,
        classes.labels,
        classes.learned,
        preprocessing,
        batch=config.batch,
        seed=config.seed,
        validation=validation,
        identity=identity,
    )
    history = histories.opened(folder)
    history.begin(task)
    events = noted(train(task, plan(config), folder, stop=stop), task, history, folder)
    ended = yield from follow(events, "classifier", score="accuracy")
    if ended.reason == "stopped":
        raise StopRequested
    return ended.module, history


def plan(config: PairsConfig) -> Plan:
    """The plan of the paper: Nesterov's look ahead, and a rate that falls by a running mean of the accuracies."""
    from resight.nn.loop.optimisers import groups, optimiser
    from resight.nn.loop.task import Plan

    def descent(module: Any) -> Any:
        return optimiser("nag", groups(module, rate=config.rate), rate=config.rate, momentum=config.momentum)

    return Plan(
        epochs=config.epochs,
        optimiser=descent,
        rate=lambda step: 1.0,
        fall=partial(schedules.running_mean, alpha=config.alpha),
        averaging=0.0,
        bf16=config.bf16,
        micro_batch=config.micro_batch,
        seed=config.seed,
    )


def _tested(module: Any, classes: Classes, photos: Array, preprocessing: Pipeline) -> Job[Array]:
    """Whether each test photo of a seen class is classified rightly."""
    from resight.nn.tasks.classification import right

    found: list[Array] = []
    for start in range(0, len(classes.tested), TESTED):
        rows = classes.tested[start : start + TESTED]
        found.append(right(module.network, photos[rows], classes.labels[rows], preprocessing))
        yield Progress("test", start + len(rows), len(classes.tested))
    return np.concatenate(found)


def _course(history: History) -> dict[str, Any]:
    return {
        "verdicts": [verdict.to_dict() for verdict in history.verdicts(history.scores, cosine=None)],
        "time_waiting_for_photos": history.waiting,
    }


def _report(
    name: str,
    config: PairsConfig,
    file: Path | None,
    classes: Classes,
    album: DecodedPhotos,
    network: Network,
    right: Array,
    leaks: Mapping[str, Sequence[Leak]],
) -> dict[str, Any]:
    leaked = {leak.query for leak in leaks["tested"]}
    clean = right[[album.names[row] not in leaked for row in classes.tested]]
    return {
        "config": name,
        "top_1": share(right).to_dict(),
        "top_1_without_leaks": share(clean).to_dict() if len(clean) else None,
        "guess": 1 / config.seen,
        "paper": PAPER.get(name),
        "parameters": sum(leaf.numel() for leaf in network.parameters()),
        "start": file.name if file else "drawn",
        "photos": {
            "learned": len(classes.learned),
            "validated": len(classes.validated),
            "tested": len(classes.tested),
            "left_out": list(album.skipped),
            "learned_too": {kind: len(found) for kind, found in leaks.items()},
        },
        "leaks": [asdict(leak) for found in leaks.values() for leak in found],
        "seen": config.seen,
        "unseen": list(classes.unseen),
        "note": "a network that starts from weights of ImageNet has seen the unseen classes",
        "settings": asdict(config),
    }
