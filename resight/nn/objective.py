"""What fine-tuning minimises: a loss by name, and what finds its triplets within a batch."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from resight.core.miners import TRIPLET_MINERS
from resight.errors import TrainingError, suggestion

from .losses import BATCH

CHOICES: Final = (*BATCH, "triplet", "triplet-cosine", "arcface")
"""Losses that an encoder is fine-tuned by."""


@dataclass(frozen=True, slots=True)
class Objective:
    """What is minimised.

    Attributes
    ----------
    loss : one of CHOICES.
    miner : of triplets within the batch, one of TRIPLET_MINERS without an epoch; no other loss has one.
    options : of the loss, such as a temperature.
    """

    loss: str
    miner: str = "semi-hard"
    options: Mapping[str, float] | None = None

    def __post_init__(self) -> None:
        miners = [name for name in TRIPLET_MINERS if name != "semi-hard-then-hardest"]
        for kind, name, known in (("loss", self.loss, CHOICES), ("miner", self.miner, miners)):
            if name not in known:
                wanted = f"wanted one of {', '.join(known)}"
                raise TrainingError(f"no {kind} to fine-tune by is called {name!r}{suggestion(name, known)}; {wanted}")
