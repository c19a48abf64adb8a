"""Learning by pairs or triplets that are mined within each batch, among the descriptors that a step finds anyhow."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, final

import numpy as np
import torch
from torch import Tensor, nn

from resight.nn.loop.distributed import Worker
from resight.nn.loop.microbatch import jointly
from resight.nn.loop.task import Batch
from resight.nn.mining import pairs
from resight.nn.mining.sampler import batch_at
from resight.types import UNKNOWN, Array

from .siamese import Siamese, Tuples, Validation, mine_rows


class SelfMining(Siamese):
    """A descriptor with a loss of the pairs or triplets that a miner finds among the rows it is given.

    ``miner`` and ``mining`` are as in `Tuples`, ``epoch`` from 0 is for a miner that changes. What is random is
    drawn from torch's generator, which each step seeds anew.
    """

    def __init__(
        self, descriptor: nn.Module, loss: str, miner: str, mining: Mapping[str, Any], *, margin: float
    ) -> None:
        super().__init__(descriptor, loss, margin=margin)
        self.miner, self.mining, self.epoch = miner, mining, 0

    def losses(self, embeddings: Tensor, *rest: Tensor) -> dict[str, Tensor]:
        """The loss by name of unit rows ``(b, d)`` and their labels ``(b,)``; zero where the miner finds nothing."""
        labels = rest[0].cpu().numpy()
        rows = embeddings.detach().float().cpu().numpy()
        mined = mine_rows(rows, labels, self.miner, self.epoch, int(torch.randint(2**31, ())), self.mining)
        tuples, same = (torch.from_numpy(each) for each in (mined, pairs.same(mined[:, :2], labels)))
        return {self.loss: self.cost(embeddings, tuples.to(embeddings.device), same.to(embeddings.device))}


@final
class BatchMiningTask:
    """Pairs or triplets that are mined within each batch of ``batch`` instances, two items of each (`JudgedTask`).

    Instances are passed over in an order of their own each time; one with a single item has that, and what nobody named
    is alone, a negative for all others. An epoch has as many steps as show each item once.
    """

    def __init__(
        self, descriptor: nn.Module, tuples: Tuples, *, validation: Validation, identity: Mapping[str, Any]
    ) -> None:
        self.identity, self.division = identity, jointly  # which pairs there are is known when all are described
        self._tuples, self._validation, self._sample = tuples, validation, tuples.sample()
        named = tuples.labels != UNKNOWN
        groups = [np.flatnonzero(tuples.labels == label) for label in np.unique(tuples.labels[named])]
        self._groups = [*groups, *np.flatnonzero(~named)[:, None]]
        self.steps = -(-len(tuples.items) // (2 * tuples.batch))
        self.module = SelfMining(descriptor, tuples.loss, tuples.miner, tuples.mining, margin=tuples.margin)

    def load(self, step: int, worker: Worker) -> Batch:
        """The worker's share of a step: photos ``(b, h, w, 3)`` uint8 and labels ``(b,)``."""
        batch, seed = self._tuples.batch, self._tuples.seed
        drawn = np.unique(batch_at(step, np.arange(len(self._groups)), batch=batch, seed=seed))
        rng = np.random.default_rng((seed, step, worker.rank))
        chosen = [_two(self._groups[number], rng) for number in drawn[worker.rank :: worker.count]]
        used = np.sort(np.concatenate(chosen))
        return self._tuples.read(used), torch.from_numpy(self._tuples.labels[used])

    def prepare(self, batch: Batch, step: int, generator: torch.Generator) -> Batch:
        """A view of each photo, and the labels."""
        photos, labels = batch
        self.module.epoch = step // self.steps
        return self._tuples.preprocessing.views(photos, generator)[0], labels

    def validate(self, module: nn.Module) -> float | None:
        """Precision at 1 of the photos that are not learned from."""
        assert isinstance(module, Siamese)
        return self._validation(module.descriptor)

    def yardstick(self, module: nn.Module) -> float:
        """The loss of positives with random negatives, each item in a view of its own (`JudgedTask`)."""
        assert isinstance(module, Siamese)
        return self._tuples.judged(module, self._sample)


def _two(items: Array, rng: np.random.Generator) -> Array:
    """Two different ones, or the only one."""
    return rng.choice(items, min(len(items), 2), replace=False)
