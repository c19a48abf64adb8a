"""Training state: all that the next step depends on, in memory and as a checkpoint."""

from __future__ import annotations

import copy
import math
from collections.abc import Container, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import torch
from torch import Tensor, nn
from torch.optim import Optimizer

from resight.errors import TrainingError
from resight.nn.networks.weights import fill

from . import checkpoint
from .task import Plan, Task

_LEAVES: Final = ("module", "averaged", "optimiser")
_NUMBERS: Final = ("step", "best", "waited", "sums", "scores", "finest")
_LATER: Final = ("content",)
"""Keys that older checkpoints lack of what they were made of."""
_NETWORK: Final = ("architecture", "network", "start", "weights")
"""Keys of an identity that may tell of another network, whose leaves say more than its name."""


@dataclass(eq=False)
class State:
    """The state of a training.

    Attributes
    ----------
    module, averaged : what is trained, and the moving average of its weights, in evaluation mode.
    optimiser : of the module; ``full`` are the full rates of its groups of parameters.
    step : steps done.
    best, waited : the best score, and the epochs since.
    sums : of the losses since the epoch began, by name.
    scores : of all epochs so far.
    finest : the averaged weights of the best epoch, where they are kept.
    """

    module: nn.Module
    averaged: nn.Module
    optimiser: Optimizer
    full: tuple[float, ...]
    step: int = 0
    best: float = -math.inf
    waited: int = 0
    sums: dict[str, float] = field(default_factory=dict)
    scores: list[float] = field(default_factory=list)
    finest: dict[str, Tensor] | None = None

    def __post_init__(self) -> None:
        """Pair the leaves once: to look for them takes as long as to average them."""
        averaged, leaves = self.averaged.state_dict().values(), self.module.state_dict().values()
        self._leaves = tuple(zip(averaged, leaves, strict=True))

    def advance(self, losses: Mapping[str, float], decay: float) -> None:
        """Count a step that the optimiser has made.

        The average forgets its start: while the steps are few its decay is ``step / (step + 9)``.
        """
        self.step += 1
        weight = 1 - min(decay, self.step / (self.step + 9))
        with torch.no_grad():
            for mean, leaf in self._leaves:
                mean.lerp_(leaf, weight) if weight < 1 and mean.is_floating_point() else mean.copy_(leaf)
        for name, loss in losses.items():
            self.sums[name] = self.sums.get(name, 0.0) + loss

    def judge(self, score: float, *, keep: bool = False) -> None:
        """Note an epoch's score, and ``keep`` the averaged weights of the first epoch that has the best."""
        if keep and score > self.best:
            self.finest = {name: leaf.clone() for name, leaf in self.averaged.state_dict().items()}
        self.waited = 0 if score > self.best else self.waited + 1
        self.best = max(self.best, score)
        self.scores.append(score)

    def choose(self, steps: int) -> tuple[int, float | None]:
        """Give the average the weights of the best epoch, where they were kept.

        The epoch, of so many ``steps``, whose weights it has now, else the last whole one; and the score of these very
        weights, None where they were not validated: without photos to, and in the middle of an epoch.
        """
        if self.finest is not None:
            self.averaged.load_state_dict(self.finest)
            return self.scores.index(self.best) + 1, self.best
        epoch, begun = divmod(self.step, steps)
        return epoch, self.scores[-1] if self.scores and not begun else None


def begin(task: Task, plan: Plan, device: torch.device) -> State:
    """A task's state before its first step, on the device."""
    module = task.module.to(device, memory_format=torch.channels_last).train()  # type: ignore[call-overload]
    optimiser = plan.optimiser(module)
    full = tuple(group["lr"] for group in optimiser.param_groups)
    return State(module, copy.deepcopy(module).eval(), optimiser, full)


def save(state: State, task: Task, file: Path) -> None:
    """Write a checkpoint; raises TrainingError where that fails, and an older one is intact."""
    content: dict[str, Any] = {name: getattr(state, name).state_dict() for name in _LEAVES}
    content |= {name: getattr(state, name) for name in _NUMBERS}
    checkpoint.save({**content, "identity": dict(task.identity)}, file)


def restore(state: State, task: Task, file: Path) -> None:
    """Make the state that of a checkpoint.

    Raises TrainingError for one that is damaged or of another task, ModelError, leaf by leaf, for another network.
    Settings are compared first, since another one may have other leaves, too.
    """
    content = {"scores": [], "finest": None, **checkpoint.load(file)}  # checkpoints of before had none
    if missing := [name for name in (*_LEAVES, *_NUMBERS, "identity") if name not in content]:
        raise TrainingError(f"{str(file)!r} has no {', '.join(missing)}; wanted a checkpoint: name another folder")
    wanted = task.identity
    found = {key: wanted[key] for key in _LATER if key in wanted} | content["identity"]
    what, remedy = f"the checkpoint {str(file)!r} was", "go on with the former, or name another folder"
    require_same(_without(found, _NETWORK), _without(wanted, _NETWORK), what, remedy)
    fill(state.module, content["module"])
    fill(state.averaged, content["averaged"])
    require_same(found, wanted, what, remedy)
    state.optimiser.load_state_dict(content["optimiser"])
    for name in _NUMBERS:
        setattr(state, name, content[name])


def _without(identity: Mapping[str, Any], names: Container[str]) -> dict[str, Any]:
    return {key: value for key, value in identity.items() if key not in names}


def require_same(found: Mapping[str, Any], wanted: Mapping[str, Any], what: str, remedy: str) -> None:
    """Raises TrainingError for the first setting that ``what``, such as "the file was", was made with otherwise."""
    for key in sorted({*found, *wanted}):
        if found.get(key) != wanted.get(key):
            raise TrainingError(f"{what} made with {key} {found.get(key)!r}, wanted {wanted.get(key)!r}: {remedy}")
