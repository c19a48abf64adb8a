"""A task that is learned in no time, with all that resuming could get wrong: norms, dropout, drawing, momentum."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from resight.nn.loop.distributed import Worker
from resight.nn.loop.loop import train
from resight.nn.loop.microbatch import by_rows
from resight.nn.loop.task import Batch, Plan


class Losses(nn.Module):
    """Two losses of a small network; ``plain`` has neither norm nor dropout, so that a batch may be split."""

    def __init__(self, width: int = 4, *, plain: bool = False) -> None:
        super().__init__()
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(5)
            extra = [] if plain else [nn.BatchNorm1d(width), nn.Dropout(0.3)]
            self.network = nn.Sequential(nn.Linear(6, width), *extra, nn.ReLU(), nn.Linear(width, 3))

    def forward(self, rows: Tensor, labels: Tensor) -> dict[str, Tensor]:
        return self.losses(self.describe(rows), labels)

    def describe(self, rows: Tensor) -> Tensor:
        hidden: Tensor = self.network[:-1](rows)
        return hidden

    def losses(self, hidden: Tensor, labels: Tensor) -> dict[str, Tensor]:
        """The last layer is theirs, as the prototypes of ArcFace are."""
        logits = self.network[-1](hidden)
        return {"labels": F.cross_entropy(logits, labels), "size": 0.01 * logits.square().mean()}


class Toy:
    """Rows of three classes, shown in an order of the step's, with noise of the generator's."""

    def __init__(self, module: nn.Module | None = None, *, noise: float = 0.1, steps: int = 3, **identity: Any) -> None:
        rng = np.random.default_rng(0)
        self.module = Losses() if module is None else module
        self.steps, self.identity, self.noise, self.division = steps, identity, noise, by_rows
        self.labels = torch.from_numpy(rng.integers(0, 3, 40))
        self.rows = torch.from_numpy(rng.normal(size=(40, 6)).astype(np.float32)) + self.labels[:, None]
        self.scores: Callable[[int], float | None] = lambda epoch: None
        self.validated = 0

    def load(self, step: int, worker: Worker) -> Batch:
        rows = np.random.default_rng(step).permutation(40)[:8][worker.rank :: worker.count]
        return self.rows[rows], self.labels[rows]

    def prepare(self, batch: Batch, step: int, generator: torch.Generator) -> Batch:
        rows, labels = batch
        return rows + self.noise * torch.randn(rows.shape, generator=generator), labels

    def validate(self, module: nn.Module) -> float | None:
        assert not module.training
        self.validated += 1
        return self.scores(self.validated)


def sgd(module: nn.Module) -> torch.optim.Optimizer:
    return torch.optim.SGD(module.parameters(), lr=0.1, momentum=0.9, nesterov=True)


def adam(module: nn.Module) -> torch.optim.Optimizer:
    return torch.optim.AdamW(module.parameters(), lr=0.01)


def slower(step: int) -> float:
    return 1 / (1 + step)


PLAN = partial(Plan, optimiser=adam, rate=slower, averaging=0.9, seed=3, device="cpu")


def worked(task: Toy, epochs: int, folder: Path, **options: Any) -> list[Any]:
    """All events of training for so many epochs."""
    return list(train(task, PLAN(epochs, **options), folder))
