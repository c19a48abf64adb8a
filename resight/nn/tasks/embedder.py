"""A network that learns to embed photos, with what makes descriptors of its maps and the loss of these."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Self

import numpy as np
import torch
from torch import Tensor, nn

from resight.features.head import head
from resight.nn.loop.microbatch import freeze_norms
from resight.nn.losses import LOSSES, PAIR, TUPLE
from resight.nn.losses.classification import arcface
from resight.nn.mining import pairs
from resight.nn.networks.architectures import Network
from resight.nn.networks.heads import GeM, classifier
from resight.nn.networks.precision import full_precision
from resight.types import Head

from .objective import SCORED, Objective

Pooling = Callable[[Tensor], Tensor]
"""Maps ``(b, c, h, w)`` to rows ``(b, c)``."""


class Embedder(nn.Module):
    """A network with what makes descriptors of its maps; forward gives the loss by name.

    ``pooling`` may be a `GeM`, whose exponent then learns. ``settings`` are those of the head that descriptors are
    compared through: learned without the whitening that a gallery will have, a network first of all unlearns what the
    whitening takes away anyhow. ``frozen`` norms keep the statistics that they came with, which those of a few photos
    would spoil. What a loss has beside the network, ArcFace's prototypes or a classifier, is drawn by the seed.
    """

    def __init__(
        self,
        network: Network,
        pooling: Pooling,
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
        self.pooling, self.objective, self.settings, self.frozen = pooling, objective, settings, frozen
        rng = np.random.default_rng(seed)
        if objective.loss == "arcface":
            width = channels if settings.whitening is None else settings.whitening.projection.shape[1]
            drawn = rng.standard_normal((classes, width), dtype=np.float32)
            self.prototypes = nn.Parameter(torch.from_numpy(drawn))
        if objective.loss in SCORED:
            self.classifier = classifier(channels, classes, rng=rng)

    @property
    def exponent(self) -> float | None:
        """Exponent of the generalised mean, where it learns."""
        return self.pooling.p.item() if isinstance(self.pooling, GeM) else None

    @property
    def fresh(self) -> tuple[str, ...]:
        """Names of what does not come from the network's start: a classifier, prototypes, an exponent."""
        own = {name.partition(".")[0] for name, _ in self.named_parameters()}
        return tuple(sorted(own - {"network"}))

    def train(self, mode: bool = True) -> Self:
        """Let it learn, but for norms that are frozen."""
        super().train(mode)
        if self.frozen:
            freeze_norms(self)
        return self

    def describe(self, images: Tensor) -> Tensor:
        """Unit rows ``(b, d)`` of normalised images ``(b, 3, h, w)``."""
        return _pooled(self.network(images), self.pooling, self.settings)

    def forward(self, images: Tensor, labels: Tensor) -> dict[str, Tensor]:
        """Losses by name of normalised images ``(b, 3, h, w)`` and their labels ``(b,)``."""
        name = self.objective.loss
        if name in SCORED:
            return {name: LOSSES[name](self.classifier(self.network(images)), labels, **self._options)}
        return self.losses(self.describe(images), labels)

    def losses(self, embeddings: Tensor, *rest: Tensor) -> dict[str, Tensor]:
        """The loss by name of unit rows ``(b, d)`` and their labels ``(b,)``; of scores there is none here."""
        (labels,), name = rest, self.objective.loss
        if name == "arcface":
            return {name: arcface(embeddings, labels, self.prototypes, **self._options)}
        if name in (*TUPLE, *PAIR):
            return {name: LOSSES[name](embeddings, *self._mined(embeddings, labels), **self._options)}
        return {name: LOSSES[name](embeddings, labels, **self._options)}

    @property
    def _options(self) -> dict[str, Any]:
        return dict(self.objective.options or {})

    def _mined(self, embeddings: Tensor, labels: Tensor) -> tuple[Tensor, ...]:
        """Mines within the batch, and tells of pairs which are of one instance.

        What is random is drawn from torch's generator, which each step seeds anew.
        """
        rows, numbers = embeddings.detach().float().cpu().numpy(), labels.cpu().numpy()
        rng = np.random.default_rng(int(torch.randint(2**31, ())))
        found = self.objective.mined(rows @ rows.T, numbers, rng=rng)
        same = (pairs.same(found, numbers),) if self.objective.loss in PAIR else ()
        return tuple(torch.from_numpy(each).to(embeddings.device) for each in (found, *same))


@full_precision
def _pooled(maps: Tensor, pooling: Pooling, settings: Head) -> Tensor:
    rows: Tensor = head(pooling(maps), settings)
    return rows
