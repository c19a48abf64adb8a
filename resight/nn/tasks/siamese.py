"""Learning by pairs or triplets, mined from all photos before each epoch: Kohl 2017, sections 4.3 and 4.4."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Final, Self, final

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

Validation = Callable[[nn.Module], float | None]
"""A score of a descriptor on photos that it does not learn from, larger is better; None where there are none."""


class Siamese(nn.Module):
    """A descriptor with a loss of pairs or triplets, which it is given."""

    mined: Tensor

    def __init__(self, descriptor: nn.Module, loss: str, *, margin: float) -> None:
        super().__init__()
        self.descriptor, self.loss, self.margin = descriptor, loss, margin

    def train(self, mode: bool = True) -> Self:
        """Let it learn, but for its norms, which stay frozen."""
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


@dataclass(frozen=True, slots=True, eq=False)
class Tuples:
    """Photos among which pairs or triplets are mined, and what is asked of them.

    Attributes
    ----------
    photos : (n, h, w, 3) uint8.
    labels : (i,) of the items, each a view of a photo.
    items : (i,) rows of the photos; a photo that comes twice has views of itself as positives.
    preprocessing : what makes a network's input of photos.
    loss, margin : a name of PAIR or TUPLE, and what that loss takes beside rows.
    miner, mining : a name of MINERS, and what else the miner is told.
    batch : pairs, triplets or instances in a step.
    seed : of all that is drawn.
    """

    photos: Array
    labels: Array
    items: Array
    preprocessing: Preprocessing
    loss: str
    miner: str
    margin: float
    batch: int
    seed: int
    mining: Mapping[str, Any] = field(default_factory=dict)

    def read(self, items: Array) -> Tensor:
        """The photos ``(b, h, w, 3)`` of items ``(b,)``."""
        return torch.from_numpy(self.photos[self.items[items]])

    def mined(self, descriptors: Array, epoch: int) -> Array:
        """Mines among the items' descriptors ``(i, d)`` in an epoch."""
        return mine_rows(descriptors, self.labels, self.miner, epoch, self.seed, self.mining)

    def hardest(self, descriptors: Array, epoch: int) -> Array:
        """Mines the hardest: each positive with the negative that is most like the anchor."""
        return mine_rows(descriptors, self.labels, "hardest", epoch, self.seed, {})

    def most(self) -> Array:
        """Tuples as many as an epoch may have, whatever is similar: there are no more semi-hard ones than hardest."""
        return (self.hardest if self.miner.startswith("semi-hard") else self.mined)(self._alike(), 0)

    def sample(self) -> Array:
        """Positives with random negatives, at most `SAMPLED`, whose loss is the yardstick of a course."""
        blind = mine_rows(self._alike(), self.labels, _blind(self.loss), 0, self.seed, {})
        return np.random.default_rng((self.seed, 2)).permutation(blind)[:SAMPLED]

    def judged(self, module: Siamese, sample: Array) -> float:
        """The loss of a sample of tuples, each item in a view of its own; 0 of none."""
        if not len(sample):
            return 0.0
        used, rows = np.unique(sample, return_inverse=True)
        answers = predict(module.descriptor, self.photos[self.items[used]], self.preprocessing, views=self.seed)
        same = torch.from_numpy(pairs.same(sample[:, :2], self.labels))
        with torch.no_grad():
            return float(module.cost(torch.from_numpy(answers), torch.from_numpy(rows.reshape(sample.shape)), same))

    def _alike(self) -> Array:
        """Descriptors of the items that are all alike."""
        return np.zeros((len(self.items), 1), np.float32)


@final
class SiameseTask:
    """Pairs or triplets that are mined from all photos before each epoch (`JudgedTask`).

    What is mined, ``mined (steps, b, 2 or 3)`` items, is a part of the module's state, so that a checkpoint in the
    middle of an epoch is gone on from with it.
    """

    def __init__(
        self, descriptor: nn.Module, tuples: Tuples, *, validation: Validation, identity: Mapping[str, Any]
    ) -> None:
        self.identity, self.division = identity, by_pairs if tuples.loss in PAIR else jointly
        self._tuples, self._validation, self._sample = tuples, validation, tuples.sample()
        count, width = tuples.most().shape
        self.steps = -(-count // tuples.batch)
        self.module = Siamese(descriptor, tuples.loss, margin=tuples.margin)
        self.module.register_buffer("mined", torch.zeros((self.steps, tuples.batch, width), dtype=torch.int64))

    def load(self, step: int, worker: Worker) -> Batch:
        """Positions of the step's batch that are the worker's, and the items that these name by now, with their photos.

        This runs beside the step before. Where that is the one that mines, or this one is, others may be named by then,
        and `prepare` reads them.
        """
        places = torch.arange(worker.rank, self._tuples.batch, worker.count)
        used, _ = self._named(step, places)
        return places, torch.from_numpy(used), self._tuples.read(used)

    def prepare(self, batch: Batch, step: int, generator: torch.Generator) -> Batch:
        """A view of each item that the worker's pairs or triplets name; an epoch's first step mines all of them."""
        places, read, photos = batch
        epoch, within = divmod(step, self.steps)
        if within == 0:
            self._mine(epoch)
        used, named = self._named(step, places)
        if not np.array_equal(read.cpu().numpy(), used):  # others were mined since
            photos = self._tuples.read(used).to(places.device)
        same = torch.from_numpy(pairs.same(used[named[:, :2]], self._tuples.labels))
        images, rows = self._tuples.preprocessing.views(photos, generator)[0], torch.from_numpy(named)
        return images, rows.to(images.device), same.to(images.device)

    def validate(self, module: nn.Module) -> float | None:
        """Precision at 1 of the photos that are not learned from."""
        assert isinstance(module, Siamese)
        return self._validation(module.descriptor)

    def yardstick(self, module: nn.Module) -> float:
        """The loss of positives with random negatives, each item in a view of its own (`JudgedTask`)."""
        assert isinstance(module, Siamese)
        return self._tuples.judged(module, self._sample)

    def _named(self, step: int, places: Tensor) -> tuple[Array, Array]:
        """The items ``(u,)`` that are named at the places of a step, and its pairs or triplets as rows of these."""
        named = self.module.mined[step % self.steps][places.to(self.module.mined.device)].cpu().numpy()
        used, rows = np.unique(named, return_inverse=True)
        return used, rows.reshape(named.shape)

    def _mine(self, epoch: int) -> None:
        """Fill an epoch's steps with what the miner finds among the descriptors of the present network.

        Where that is less than an epoch it is repeated; where it is nothing at all, the hardest are taken.
        """
        tuples = self._tuples
        views = int(np.random.SeedSequence((tuples.seed, epoch)).generate_state(1)[0])
        descriptors = predict(self.module.descriptor, tuples.photos[tuples.items], tuples.preprocessing, views=views)
        mined = tuples.mined(descriptors, epoch)
        if not len(mined):
            mined = tuples.hardest(descriptors, epoch)
        order = np.random.default_rng((tuples.seed, epoch)).permutation(len(mined))
        filled = mined[np.resize(order, self.steps * tuples.batch)].reshape(self.module.mined.shape)
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
    preprocessing: Preprocessing,
    *,
    views: int | None = None,
) -> Array:
    """Whether the nearest of the known photos shows what an asked one shows ``(q,)``; known ones come first in pairs.

    With ``views`` each photo is asked in a view that this seed draws.
    """
    known, asked = (
        predict(descriptor, photos[0], preprocessing),
        predict(descriptor, photos[1], preprocessing, views=views),
    )
    return np.asarray(labels[0][(asked @ known.T).argmax(axis=1)] == labels[1])


def _blind(loss: str) -> str:
    """The miner of what a loss takes that does not look at similarities."""
    return "random-pairs" if loss in PAIR else "random-negative"


def mine_rows(descriptors: Array, labels: Array, name: str, epoch: int, seed: int, mining: Mapping[str, Any]) -> Array:
    """Pairs or triplets that a miner finds in this epoch."""
    miner: Miner = partial(MINERS[name], **mining)
    if name == "semi-hard-then-hardest":
        miner = partial(miner, epoch=epoch)
    return mine(descriptors, labels, miner, rng=np.random.default_rng((seed, epoch, 1)))
