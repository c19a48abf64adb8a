"""Objective, task and plan of a fine-tuning, from its settings."""

from __future__ import annotations

from dataclasses import asdict
from functools import partial
from typing import TYPE_CHECKING, Final

import numpy as np

from resight.errors import ModelError, TrainingError, suggestion
from resight.features.aggregate import AGGREGATES
from resight.features.head import gallery_head
from resight.io.model_folder import Model
from resight.nn.loop.learning_rate import schedule
from resight.nn.loop.schedules import BY_HISTORY
from resight.types import Array, Head

from .settings import FineTuningConfig
from .training_set import TrainingSet

if TYPE_CHECKING:
    from resight.nn.loop.task import Plan
    from resight.nn.networks.architectures import Network
    from resight.nn.tasks.embedder import Pooling
    from resight.nn.tasks.fine_tuning import FineTuning, TrainingPhotos
    from resight.nn.tasks.objective import Objective

MANY: Final = 2000
"""Photos that an epoch is validated among, and a whitening fitted on, at most: more would outlast the epoch."""

SHORTEST: Final = 16
"""Steps of an epoch at least; a checkpoint after each of a few would cost more than they."""


CHANGEABLE: Final = ("device", "micro_batch", "board")
"""Settings under which a checkpoint made with others may be gone on from: they say where and how, and not what."""


def require_known(config: FineTuningConfig) -> None:
    """Raises TrainingError for a loss, miner or optimiser that there is not, or that do not go together."""
    from resight.nn.loop.optimisers import OPTIMISERS
    from resight.nn.tasks.objective import SCORED

    objective(config)
    if config.learned_p and config.loss in SCORED:
        raise TrainingError(
            f"the loss {config.loss!r} is of the mean of each channel, in which no exponent takes part; found "
            "learned_p true: leave it out, or take a loss of descriptors"
        )
    if (name := config.optimiser) not in OPTIMISERS:
        wanted = f"wanted one of {', '.join(OPTIMISERS)}"
        raise TrainingError(f"the setting optimiser is {name!r}{suggestion(name, OPTIMISERS)}; {wanted}")


def require_learning(learning: Network, origin: Model, config: FineTuningConfig) -> None:
    """Raises TrainingError where nothing of a network would learn, ModelError for what is not in the model."""
    from resight.nn.loop import optimisers

    optimisers.require_learning(learning, frozen=config.freeze, factors=_factors(learning, config))
    _pooling(origin, config)


def objective(config: FineTuningConfig) -> Objective:
    """The objective to minimise; raises TrainingError for a loss or miner that there is not."""
    from resight.nn.tasks.objective import Objective

    temperature = {"temperature": config.temperature} if config.loss == "supervised-contrastive" else {}
    return Objective(config.loss, config.miner, temperature)


def task(
    learning: Network, origin: Model, training_set: TrainingSet, config: FineTuningConfig, *, workers: int = 1
) -> FineTuning:
    """The task to learn: to tell the instances of a training set apart, through the whitening that a gallery
    would start with.

    Raises ModelError for a model whose maps are pooled in a way that cannot be learned through, and TrainingError for
    fewer than two instances of a step for each of the ``workers``.
    """
    from resight.nn.tasks.embedder import Embedder
    from resight.nn.tasks.fine_tuning import FineTuning

    learned = training_set.parts.learned
    embedder = partial(
        Embedder,
        learning,
        _pooling(origin, config),
        objective(config),
        classes=len(training_set.instances),
        channels=origin.card.channels,
        frozen=config.frozen_norms,
        seed=config.seed,
    )
    batch = min(config.batch, len(np.unique(training_set.labels[learned])))
    if batch < 2 * workers:
        raise TrainingError(
            f"a step of {batch} instances is shared by {workers} workers; wanted two for each at least, to be told "
            "apart: start fewer, or set a larger batch where there are more instances"
        )
    settings = {name: value for name, value in asdict(config).items() if name not in CHANGEABLE}
    made = partial(
        FineTuning,
        photos=_photos(origin, training_set, config),
        batch=batch,
        steps=config.steps or max(SHORTEST, -(-len(learned) // (2 * batch))),
        side=config.side,
        strength=config.views,
        seed=config.seed,
        identity={"start": origin.fingerprint, "photos": training_set.identity, **settings},
    )
    plain = embedder(settings=Head()).eval()
    some = np.random.default_rng(config.seed).permutation(learned)[:MANY]
    return made(embedder(settings=gallery_head(made(plain).descriptors(plain, some), origin.background)))


def plan(task: FineTuning, config: FineTuningConfig) -> Plan:
    """The plan of learning: the optimiser and its schedule."""
    from resight.nn.loop.task import Plan, unmoved
    from resight.nn.tasks.fine_tuning import tuning

    return Plan(
        epochs=config.epochs,
        optimiser=partial(
            tuning,
            name=config.optimiser,
            rate=config.rate,
            decay=config.weight_decay,
            momentum=config.momentum,
            frozen=config.freeze,
            factors=_factors(task.module.network, config),
        ),
        rate=schedule(
            config.schedule, epochs=config.epochs, steps=task.steps, warmup=config.warmup, decay=config.decay
        ),
        fall=BY_HISTORY.get(config.schedule, unmoved),
        averaging=config.averaging,
        clip=config.clip,
        bf16=config.bf16,
        micro_batch=config.micro_batch,
        patience=config.patience or float("inf"),
        seed=config.seed,
        device=config.device or None,
    )


def _factors(learning: Network, config: FineTuningConfig) -> dict[str, float]:
    """Factors of the rate by layer: those that fall towards the photo, and in their place those that are named."""
    from resight.nn.loop.optimisers import layerwise_rates

    return layerwise_rates(learning, config.falling) | dict(config.rates)


def _pooling(origin: Model, config: FineTuningConfig) -> Pooling:
    """Maps to rows as the model does it, by an exponent that learns where that is wanted."""
    from resight.nn.networks.heads import GeM

    options = dict(origin.card.aggregate)
    name = options.pop("name")
    if name not in AGGREGATES:
        raise ModelError(
            f"{origin.folder} pools by {name!r}; wanted one of {', '.join(AGGREGATES)}: start from another model"
        )
    if not config.learned_p:
        return lambda maps: AGGREGATES[name](maps.flatten(2).mT, **options)
    if name != "gem":
        raise ModelError(
            f"{origin.folder} pools by {name!r}, which has no exponent to learn; wanted gem: leave out learned_p"
        )
    return GeM(**options)


def _photos(origin: Model, training_set: TrainingSet, config: FineTuningConfig) -> TrainingPhotos:
    """Photos that are learned, and those that validate: questions that have an answer and are no leak."""
    from resight.nn.tasks.fine_tuning import TrainingPhotos

    parts, preprocess = training_set.parts, origin.card.preprocess
    kept = training_set.kept & training_set.same().any(axis=1)
    asked = parts.asked[kept]
    known = _validated(training_set, asked, config.seed)
    return TrainingPhotos(
        training_set.decoded.pixels,
        training_set.labels,
        parts.learned,
        known,
        asked,
        parts.viewed[kept],
        preprocess.mean,
        preprocess.std,
    )


def _validated(training_set: TrainingSet, asked: Array, seed: int) -> Array:
    """Known photos to validate among: all that show what is asked, and others up to MANY."""
    known = training_set.parts.known
    shown = np.isin(training_set.labels[known], training_set.labels[asked])
    others = np.random.default_rng(seed).permutation(known[~shown])
    return np.sort(np.concatenate([known[shown], others[: max(MANY - int(shown.sum()), 0)]]))
