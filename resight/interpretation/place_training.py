"""Classifiers of places learn as in Shi 2018, section 4.2.2, by the project's own loop."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from resight.nn.loop import schedules
from resight.progress import Job
from resight.training.interruption import Stop, StopRequested
from resight.types import Array

from .config import StudyConfig

if TYPE_CHECKING:
    from resight.nn.augmentation.preprocessing import Preprocessing
    from resight.nn.networks.place_classifiers import PlaceClassifier


def preprocessing_for(classifier: PlaceClassifier, side: int) -> Preprocessing:
    """The steps from photos to what a classifier takes."""
    from resight.nn.augmentation.normalisation import Normalisation
    from resight.nn.augmentation.preprocessing import Preprocessing

    return Preprocessing(Normalisation("network", classifier.mean, classifier.std), (side,))


def learned(
    classifier: PlaceClassifier,
    photos: Array,
    labels: Array,
    rows: Array,
    validation: Array,
    config: StudyConfig,
    folder: Path,
    *,
    seed: int,
    identity: Mapping[str, Any],
    stage: str,
    stop: Stop = lambda: False,
) -> Job[PlaceClassifier]:
    """The classifier once it has learned the ``rows`` of photos ``(n, h, w, 3)``; its network is changed in place.

    Adam at ``config.rate``, which falls by ``config.factor`` every ``config.every`` epochs; cross-entropy. The accuracy
    on the rows ``validation`` is told, and nothing is chosen by it. Raises StopRequested where ``stop()`` says so,
    after a checkpoint in ``folder`` that the same call goes on from.
    """
    from resight.nn.loop.follow import follow
    from resight.nn.loop.loop import train
    from resight.nn.loop.optimisers import groups, optimiser
    from resight.nn.loop.task import Plan
    from resight.nn.tasks.classification import Classification, ClassificationTask, right

    preprocessing = preprocessing_for(classifier, config.side)

    def accuracy(module: Any) -> float:
        return float(right(module.network, photos[validation], labels[validation], preprocessing).mean())

    task = ClassificationTask(
        Classification(classifier.network, "cross-entropy", norms="learning"),
        photos,
        labels,
        rows,
        preprocessing,
        batch=config.batch,
        seed=seed,
        validation=accuracy,
        identity={**identity, "network": classifier.name, "seed": seed, **_lesson(config)},
    )
    plan = Plan(
        config.epochs,
        lambda module: optimiser("adam", groups(module, rate=config.rate), rate=config.rate),
        lambda step: schedules.step(step // task.steps, every=config.every, factor=config.factor),
        averaging=0.0,
        seed=seed,
    )
    ended = yield from follow(train(task, plan, folder, stop=stop), stage, score="validation accuracy")
    if ended.reason == "stopped":
        raise StopRequested
    module: Any = ended.module
    classifier.network.load_state_dict(module.network.state_dict())
    return classifier


def scores(classifier: PlaceClassifier, photos: Array, *, side: int) -> Array:
    """Probabilities of the places ``(n, k)`` for photos ``(n, h, w, 3)`` of any size."""
    from resight.nn.augmentation.preprocessing import predict

    found = predict(classifier.network, photos, preprocessing_for(classifier, side)).astype(np.float64)
    powers = np.exp(found - found.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)


def _lesson(config: StudyConfig) -> dict[str, Any]:
    """Settings that a network's numbers follow from."""
    return {name: getattr(config, name) for name in ("side", "hidden", "epochs", "batch", "rate", "every", "factor")}
