"""Learning by pairs or triplets, mined from all photos before each epoch: document 004, sections 4.3 and 4.4."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, Final, Self

import numpy as np
import torch
from torch import Tensor, nn

from resight.errors import TrainingError
from resight.nn.augmentation.preprocessing import Preprocessing, predict
from resight.nn.loop.distributed import Worker
from resight.nn.loop.microbatch import by_pairs, freeze_norms, jointly
from resight.nn.loop.task import Batch
from resight.nn.losses import PAIR, TUPLE
from resight.nn.mining import pairs
from resight.nn.mining.miners import MINERS, Miner, mine
from resight.types import Array

SAMPLED: Final = 256
"""Pairs or triplets, at most, whose loss is the yardstick of a course."""


class Siamese(nn.Module):
    """A descriptor with a loss of pairs or triplets, which it is given."""

    mined: Tensor

    def __init__(self, descriptor: nn.Module, loss: str, *, margin: float) -> None:
        super().__init__()
        self.descriptor, self.loss, self.margin = descriptor, loss, margin

    def train(self, mode: bool = True) -> Self:
        super().train(mode)
        freeze_norms(self)
        return self

    def forward(self, images: Tensor, *rest: Tensor) -> dict[str, Tensor]:
        """Images, and what ``losses`` takes beside their rows."""
        return self.losses(self.describe(images), *rest)

    def describe(self, images: Tensor) -> Tensor:
        """Unit rows ``(b, d)`` of normalised images ``(b, 3, h, w)``."""
        rows: Tensor = self.descriptor(images)
        return rows

    def losses(self, embeddings: Tensor, *rest: Tensor) -> dict[str, Tensor]:
        """The loss by name of unit rows, and of their tuples as in ``cost``."""
        tuples, same = rest
        return {self.loss: self.cost(embeddings, tuples, same)}

    def cost(self, embeddings: Tensor, tuples: Tensor, same: Tensor) -> Tensor:
        """The loss of pairs or triplets of rows ``(t, 2 or 3)``, and which pairs are of one instance ``(t,)``."""
        if self.loss in PAIR:
            return PAIR[self.loss](embeddings, tuples, same, margin=self.margin)
        return TUPLE[self.loss](embeddings, tuples, margin=self.margin)


class SiameseTask:
    """Mined pairs or triplets of items, each a view of a photo of ``photos (n, h, w, 3)`` uint8 (loop.Task).

    ``items (i,)`` are rows of the photos; a photo that comes twice has views of itself as positives. ``labels (n,)``
    are those of the photos. ``miner`` is a name of MINERS, and ``mining`` what else it is told. What is mined before
    each epoch, ``mined (steps, b, 2 or 3)`` items, is a part of the module's state, so that a checkpoint in the middle
    of an epoch is gone on from with it.
    """

    def __init__(
        self,
        descriptor: nn.Module,
        photos: Array,
        labels: Array,
        items: Array,
        intake: Preprocessing,
        *,
        loss: str,
        miner: str,
        mining: Mapping[str, Any] | None = None,
        margin: float,
        batch: int,
        seed: int,
        validation: Callable[[nn.Module], float | None],
        identity: Mapping[str, Any],
    ) -> None:
        self.identity, self.division = identity, by_pairs if loss in PAIR else jointly
        self._photos, self._labels, self._items, self._intake = photos, labels[items], items, intake
        self._miner, self._mining, self._batch, self._seed = miner, mining or {}, batch, seed
        self._validation = validation
        sample = found(self._blank(), self._labels, _blind(loss), 0, seed, {})
        self._sample = np.random.default_rng((seed, 2)).permutation(sample)[:SAMPLED]
        self.module = Siamese(descriptor, loss, margin=margin)
        self.steps = self._begin()

    def _begin(self) -> int:
        """Make room for what an epoch has; its steps."""
        # As many as an epoch has, whatever is similar: of the semi-hard there are no more than of the hardest.
        counted, told = ("hardest", {}) if self._miner.startswith("semi-hard") else (self._miner, self._mining)
        count, width = found(self._blank(), self._labels, counted, 0, self._seed, told).shape
        steps = -(-count // self._batch)
        self.module.register_buffer("mined", torch.zeros((steps, self._batch, width), dtype=torch.int64))
        return steps

    def _blank(self) -> Array:
        """Descriptors that are all alike, of the items."""
        return np.zeros((len(self._items), 1), np.float32)

    def load(self, step: int, worker: Worker) -> Batch:
        """Which places of the step's batch are the worker's, and the items that these name by now, with their photos.

        This runs beside the step before. Where that is the one that mines, or this one is, others may be named by then,
        and `prepare` reads them.
        """
        places = torch.arange(worker.rank, self._batch, worker.count)
        used, _ = self._named(step, places)
        return places, torch.from_numpy(used), self._read(used)

    def prepare(self, batch: Batch, step: int, generator: torch.Generator) -> Batch:
        """One view of each item that the worker's pairs or triplets name; an epoch's first step mines all of them."""
        places, read, photos = batch
        epoch, within = divmod(step, self.steps)
        if within == 0:
            self._mine(epoch)
        used, tuples = self._named(step, places)
        if not np.array_equal(read.cpu().numpy(), used):  # others were mined since
            photos = self._read(used).to(places.device)
        same = torch.from_numpy(pairs.same(used[tuples[:, :2]], self._labels))
        images, rows = self._intake.views(photos, generator)[0], torch.from_numpy(tuples)
        return images, rows.to(images.device), same.to(images.device)

    def validate(self, module: nn.Module) -> float | None:
        assert isinstance(module, Siamese)
        return self._validation(module.descriptor)

    def yardstick(self, module: nn.Module) -> float:
        """The loss of positives with random negatives, each item in a view of its own (task.Judged)."""
        assert isinstance(module, Siamese)
        if not len(self._sample):
            return 0.0
        used, rows = np.unique(self._sample, return_inverse=True)
        answers = predict(module.descriptor, self._photos[self._items[used]], self._intake, views=self._seed)
        same = torch.from_numpy(pairs.same(self._sample[:, :2], self._labels))
        with torch.no_grad():
            cost = module.cost(torch.from_numpy(answers), torch.from_numpy(rows.reshape(self._sample.shape)), same)
        return float(cost)

    def _named(self, step: int, places: Tensor) -> tuple[Array, Array]:
        """The items ``(u,)`` that are named at the places of a step, and its pairs or triplets as rows of these."""
        tuples = self.module.mined[step % self.steps][places.to(self.module.mined.device)].cpu().numpy()
        used, rows = np.unique(tuples, return_inverse=True)
        return used, rows.reshape(tuples.shape)

    def _read(self, items: Array) -> Tensor:
        return torch.from_numpy(self._photos[self._items[items]])

    def _mine(self, epoch: int) -> None:
        """Fill an epoch's steps with what the miner finds among the descriptors of the present network.

        Where that is less than an epoch it is repeated; where it is nothing at all, the hardest are taken.
        """
        views = int(np.random.SeedSequence((self._seed, epoch)).generate_state(1)[0])
        descriptors = predict(self.module.descriptor, self._photos[self._items], self._intake, views=views)
        mined = found(descriptors, self._labels, self._miner, epoch, self._seed, self._mining)
        if not len(mined):
            mined = found(descriptors, self._labels, "hardest", epoch, self._seed, {})
        order = np.random.default_rng((self._seed, epoch)).permutation(len(mined))
        filled = mined[np.resize(order, self.steps * self._batch)].reshape(self.module.mined.shape)
        self.module.mined.copy_(torch.from_numpy(filled))


def items(labels: Array, *, views: bool) -> Array:
    """Rows of photos ``(i,)`` to mine among: each once, and with ``views`` the only photo of an instance twice.

    Raises TrainingError where no instance has two items, so that there is no positive.
    """
    values, counts = np.unique(labels, return_counts=True)
    alone = np.flatnonzero(np.isin(labels, values[counts == 1]))
    if not views and len(alone) == len(labels):
        raise TrainingError(
            f"each of {len(values)} instances has one photo, and nothing is augmented: no two photos show one thing; "
            "wanted a second photo of some, or an augmentation, whose views are positives"
        )
    return np.sort(np.concatenate([np.arange(len(labels)), alone if views else alone[:0]]))


def nearest_right(
    descriptor: nn.Module,
    photos: tuple[Array, Array],
    labels: tuple[Array, Array],
    intake: Preprocessing,
    *,
    views: int | None = None,
) -> Array:
    """Whether the nearest of the known photos shows what an asked one shows ``(q,)``; known ones come first in pairs.

    With ``views`` each photo is asked in a view that this seed draws.
    """
    known, asked = predict(descriptor, photos[0], intake), predict(descriptor, photos[1], intake, views=views)
    return np.asarray(labels[0][(asked @ known.T).argmax(axis=1)] == labels[1])


def _blind(loss: str) -> str:
    """The miner of what a loss takes that does not look at similarities."""
    return "random-pairs" if loss in PAIR else "random-negative"


def found(descriptors: Array, labels: Array, name: str, epoch: int, seed: int, mining: Mapping[str, Any]) -> Array:
    """What a miner finds in this epoch."""
    miner: Miner = partial(MINERS[name], **mining)
    if name == "semi-hard-then-hardest":
        miner = partial(miner, epoch=epoch)
    return mine(descriptors, labels, miner, rng=np.random.default_rng((seed, epoch, 1)))
