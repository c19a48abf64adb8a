"""What fits into a device's memory, found by trying."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor


def fitting(work: Callable[..., Any], batch: tuple[Tensor, ...]) -> int:
    """The largest of n/2, n/4, … items of a batch of n for which ``work`` does not run out of memory; 0 for none."""
    size = len(batch[0]) // 2
    while size:
        torch.cuda.empty_cache()
        try:
            work(*(part[:size] for part in batch))
        except torch.OutOfMemoryError:
            size //= 2
        else:
            break
    return size
