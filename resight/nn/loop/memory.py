"""Memory of a device: what fits into it, and what is said where something does not."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import torch

from resight.errors import TrainingError


def is_shortage(error: BaseException) -> bool:
    """Whether an error says that memory has run out: on a GPU, in torch's allocator on a processor, or in NumPy's."""
    kinds = (torch.OutOfMemoryError, MemoryError)
    return isinstance(error, kinds) or (isinstance(error, RuntimeError) and "DefaultCPUAllocator" in str(error))


def fitting(work: Callable[[int], Any], size: int) -> int:
    """The largest of n/2, n/4, … of a ``size`` n with which ``work`` does not run out of memory; 0 for none."""
    size //= 2
    while size:
        torch.cuda.empty_cache()
        try:
            work(size)
        except (RuntimeError, MemoryError) as error:
            if not is_shortage(error):
                raise
            size //= 2
        else:
            break
    return size


@contextmanager
def enough(device: torch.device) -> Iterator[None]:
    """Turns a shortage of memory into a TrainingError that says what would need less."""
    try:
        yield
    except (RuntimeError, MemoryError) as error:
        if not is_shortage(error):
            raise
        raise TrainingError(
            f"{device} has too little memory for a step ({next(iter(str(error).splitlines()), 'it is full')}): make "
            "the batch or its views smaller, or end what else is in that memory"
        ) from error
