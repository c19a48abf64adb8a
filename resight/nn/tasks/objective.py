"""Objective of fine-tuning: a loss by name, and the miner of its pairs or triplets within a batch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from resight.errors import TrainingError, suggestion
from resight.nn.losses import BATCH, CLASSIFICATION, PAIR, TUPLE
from resight.nn.mining.miners import MINERS, PAIR_MINERS, TRIPLET_MINERS
from resight.nn.mining.quadruplets import extended
from resight.types import Array

CHOICES: Final = (*BATCH, *TUPLE, *PAIR, *CLASSIFICATION)
"""Losses that an encoder is fine-tuned by; that of regions wants another network, a fully convolutional one."""

SCORED: Final = ("cross-entropy", "hinge")
"""Losses of scores: of a classifier that learns beside the descriptor, and is left out of what is written."""

_EPOCHAL: Final = "semi-hard-then-hardest"
"""The miner that wants to know the epoch, which a batch does not."""


def miners(loss: str) -> tuple[str, ...]:
    """Names of the miners that find what a loss takes within a batch, the usual one first; () where it takes all."""
    if loss in PAIR:
        return tuple(PAIR_MINERS)
    if loss in TUPLE:
        others = [name for name in TRIPLET_MINERS if name not in ("semi-hard", _EPOCHAL)]
        return ("semi-hard", *others)
    return ()


@dataclass(frozen=True, slots=True)
class Objective:
    """An objective to minimise.

    Attributes
    ----------
    loss : one of CHOICES.
    miner : one of the loss's `miners`; "" is the usual one, and none where the loss takes the whole batch.
    options : of the loss, such as a temperature.
    """

    loss: str
    miner: str = ""
    options: Mapping[str, float] | None = None

    def __post_init__(self) -> None:
        _require("loss", self.loss, CHOICES)
        if self.miner and not miners(self.loss):
            raise TrainingError(
                f"the loss {self.loss!r} takes every photo of a batch, and the setting miner is {self.miner!r}: leave "
                "the miner out, or take a loss of pairs or triplets"
            )
        if self.miner:
            _require(f"miner for the loss {self.loss}", self.miner, miners(self.loss))

    @property
    def blind(self) -> Objective:
        """The objective with what it mines drawn by chance, so that it does not follow what a network has learned."""
        if not miners(self.loss):
            return self
        return replace(self, miner="random-pairs" if self.loss in PAIR else "random-negative")

    def mined(self, similarities: Array, labels: Array, *, rng: np.random.Generator) -> Array:
        """Mines what a loss takes of a batch: pairs, triplets or quadruplets ``(t, 2 to 4)`` of its rows.

        ``similarities (b, b)``, ``labels (b,)``.
        """
        found = MINERS[self.miner or miners(self.loss)[0]](similarities, labels, rng=rng)
        return extended(found, labels, rng=rng) if self.loss == "quadruplet" else found


def _require(kind: str, name: str, known: Sequence[str]) -> None:
    if name not in known:
        wanted = f"wanted one of {', '.join(known)}"
        raise TrainingError(f"no {kind} to fine-tune by is called {name!r}{suggestion(name, known)}; {wanted}")
