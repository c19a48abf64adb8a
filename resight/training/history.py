"""The curves of a training run, kept beside its checkpoint so that a resumed run shows all of them."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Self

from resight.errors import TrainingError
from resight.io.files import write_whole
from resight.progress import Progress

from .diagnosis import Verdict, verdicts

if TYPE_CHECKING:
    from resight.nn.loop.events import Event, RunStart
    from resight.nn.loop.task import JudgedTask

HISTORY: Final = "history.json"


@dataclass
class History:
    """The history of a run: what its events told.

    Attributes
    ----------
    score : P@1 of the validation before the first step, None without any.
    steps : number from 1, sum of all losses, and share of the full learning rate, of each.
    epochs : by number: mean loss, rate, score, yardstick, mean cosine of two photos, and seconds.
    yardstick : the loss of the task's sample before the first step, which verdicts compare; None before it is known.
    """

    score: float | None = None
    steps: list[tuple[int, float, float]] = field(default_factory=list)
    epochs: dict[str, dict[str, Any]] = field(default_factory=dict)
    yardstick: float | None = None

    @property
    def start(self) -> float:
        """The loss of the first step's batch; NaN before there is any. Other batches cost other losses."""
        return self.steps[0][1] if self.steps else math.nan

    @property
    def means(self) -> tuple[float, ...]:
        """Mean loss of each epoch."""
        return tuple(epoch["loss"] for epoch in self.epochs.values())

    @property
    def yardsticks(self) -> tuple[float, ...]:
        """The loss of the task's sample after each epoch."""
        return tuple(epoch["yardstick"] for epoch in self.epochs.values() if epoch.get("yardstick") is not None)

    @property
    def scores(self) -> tuple[float, ...]:
        """P@1 before training and after each epoch; () without validation."""
        found = (self.score, *(epoch["score"] for epoch in self.epochs.values()))
        return tuple(score for score in found if score is not None)

    @property
    def seconds(self) -> dict[str, float]:
        """Seconds that training spent, by what for, over all epochs."""
        found: dict[str, float] = {}
        for epoch in self.epochs.values():
            for name, spent in epoch["seconds"].items():
                found[name] = found.get(name, 0.0) + spent
        return found

    @property
    def waiting(self) -> float:
        """Share of that time in which there was nothing to learn from yet."""
        spent = self.seconds
        return spent.get("waiting", 0.0) / max(sum(spent.values()), 1e-9)

    @property
    def cosine(self) -> float | None:
        """Mean of two known photos after the last epoch; None before one."""
        return list(self.epochs.values())[-1]["cosine"] if self.epochs else None

    def begin(self, task: JudgedTask) -> None:
        """Note what a task's module is worth before training moves it, where that is not known yet."""
        module = task.module.eval()
        if self.score is None:
            self.score = task.validate(module)
        if self.yardstick is None:
            self.yardstick = task.yardstick(module)

    def verdicts(self, scores: Sequence[float], *, cosine: float | None) -> tuple[Verdict, ...]:
        """Verdicts on what the run suffers from; ``scores`` () where nothing was judged by other photos."""
        start = math.nan if self.yardstick is None else self.yardstick
        return verdicts(start, self.yardsticks, scores, cosine=cosine)

    def stepped(self, done: int, losses: Mapping[str, float], rate: float) -> None:
        """Note a step; what was noted from there on, before a kill, is forgotten."""
        while self.steps and self.steps[-1][0] >= done:
            self.steps.pop()
        self.steps.append((done, sum(losses.values()), rate))

    def of(self, epoch: int, steps: int) -> list[tuple[int, float, float]]:
        """The steps of an epoch, from 1, where all of so many are noted."""
        found = [step for step in self.steps if (epoch - 1) * steps < step[0] <= epoch * steps]
        return found if len(found) == steps else []

    def forget(self, epoch: int) -> None:
        """Forget the epochs after this one, which a checkpoint of before does not know."""
        self.epochs = {number: row for number, row in self.epochs.items() if int(number) <= epoch}

    def decays(self) -> tuple[int, ...]:
        """Steps after which the rate begins to fall, or falls again after it stood."""
        rates = [rate for _, _, rate in self.steps]
        falls = [False, *(now < before for before, now in pairwise(rates))]
        return tuple(self.steps[place][0] for place, fell in enumerate(falls[1:]) if fell and not falls[place])

    def save(self, folder: Path) -> None:
        """Write it whole or not at all; raises OSError, and an older one is intact."""
        folder.mkdir(parents=True, exist_ok=True)
        content = json.dumps(asdict(self))
        write_whole(folder / HISTORY, lambda unfinished: unfinished.write_text(content, encoding="utf-8"))


@dataclass(frozen=True, slots=True, kw_only=True)
class EpochDone(Progress):
    """The step of long work in which an epoch ended, now or before it was gone on with.

    Attributes
    ----------
    epoch : its number, from 1.
    loss, rate : the mean over its steps, and the last step's share of the full learning rate.
    score : of the validation photos; None where there are none.
    """

    epoch: int
    loss: float
    rate: float
    score: float | None

    @classmethod
    def of(cls, history: History, epoch: int, done: int, total: int, remark: str = "") -> Self:
        """The step of an epoch of a history, where ``done`` of ``total`` epochs are."""
        row = history.epochs[str(epoch)]
        figures = {name: row[name] for name in ("loss", "rate", "score")}
        return cls(stage="epochs", done=done, total=total, remark=remark, epoch=epoch, **figures)


def opened(folder: Path) -> History:
    """The history in a folder, or an empty one; raises TrainingError for a file that is damaged or cannot be read."""
    try:
        kept = json.loads((folder / HISTORY).read_text(encoding="utf-8"))
        history = History(**{**kept, "steps": [(int(done), loss, rate) for done, loss, rate in kept["steps"]]})
        _ = history.means, history.scores, history.seconds  # what is no epoch is noticed now, and not at the end
    except (FileNotFoundError, NotADirectoryError):
        return History()
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError, OSError) as error:
        raise TrainingError(
            f"{str(folder / HISTORY)!r} is no history of a training run ({error}): remove it; only curves are lost"
        ) from error
    return history


def noted(
    events: Iterable[Event],
    task: JudgedTask,
    history: History,
    folder: Path,
    *,
    cosine: Callable[[], float | None] = lambda: None,
) -> Iterator[Event]:
    """Pass a loop's events on, each noted and kept in ``folder`` first; an epoch says why that failed.

    That is no reason to stop, since all is here still. An epoch's steps are kept before its checkpoint is saved; where
    a kill came between the two, what the checkpoint is worth is measured when it is gone on from. ``cosine`` is asked
    after each validation.
    """
    from resight.nn.loop.events import Epoch, RunEnd, RunStart, StepReport

    for event in events:
        if isinstance(event, RunStart):
            _mend(history, event, task, cosine)
        if isinstance(event, StepReport):
            history.stepped(event.done, event.losses, event.rate)
        if isinstance(event, Epoch):
            row = {"loss": sum(event.losses.values()), "rate": event.rate, "seconds": dict(event.seconds)}
            judged = {"score": event.score, "yardstick": task.yardstick(event.module), "cosine": cosine()}
            history.epochs[str(event.number)] = {**row, **judged}
        if isinstance(event, Epoch | RunEnd) or (isinstance(event, StepReport) and event.done % task.steps == 0):
            trouble = _saved(history, folder)
            event = replace(event, trouble=trouble) if isinstance(event, Epoch) else event
        yield event


def _mend(history: History, event: RunStart, task: JudgedTask, cosine: Callable[[], float | None]) -> None:
    """Make a history that of the checkpoint which training goes on from, the epoch included that ended with it."""
    epoch, within = divmod(event.done, task.steps)
    history.forget(epoch)
    steps = history.of(epoch, task.steps)
    if steps and not within and str(epoch) not in history.epochs:
        row = {"loss": sum(loss for _, loss, _ in steps) / len(steps), "rate": steps[-1][2], "seconds": {}}
        judged = {"score": task.validate(event.module), "yardstick": task.yardstick(event.module), "cosine": cosine()}
        history.epochs[str(epoch)] = {**row, **judged}


def _saved(history: History, folder: Path) -> str:
    try:
        history.save(folder)
    except OSError as error:
        return f"the curves are not saved ({error.strerror}); training goes on, and tries again after the next epoch"
    return ""
