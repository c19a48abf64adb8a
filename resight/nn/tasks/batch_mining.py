"""Learning by pairs or triplets that are mined within each batch, among the descriptors that a step finds anyhow."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from resight.nn.loop.distributed import Worker
from resight.nn.loop.microbatch import jointly
from resight.nn.loop.task import Batch
from resight.nn.mining import pairs
from resight.nn.mining.sampler import batch_at
from resight.types import UNKNOWN, Array

from .siamese import Siamese, SiameseTask, found


class SelfMining(Siamese):
    """A descriptor with a loss of the pairs or triplets that a miner finds among the rows it is given.

    ``miner`` and ``mining`` are as in SiameseTask, ``epoch`` from 0 is for a miner that changes. What is random is
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
        mined = found(rows, labels, self.miner, self.epoch, int(torch.randint(2**31, ())), self.mining)
        tuples, same = (torch.from_numpy(each) for each in (mined, pairs.same(mined[:, :2], labels)))
        return {self.loss: self.cost(embeddings, tuples.to(embeddings.device), same.to(embeddings.device))}


class BatchMiningTask(SiameseTask):
    """SiameseTask, mined within each batch: ``batch`` instances, two items of each where it has them (loop.Task).

    Instances are passed over in an order of their own each time, and what nobody named is alone, a negative for all
    others. An epoch has as many steps as show each item once.
    """

    module: SelfMining

    def _begin(self) -> int:
        self.division = jointly  # which pairs there are is known when all are described
        named = self._labels != UNKNOWN
        groups = [np.flatnonzero(self._labels == label) for label in np.unique(self._labels[named])]
        self._groups = [*groups, *np.flatnonzero(~named)[:, None]]
        told = self.module.descriptor, self.module.loss, self._miner, self._mining
        self.module = SelfMining(*told, margin=self.module.margin)
        return -(-len(self._items) // (2 * self._batch))

    def load(self, step: int, worker: Worker) -> Batch:
        """The worker's share of a step: photos ``(b, h, w, 3)`` uint8 and labels ``(b,)``."""
        drawn = np.unique(batch_at(step, np.arange(len(self._groups)), batch=self._batch, seed=self._seed))
        rng = np.random.default_rng((self._seed, step, worker.rank))
        chosen = [_two(self._groups[number], rng) for number in drawn[worker.rank :: worker.count]]
        used = np.sort(np.concatenate(chosen))
        return self._read(used), torch.from_numpy(self._labels[used])

    def prepare(self, batch: Batch, step: int, generator: torch.Generator) -> Batch:
        """A view of each photo, and the labels."""
        photos, labels = batch
        self.module.epoch = step // self.steps
        return self._intake.views(photos, generator)[0], labels


def _two(items: Array, rng: np.random.Generator) -> Array:
    """Two different ones, or the only one."""
    return rng.choice(items, min(len(items), 2), replace=False)
