"""The training loop: every network of resight that learns by gradients learns here.

The number of steps done is the only clock: data order, views, dropout and rate follow from it and the seed. So what was
stopped anywhere and resumed ends, on a CPU, with the same bits as what was not.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final

import numpy as np
import torch
from torch import Tensor, nn

from resight.errors import TrainingError

from . import state as states
from .distributed import Worker, joined
from .events import Epoch, Event, RunEnd, RunStart, StepReport
from .memory import enough
from .state import State
from .step import StepGradient
from .task import Batch, Plan, Task
from .timer import Timer

CHECKPOINT: Final = "checkpoint.pt"


def train(
    task: Task, plan: Plan, folder: Path, *, start: Path | None = None, stop: Callable[[], bool] = lambda: False
) -> Iterator[Event]:
    """Train until the plan is done, the patience is at an end or ``stop()`` says so; go on from what is in ``folder``.

    ``start`` is a checkpoint to go on from where the folder has none. Every epoch and every stop leaves a checkpoint.
    Raises TrainingError for a loss or gradient that is no finite number (the last checkpoint stays), too little memory,
    a checkpoint of something else or past the plan's end, and a full disk; ModelError, leaf by leaf, for a checkpoint
    of another network.
    """
    file, total = folder / CHECKPOINT, plan.epochs * task.steps
    worker = joined(plan.device)
    with ThreadPoolExecutor(1) as ahead, enough(worker.device):
        state = states.begin(task, plan, worker.device)
        origin = file if file.exists() else start
        if origin is not None:
            states.restore(state, task, origin)
            _require_ahead(state.step, plan.epochs, task.steps, origin)
        gradient = StepGradient(task, state.module, plan, worker)
        yield RunStart(state.step, total, str(worker.device), worker.count, state.averaged)
        coming, timer, stopped = ahead.submit(task.load, state.step, worker), Timer(), False
        while state.step < total and state.waited <= plan.patience and not stopped:
            with timer.running("waiting"):
                batch = tuple(part.to(worker.device, non_blocking=True) for part in coming.result())
            coming = ahead.submit(task.load, state.step + 1, worker)
            with timer.running("preparing"):
                prepared = task.prepare(batch, state.step, _seeded(plan.seed, state.step, worker.rank))
            with timer.running("learning"):
                rate = plan.rate(state.step) * plan.fall(state.scores)
                losses = _learn(state, gradient, prepared, rate, plan, worker, file)
            yield StepReport(state.step, total, losses, rate)
            ended, stopped = state.step % task.steps == 0, worker.any(stop())
            if ended:
                score = _validate(state, task, plan, worker)
                means, state.sums = {name: value / task.steps for name, value in state.sums.items()}, {}
            if ended or stopped:
                if worker.leads:
                    states.save(state, task, file)
                worker.meet()
            if ended:
                best = None if score is None else state.best
                number, times = state.step // task.steps, timer.taken()
                yield Epoch(number, plan.epochs, means, rate, score, best, times, state.averaged)
        reason = "done" if state.step == total else "stopped" if stopped else "patience"
        epoch, score = state.choose(task.steps)
        yield RunEnd(reason, state.step, total, file, score, epoch, state.averaged)


def _learn(
    state: State, gradient: StepGradient, prepared: Batch, rate: float, plan: Plan, worker: Worker, file: Path
) -> dict[str, float]:
    """Takes a step of gradient descent; the losses by name, averaged over the workers.

    What is clipped is the gradient of what learns: other numbers may have one, too, such as those of rate factor 0.
    """
    for group, full in zip(state.optimiser.param_groups, state.full, strict=True):
        group["lr"] = full * rate
    state.module.zero_grad()
    losses = gradient(prepared)
    learning = [leaf for group in state.optimiser.param_groups for leaf in group["params"]]
    length = _clipped(learning, plan.clip)
    said = worker.mean(torch.stack([*(loss.float() for loss in losses.values()), length]))
    numbers = dict(zip((*losses, "the gradient"), said.tolist(), strict=True))
    _require_finite(numbers, state.step, file)
    state.optimiser.step()
    numbers.pop("the gradient")
    state.advance(numbers, plan.averaging)
    return numbers


def _clipped(learning: Sequence[nn.Parameter], longest: float) -> Tensor:
    """The length of the gradient of what learns, which is made no longer than ``longest``."""
    if math.isfinite(longest):
        return nn.utils.clip_grad_norm_(learning, longest)
    return nn.utils.get_total_norm([leaf.grad for leaf in learning if leaf.grad is not None])


def _require_ahead(done: int, epochs: int, steps: int, file: Path) -> None:
    if done > epochs * steps:
        raise TrainingError(
            f"the checkpoint {str(file)!r} has done {done} steps, wanted {epochs * steps} at most, which {epochs} "
            f"epochs have: train for {-(-done // steps)} epochs at least, or name another folder"
        )


def _require_finite(numbers: Mapping[str, float], step: int, file: Path) -> None:
    if wrong := [f"{name} is {value}" for name, value in numbers.items() if not math.isfinite(value)]:
        kept = f"the last good checkpoint is {str(file)!r}" if file.exists() else "there is no checkpoint yet"
        raise TrainingError(
            f"at step {step + 1} {', '.join(wrong)}; wanted finite numbers: {kept}; lower the learning rate, clip the "
            "gradient, or train without bf16"
        )


def _validate(state: State, task: Task, plan: Plan, worker: Worker) -> float | None:
    """The averaged module's score, found by the leading worker and known to all."""
    score = task.validate(state.averaged) if worker.leads else None
    told = worker.broadcast(math.nan if score is None else score)
    if math.isnan(told):
        return None
    state.judge(told, keep=math.isfinite(plan.patience))
    return told


def _seeded(*numbers: int) -> torch.Generator:
    """A generator of its own for each step and worker; torch's global one, which dropout uses, gets the same seed."""
    seed = int(np.random.SeedSequence(numbers).generate_state(1, np.uint64)[0] >> 1)
    torch.manual_seed(seed)
    return torch.Generator().manual_seed(seed)
