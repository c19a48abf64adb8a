"""Events of a training loop: records that a command prints, a log keeps or nobody reads."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from torch import nn


@dataclass(frozen=True, slots=True)
class RunStart:
    """Before the first step.

    Attributes
    ----------
    done, total : steps: where training stands and how far it goes; 0 done means from the start.
    device, workers : what it learns on.
    module : averaged over the steps done, in evaluation mode.
    """

    done: int
    total: int
    device: str
    workers: int
    module: nn.Module = field(repr=False)


@dataclass(frozen=True, slots=True)
class StepReport:
    """After a step.

    Attributes
    ----------
    done, total : steps.
    losses : weighted, by name; they are summed.
    rate : the learning rate of this step, as a share of the full one.
    """

    done: int
    total: int
    losses: Mapping[str, float]
    rate: float


@dataclass(frozen=True, slots=True)
class Epoch:
    """After an epoch was validated and saved.

    Attributes
    ----------
    number, total : epochs done and wanted.
    losses : means over the epoch's steps.
    rate : the last step's share of the full learning rate.
    score, best : of the averaged module on the validation photos, and the best so far; None where there are none.
    seconds : "waiting" for photos, "preparing" views of them, and "learning" from these, of this run's steps.
    module : what was validated, averaged over the steps, in evaluation mode.
    trouble : why what was noted of it is not saved, else "".
    """

    number: int
    total: int
    losses: Mapping[str, float]
    rate: float
    score: float | None
    best: float | None
    seconds: Mapping[str, float]
    module: nn.Module = field(repr=False)
    trouble: str = ""


@dataclass(frozen=True, slots=True)
class RunEnd:
    """The last event.

    Attributes
    ----------
    reason : "done", "patience" or "stopped".
    done, total : steps.
    file : the checkpoint to go on from.
    score : of the module; None where it was not validated: without photos to, and in the middle of an epoch.
    epoch : whose weights the module has: the best where training could end early, else the last whole one.
    module : averaged over the steps, in evaluation mode.
    """

    reason: str
    done: int
    total: int
    file: Path
    score: float | None
    epoch: int
    module: nn.Module = field(repr=False)


Event = RunStart | StepReport | Epoch | RunEnd
