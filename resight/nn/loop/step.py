"""The gradient of a step: of the whole batch at once, or in micro-batches that fit into memory."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import nn

from resight.errors import TrainingError

from .distributed import Worker
from .memory import fitting, is_shortage
from .microbatch import Losses, require_frozen, total
from .task import Batch, Plan, Task


class StepGradient:
    """Adds the gradient of a task's losses to its module's parameters, averaged over the workers.

    Raises TrainingError where the plan wants micro-batches and the task cannot be divided.
    """

    def __init__(self, task: Task, module: nn.Module, plan: Plan, worker: Worker) -> None:
        self._division, self._size, self._worker = task.division, plan.micro_batch, worker
        if self._size:
            self._require_divisible(module)
        self._module = module
        self._alone = _Running(module, worker.device.type, bf16=plan.bf16)
        self._together = worker.parallel(self._alone)

    def __call__(self, batch: Batch) -> Losses:
        """The losses by name, detached; raises TrainingError, with the size that fits, for too little memory."""
        try:
            return self._descend(self._together, batch, self._size)
        except (RuntimeError, MemoryError) as error:
            if not is_shortage(error):
                raise
        # Not in the handler: as long as the error lives, so does all that the step has allocated.
        raise TrainingError(self._advice(batch))

    def _descend(self, run: nn.Module, batch: Batch, size: int) -> Losses:
        if size and self._division is not None:
            return self._division(run, batch, size=size, apart=lambda: self._worker.apart(run))
        losses: Losses = run(nn.Module.__call__, *batch)
        total(losses).backward()  # type: ignore[no-untyped-call]
        return {name: loss.detach() for name, loss in losses.items()}

    def _advice(self, batch: Batch) -> str:
        """Advice where a step does not fit into memory."""
        count = len(batch[0])
        short = f"{self._worker.device} has too little memory for a step of {count} images"
        try:
            self._require_divisible(self._module)
        except TrainingError:
            size = fitting(lambda size: self._descend(self._alone, tuple(part[:size] for part in batch), 0), count)
            return f"{short}; {size or 'not even one'} would fit: make the batch smaller in that measure, or the views"
        size = fitting(lambda size: self._descend(self._alone, batch, size), min(self._size or count, count))
        if not size:
            return f"{short}; not even one at a time would fit: make the views smaller, or the batch"
        return f"{short}; {size} at a time would fit: set micro_batch={size}, which learns the same, and go on"

    def _require_divisible(self, module: nn.Module) -> None:
        if self._division is None:
            raise TrainingError("these losses need the whole batch: leave micro_batch at 0, and make the batch smaller")
        require_frozen(module)


class _Running(nn.Module):
    """A module and the precision that it computes in; forward does any work with it.

    That is since gradients are shared among workers for what passes through a module's forward alone.
    """

    def __init__(self, module: nn.Module, device: str, *, bf16: bool) -> None:
        super().__init__()
        self.module, self._device, self._bf16 = module, device, bf16

    def forward(self, work: Callable[..., Any], *arguments: Any) -> Any:
        with torch.autocast(self._device, dtype=torch.bfloat16, enabled=self._bf16):
            return work(self.module, *arguments)
