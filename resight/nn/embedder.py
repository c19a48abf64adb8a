"""A network that learns to embed photos, with what makes descriptors of its maps and the loss of these."""

from __future__ import annotations

from collections.abc import Callable
from typing import Self

import numpy as np
import torch
from torch import Tensor, nn

from resight.core.head import head
from resight.core.miners import TRIPLET_MINERS
from resight.types import Head

from .export import Network
from .losses import LOSSES, TUPLE
from .losses.classification import arcface
from .microbatch import freeze_norms
from .objective import Objective
from .precision import full_precision


class Embedder(nn.Module):
    """A network with what makes descriptors of its maps; forward gives the loss by name.

    ``settings`` are those of the head that descriptors are compared through: learned without the whitening that a
    gallery will have, a network first of all unlearns what the whitening takes away anyhow. ``frozen`` norms keep the
    statistics that they came with, which those of a few photos would spoil.
    """

    def __init__(
        self,
        network: Network,
        aggregate: Callable[[Tensor], Tensor],
        objective: Objective,
        *,
        settings: Head,
        classes: int,
        channels: int,
        frozen: bool,
        seed: int,
    ) -> None:
        super().__init__()
        self.network = network
        self.aggregate, self.objective, self.settings, self.frozen = aggregate, objective, settings, frozen
        if objective.loss == "arcface":
            rng = np.random.default_rng(seed)
            width = channels if settings.whitening is None else settings.whitening.projection.shape[1]
            drawn = rng.standard_normal((classes, width), dtype=np.float32)
            self.prototypes = nn.Parameter(torch.from_numpy(drawn))

    def train(self, mode: bool = True) -> Self:
        super().train(mode)
        if self.frozen:
            freeze_norms(self)
        return self

    def describe(self, images: Tensor) -> Tensor:
        """Unit rows ``(b, d)`` of normalised images ``(b, 3, h, w)``."""
        return _pooled(self.network(images), self.aggregate, self.settings)

    def forward(self, images: Tensor, labels: Tensor) -> dict[str, Tensor]:
        return self.losses(self.describe(images), labels)

    def losses(self, embeddings: Tensor, *rest: Tensor) -> dict[str, Tensor]:
        """The loss by name of unit rows ``(b, d)`` and their labels ``(b,)``."""
        (labels,), how = rest, self.objective
        options = dict(how.options or {})
        if how.loss == "arcface":
            return {how.loss: arcface(embeddings, labels, self.prototypes, **options)}
        if how.loss in TUPLE:
            return {how.loss: LOSSES[how.loss](embeddings, self._mined(embeddings, labels), **options)}
        return {how.loss: LOSSES[how.loss](embeddings, labels, **options)}

    def _mined(self, rows: Tensor, labels: Tensor) -> Tensor:
        """Triplets within the batch; what is random is drawn from torch's generator, which each step seeds anew."""
        found = rows.detach().float().cpu().numpy()
        rng = np.random.default_rng(int(torch.randint(2**31, ())))
        triplets = TRIPLET_MINERS[self.objective.miner](found @ found.T, labels.cpu().numpy(), rng=rng)
        return torch.from_numpy(triplets).to(rows.device)


@full_precision
def _pooled(maps: Tensor, aggregate: Callable[[Tensor], Tensor], settings: Head) -> Tensor:
    rows: Tensor = head(aggregate(maps.flatten(2).mT), settings)
    return rows
