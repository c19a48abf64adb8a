"""Input of a training loop: a task to learn, and a plan how."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import torch
from torch import Tensor, nn
from torch.optim import Optimizer

from .distributed import Worker

Batch = tuple[Tensor, ...]

Division = Callable[..., dict[str, Tensor]]
"""A division of a batch into micro-batches that give the same gradient: one of those of microbatch.py."""


def unmoved(scores: Sequence[float]) -> float:
    """1: the rate follows the steps alone."""
    return 1.0


class Task(Protocol):
    """A task to learn.

    Attributes
    ----------
    module : takes what ``prepare`` gives to weighted losses by name.
    steps : of an epoch.
    division : how a batch may be divided; None where its losses need it whole.
    identity : all that must not change between a checkpoint and what goes on from it, as plain text and numbers.
    """

    @property
    def module(self) -> nn.Module:
        """The network that learns, with its losses."""

    @property
    def steps(self) -> int:
        """Steps of an epoch."""

    @property
    def division(self) -> Division | None:
        """Whether and how a batch may be divided."""

    @property
    def identity(self) -> Mapping[str, Any]:
        """Settings that a checkpoint is bound to."""

    def load(self, step: int, worker: Worker) -> Batch:
        """A worker's share of a step's batch, on the CPU; called in another thread while the step before runs."""

    def prepare(self, batch: Batch, step: int, generator: torch.Generator) -> Batch:
        """Prepares the module's input of a batch on the device; the generator draws all that is random."""

    def validate(self, module: nn.Module) -> float | None:
        """Precision at 1 on photos that are not learned from, for a module in evaluation mode; None without any."""


class JudgedTask(Task, Protocol):
    """A task whose course a verdict can be made of."""

    def yardstick(self, module: nn.Module) -> float:
        """The mean loss of one and the same sample, drawn by the seed, for a module in evaluation mode.

        What is mined plays no part: a miner picks other pairs or triplets each time, those that cost much, so that
        their loss need not fall where a network learns.
        """


@dataclass(frozen=True, slots=True)
class Plan:
    """A plan how a task is learned.

    Attributes
    ----------
    epochs : in all, those before a resumption included.
    optimiser : made of the module; its rates are the full ones.
    rate : share of the full rate at a step.
    fall : what that is multiplied by, after so many epochs with these validation scores.
    averaging : decay of the average of the weights over the steps, which is what is validated.
    clip : largest length of the gradient; infinite never clips, but still notices what is not a number.
    bf16 : whether the module computes in bfloat16 where that is safe.
    micro_batch : images that go through the module at a time; 0 takes the whole batch at once.
    patience : epochs in a row that may pass without a better score; a finite one gives the best epoch's weights.
    seed : of data order, views and dropout.
    device : "cpu" or "cuda"; None is a GPU if there is one.
    """

    epochs: int
    optimiser: Callable[[nn.Module], Optimizer]
    rate: Callable[[int], float]
    fall: Callable[[Sequence[float]], float] = unmoved
    averaging: float = 0.999
    clip: float = math.inf
    bf16: bool = False
    micro_batch: int = 0
    patience: float = math.inf
    seed: int = 0
    device: str | None = None
