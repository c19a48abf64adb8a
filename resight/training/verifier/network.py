"""The similarity network of a verifier, taught by a gallery's own photos from where the one that ships left off."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any, Final

import numpy as np

from resight.errors import MissingExtra, torch_wanted
from resight.features.similarity_network import SimilarityNetwork
from resight.progress import Job
from resight.types import Array

THINGS: Final = 30
"""Things with two photos or more that a network wants to learn from, a third of which each of those that judge it has.
"""

PAIRS: Final = 30_000
"""Pairs that an epoch has, or as many as one of each two things gives."""

EPOCHS, BATCH, RATE = 2, 256, 0.005

UNTRAINED: Final = "the similarity network stays the one that ships: {}"
LONE: Final = "{} with two photos or more to learn from, wanted {}"
NO_ENCODER: Final = "the gallery lacks the house encoder, whose descriptors it compares"
TRAINED: Final = "the similarity network learned from {:,} photos of {:,} things"


def why_untrained(things: Array, shipped: SimilarityNetwork | None) -> str:
    """Why no network is trained on photos of ``things (n,)``, in words; "" where one is."""
    count = len(np.unique(things))
    if shipped is None:
        return UNTRAINED.format(NO_ENCODER)
    if count < THINGS:
        found = "no thing" if not count else "1 thing" if count == 1 else f"{count} things"
        return UNTRAINED.format(LONE.format(f"{found}", THINGS))
    try:
        with torch_wanted("training"):
            import resight.nn.tasks.similarity  # noqa: F401
    except MissingExtra as error:
        return UNTRAINED.format(error)
    return ""


def learn(start: SimilarityNetwork, rows: Array, things: Array, *, seed: int, stage: str) -> Job[SimilarityNetwork]:
    """The network that ``start`` becomes by pairs of photos with descriptors ``rows (n, d)``, of ``things (n,)``."""
    from resight.nn.loop.follow import follow
    from resight.nn.loop.loop import train
    from resight.nn.loop.optimisers import groups, optimiser
    from resight.nn.loop.task import Plan
    from resight.nn.mining.class_pairs import ClassRows, Pairs
    from resight.nn.tasks.similarity import PairSource, Similarity, SimilarityTask, restored

    classes = ClassRows.of(things, np.arange(len(things)))
    each = max(1, round(PAIRS / classes.count(1)))
    nobody = Pairs(np.zeros((0, 2), np.int32), np.zeros(0, bool))
    task = SimilarityTask(restored(start), PairSource(rows, classes, each, nobody), batch=BATCH, seed=seed, identity={})

    def descent(learner: Any) -> Any:
        return optimiser("nag", groups(learner, rate=RATE), rate=RATE, momentum=0.8)

    with tempfile.TemporaryDirectory() as folder:
        plan = Plan(EPOCHS, descent, lambda step: 1.0, averaging=0.99, seed=seed)
        ended = yield from follow(train(task, plan, Path(folder)), stage)
    assert isinstance(ended.module, Similarity)
    return ended.module.exported()
