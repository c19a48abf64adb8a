"""The pairs recipe, step two: a similarity network that learns from the classifier's descriptors."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from resight.errors import TrainingError, suggestion
from resight.features.similarity_network import SimilarityNetwork, pair_input
from resight.nn.loop import schedules
from resight.nn.mining.class_pairs import ClassRows
from resight.progress import Job
from resight.training import history as histories
from resight.training.history import History, noted
from resight.training.interruption import Stop, StopRequested
from resight.types import Array

from .classes import Classes
from .config import OF_PAIRS, PairsConfig

if TYPE_CHECKING:
    from resight.nn.loop.task import Plan

PAIRS_OF: Final = ("all", "held-out")
"""Photos that pairs are drawn of: all training photos, or those that the classifier did not learn."""


def learn(
    descriptors: Array, classes: Classes, config: PairsConfig, folder: Path, made_of: Mapping[str, Any], stop: Stop
) -> Job[tuple[SimilarityNetwork, History]]:
    """Learn from pairs of descriptors ``(n, d)`` of the seen classes' training photos.

    Raises StopRequested, and TrainingError where a class has too few photos for pairs.
    """
    from resight.nn.loop.follow import follow
    from resight.nn.loop.loop import train
    from resight.nn.tasks.similarity import PairSource, Similarity, SimilarityTask, similarity

    seen, rng = class_rows(classes, config.pairs_of), np.random.default_rng((config.seed, 1))
    source = PairSource(descriptors, seen, config.each, seen.distinct(config.validated, rng=rng))
    module = similarity(descriptors.shape[1], config.input, rng=np.random.default_rng(config.seed))
    settings = {name: getattr(config, name) for name in OF_PAIRS if name not in ("pair_epochs", "tested")}
    identity = {**made_of, **settings, "pair_seed": config.seed}
    task = SimilarityTask(module, source, batch=config.pair_batch, seed=config.seed, identity=identity)
    history = histories.opened(folder)
    history.begin(task)
    events = noted(train(task, plan(config), folder, stop=stop), task, history, folder)
    ended = yield from follow(events, "similarity network", score="accuracy")
    if ended.reason == "stopped":
        raise StopRequested
    assert isinstance(ended.module, Similarity)
    return ended.module.exported(), history


def class_rows(classes: Classes, pairs_of: str) -> ClassRows:
    """The photos of the seen classes that pairs are drawn of; raises TrainingError where there are too few."""
    rows = classes.validated if pairs_of == "held-out" else np.concatenate([classes.learned, classes.validated])
    try:
        return ClassRows.of(classes.labels, rows)
    except ValueError as error:
        raise TrainingError(f"there are no pairs to learn from: {error}") from error


def plan(config: PairsConfig) -> Plan:
    """Nesterov's look ahead, and a rate that falls by a running mean of the accuracies, as in the paper."""
    from resight.nn.loop.optimisers import groups, optimiser
    from resight.nn.loop.task import Plan

    def descent(module: Any) -> Any:
        return optimiser("nag", groups(module, rate=config.pair_rate), rate=config.pair_rate, momentum=config.momentum)

    return Plan(
        epochs=config.pair_epochs,
        optimiser=descent,
        rate=lambda step: 1.0,
        fall=partial(schedules.running_mean, alpha=config.pair_alpha),
        averaging=0.0,
        bf16=config.bf16,
        seed=config.seed,
    )


def require_known(input: str, pairs_of: str) -> None:
    """Raises ModelError for an unknown input of pairs, TrainingError for unknown photos, with the nearest name."""
    pair_input(input)
    if pairs_of not in PAIRS_OF:
        wanted = ", ".join(PAIRS_OF)
        raise TrainingError(
            f"the setting pairs_of is {pairs_of!r}{suggestion(pairs_of, PAIRS_OF)}; wanted one of {wanted}"
        )
