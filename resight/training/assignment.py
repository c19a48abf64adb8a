"""What the loop is given to fine-tune an encoder: the objective, the task and the plan that the settings mean."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from functools import partial
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from resight.core.aggregate import AGGREGATES
from resight.core.stable_decay import stable_decay
from resight.errors import ModelError, TrainingError
from resight.global_index import gallery_head
from resight.io.models import Model
from resight.training.pool import Pool
from resight.training.settings import Config
from resight.types import Array, Head

if TYPE_CHECKING:
    from resight.nn.export import Network
    from resight.nn.finetuning import FineTuning, Photos
    from resight.nn.objective import Objective
    from resight.nn.task import Plan

MANY: Final = 2000
"""Photos that an epoch is validated among, and a whitening fitted on, at most: more would outlast the epoch."""

SHORTEST: Final = 16
"""Steps of an epoch at least; a checkpoint after each of a few would cost more than they."""


CHANGEABLE: Final = ("device", "micro_batch", "board")
"""Settings under which a checkpoint made with others may be gone on from: they say where and how, and not what."""


def objective(config: Config) -> Objective:
    """What is minimised; raises TrainingError for a loss or miner that there is not."""
    from resight.nn.objective import Objective

    temperature = {"temperature": config.temperature} if config.loss == "supervised-contrastive" else {}
    return Objective(config.loss, config.miner, temperature)


def task(learning: Network, origin: Model, pool: Pool, config: Config, *, workers: int = 1) -> FineTuning:
    """What the network learns: to tell apart what is pooled, through the whitening that a gallery would start with.

    Raises ModelError for a model whose maps are pooled in a way that cannot be learned through, and TrainingError for
    fewer than two instances of a step for each of the ``workers``.
    """
    from resight.nn.embedder import Embedder
    from resight.nn.finetuning import FineTuning

    learned = pool.parts.learned
    embedder = partial(
        Embedder,
        learning,
        _aggregate(origin),
        objective(config),
        classes=len(pool.instances),
        channels=origin.card.channels,
        frozen=config.frozen_norms,
        seed=config.seed,
    )
    batch = min(config.batch, len(np.unique(pool.labels[learned])))
    if batch < 2 * workers:
        raise TrainingError(
            f"a step of {batch} instances is shared by {workers} workers; wanted two for each at least, to be told "
            "apart: start fewer, or set a larger batch where there are more instances"
        )
    settings = {name: value for name, value in asdict(config).items() if name not in CHANGEABLE}
    made = partial(
        FineTuning,
        photos=_photos(origin, pool, config),
        batch=batch,
        steps=config.steps or max(SHORTEST, -(-len(learned) // (2 * batch))),
        side=config.side,
        strength=config.views,
        seed=config.seed,
        identity={"start": origin.fingerprint, "photos": pool.identity, **settings},
    )
    plain = embedder(settings=Head()).eval()
    some = np.random.default_rng(config.seed).permutation(learned)[:MANY]
    return made(embedder(settings=gallery_head(made(plain).descriptors(plain, some), origin.background)))


def plan(task: FineTuning, config: Config) -> Plan:
    """How it learns: AdamW at a rate that rises, stands, and falls to zero in the last epochs."""
    from resight.nn.finetuning import adamw
    from resight.nn.task import Plan

    total = config.epochs * task.steps
    length = round(config.decay * total)
    start = total - length if length else None
    decay, frozen, factor = config.weight_decay, config.freeze, config.falling
    return Plan(
        epochs=config.epochs,
        optimiser=partial(adamw, rate=config.rate, decay=decay, frozen=frozen, factor=factor),
        rate=partial(stable_decay, warmup=min(config.warmup, total // 5), start=start, length=max(length, 1)),
        averaging=config.averaging,
        clip=config.clip,
        bf16=config.bf16,
        micro_batch=config.micro_batch,
        patience=config.patience or float("inf"),
        seed=config.seed,
        device=config.device or None,
    )


def _aggregate(origin: Model) -> Callable[..., Any]:
    options = dict(origin.card.aggregate)
    name = options.pop("name")
    if name not in AGGREGATES:
        raise ModelError(
            f"{origin.folder} pools by {name!r}; wanted one of {', '.join(AGGREGATES)}: start from another model"
        )
    return partial(AGGREGATES[name], **options)


def _photos(origin: Model, pool: Pool, config: Config) -> Photos:
    """What is learned, and what validates: questions that have an answer and are no leak."""
    from resight.nn.finetuning import Photos

    parts, preprocess = pool.parts, origin.card.preprocess
    kept = pool.kept & pool.same().any(axis=1)
    asked = parts.asked[kept]
    known = _validated(pool, asked, config.seed)
    return Photos(
        pool.album.pixels,
        pool.labels,
        parts.learned,
        known,
        asked,
        parts.viewed[kept],
        preprocess.mean,
        preprocess.std,
    )


def _validated(pool: Pool, asked: Array, seed: int) -> Array:
    """Known photos to validate among: all that show what is asked, and others up to MANY."""
    known = pool.parts.known
    shown = np.isin(pool.labels[known], pool.labels[asked])
    others = np.random.default_rng(seed).permutation(known[~shown])
    return np.sort(np.concatenate([known[shown], others[: max(MANY - int(shown.sum()), 0)]]))
