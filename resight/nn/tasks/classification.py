"""Learning to tell classes apart: *Image similarity network* 2020, section 4.1, and Kohl 2017, sections 4.2 and 8."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final, Self

import numpy as np
import torch
from torch import Tensor, nn

from resight.nn.augmentation.preprocessing import Pipeline, predict
from resight.nn.loop.distributed import Worker
from resight.nn.loop.microbatch import by_rows, freeze_norms
from resight.nn.loop.task import Batch
from resight.nn.losses import CLASSIFICATION, REGION
from resight.nn.mining.sampler import batch_at
from resight.nn.networks.architectures import Network
from resight.types import Array

SAMPLED: Final = 256
"""Photos, at most, whose loss is the yardstick of a course."""


class Classification(nn.Module):
    """A classifier with its loss; ``loss`` is a name of CLASSIFICATION, or of REGION for a fully convolutional form.

    Where ``norms`` are frozen they keep the statistics that they came with (Kohl 2017, appendix A.1).
    """

    def __init__(self, network: Network, loss: str, *, norms: str = "frozen") -> None:
        super().__init__()
        self.network, self.loss, self.norms = network, loss, norms

    def train(self, mode: bool = True) -> Self:
        """Let it learn, but for norms that are frozen."""
        super().train(mode)
        if self.norms == "frozen":
            freeze_norms(self)
        return self

    def forward(self, labels: Tensor, *images: Tensor) -> dict[str, Tensor]:
        """Labels ``(b,)`` and the photos at one side in pixels or several."""
        scores = [self.network(each) for each in images]
        if self.loss in REGION:
            return {self.loss: REGION[self.loss](scores, labels)}
        return {self.loss: CLASSIFICATION[self.loss](scores[0], labels)}


class ClassificationTask:
    """Views of labelled photos, of which ``rows`` are learned from (loop.Task).

    ``photos (n, …)`` uint8 are what the preprocessing takes, ``labels (n,)`` count from 0; ``validation`` says how good
    a module is.
    """

    def __init__(
        self,
        module: Classification,
        photos: Array,
        labels: Array,
        rows: Array,
        preprocessing: Pipeline,
        *,
        batch: int,
        seed: int,
        validation: Callable[[nn.Module], float | None],
        identity: Mapping[str, Any],
    ) -> None:
        self.module, self.identity, self.division = module, identity, by_rows
        self.steps = -(-len(rows) // batch)
        self._photos, self._labels, self._rows, self._preprocessing = photos, labels, rows, preprocessing
        self._batch, self._seed, self._validation = batch, seed, validation

    def load(self, step: int, worker: Worker) -> Batch:
        """Photos ``(b, …)`` uint8 and labels of a step."""
        rows = np.sort(batch_at(step, self._rows, batch=self._batch, seed=self._seed)[worker.rank :: worker.count])
        return torch.from_numpy(self._photos[rows]), torch.from_numpy(self._labels[rows])

    def prepare(self, batch: Batch, step: int, generator: torch.Generator) -> Batch:
        """Labels, and one view of each photo at each side."""
        photos, labels = batch
        return labels, *self._preprocessing.views(photos, generator)

    def validate(self, module: nn.Module) -> float | None:
        """Accuracy on the photos that are not learned from."""
        return self._validation(module)

    def yardstick(self, module: nn.Module) -> float:
        """The loss of learned photos, each in one view (`JudgedTask`)."""
        rows = np.sort(np.random.default_rng(self._seed).permutation(self._rows)[:SAMPLED])
        generator, device = torch.Generator().manual_seed(self._seed), next(module.parameters()).device
        costs = []
        for some in np.split(rows, range(self._batch, len(rows), self._batch)):
            photos, labels = (torch.from_numpy(each[some]).to(device) for each in (self._photos, self._labels))
            with torch.no_grad():
                losses = module(labels, *self._preprocessing.views(photos, generator))
            costs.append(len(some) * float(sum(losses.values())))
        return sum(costs) / len(rows)


def right(
    network: nn.Module, photos: Array, labels: Array, preprocessing: Pipeline, *, views: int | None = None
) -> Array:
    """Whether each photo's highest score is its label's ``(n,)`` bool, maps of scores being averaged.

    With ``views`` each photo is seen in a view that this seed draws.
    """
    scores = predict(network, photos, preprocessing, views=views)
    said = scores.reshape(*scores.shape[:2], -1).mean(axis=2).argmax(axis=1)
    return np.asarray(said == labels)
