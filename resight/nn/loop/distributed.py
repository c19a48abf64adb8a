"""The processes that train together: one for each GPU under torchrun, else this one alone."""

from __future__ import annotations

import atexit
import os
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

import torch
from torch import Tensor, distributed, nn
from torch.nn.parallel import DistributedDataParallel

from resight.errors import TrainingError

PATIENCE: Final = timedelta(days=1)
"""Longest time that a worker waits for another: the leading one decodes, validates and measures alone, which may take
hours.

torchrun ends the others at once where one has failed.
"""


@dataclass(frozen=True, slots=True)
class Worker:
    """A process of a training: its ``rank`` among ``count``, and the device it trains on."""

    rank: int
    count: int
    device: torch.device

    @property
    def leads(self) -> bool:
        """Whether it is the one that validates, writes and prints."""
        return self.rank == 0

    def parallel(self, module: nn.Module) -> nn.Module:
        """The module, its gradients averaged over all workers where there are several."""
        if self.count == 1:
            return module
        places = [self.device] if self.device.type == "cuda" else None
        return DistributedDataParallel(module, device_ids=places)

    def apart(self, module: nn.Module) -> AbstractContextManager[Any]:
        """Within it the gradients of a `parallel` module stay this worker's, until it is called outside."""
        return module.no_sync() if isinstance(module, DistributedDataParallel) else nullcontext()

    def any(self, flag: bool) -> bool:
        """Whether ``flag`` is up in any worker, agreed on by all."""
        if self.count == 1:
            return flag
        seen = torch.tensor(float(flag), device=self.device)
        distributed.all_reduce(seen, distributed.ReduceOp.MAX)
        return bool(seen.item())

    def broadcast(self, number: float) -> float:
        """The leading worker's number, known to all."""
        if self.count == 1:
            return number
        seen = torch.tensor(number, dtype=torch.float64, device=self.device)
        distributed.broadcast(seen, 0)
        return float(seen.item())

    def meet(self) -> None:
        """Wait until all workers are here, so that what one has written is there for all."""
        if self.count > 1:
            distributed.barrier()

    def mean(self, numbers: Tensor) -> Tensor:
        """The mean over all workers, element by element."""
        if self.count > 1:
            distributed.all_reduce(numbers)
            numbers /= self.count
        return numbers


def require_alone(what: str) -> None:
    """Raises TrainingError where torchrun started several workers for what knows of one."""
    if (count := int(os.environ.get("WORLD_SIZE", "1"))) > 1:
        raise TrainingError(
            f"torchrun started {count} workers, and {what} learns in one: run the command without torchrun, or with "
            "--nproc-per-node 1"
        )


def joined(device: str | None = None) -> Worker:
    """The worker that this process is, joined with the others if torchrun started several.

    ``device`` None takes a GPU if there is one. Raises TrainingError where a GPU is asked for and there is none.
    """
    if device == "cuda" and not torch.cuda.is_available():
        raise TrainingError(
            "there is no GPU that torch can use; wanted one: train with device=cpu, or mend the driver of the GPU"
        )
    count, rank = int(os.environ.get("WORLD_SIZE", "1")), int(os.environ.get("RANK", "0"))
    device = device or ("cuda" if torch.cuda.is_available() else "cpu")
    place = torch.device(device, int(os.environ.get("LOCAL_RANK", "0"))) if device == "cuda" else torch.device(device)
    if place.type == "cuda":
        torch.cuda.set_device(place)
    if count > 1 and not distributed.is_initialized():
        # Once for the process: a group made anew at the same address might meet what is left of the one before.
        distributed.init_process_group("nccl" if place.type == "cuda" else "gloo", timeout=PATIENCE)
        atexit.register(distributed.destroy_process_group)
    return Worker(rank if count > 1 else 0, count, place)


@contextmanager
def together() -> Iterator[None]:
    """Turns what a worker hears where another has gone into a TrainingError; that one has said why."""
    try:
        yield
    except RuntimeError as error:
        if not isinstance(error, distributed.DistError) and "gloo" not in str(error):
            raise
        raise TrainingError("another worker has ended: see what it said, and start all of them again") from error
