"""Full precision for what mixed precision would spoil: cosines that differ in the fourth digit decide a loss."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import wraps
from typing import Any, ParamSpec

import torch
from torch import Tensor

Arguments = ParamSpec("Arguments")

HALVES = (torch.float16, torch.bfloat16)


def full_precision(formula: Callable[Arguments, Tensor]) -> Callable[Arguments, Tensor]:
    """The formula outside of autocast, its half-precision tensors, alone or in a sequence, as float32.

    Under ``torch.autocast`` a matrix product of float32 is computed in bfloat16, whose cosines have two digits.
    """

    @wraps(formula)
    def computed(*args: Arguments.args, **options: Arguments.kwargs) -> Tensor:
        device = next((tensor.device.type for tensor in _tensors([*args, *options.values()])), "cpu")
        with torch.autocast(device, enabled=False):
            return formula(*map(_widened, args), **{key: _widened(value) for key, value in options.items()})

    return computed


def _widened(value: Any) -> Any:
    if isinstance(value, Tensor):
        return value.float() if value.dtype in HALVES else value
    return [_widened(each) for each in value] if isinstance(value, list | tuple) else value


def _tensors(values: list[Any]) -> Iterator[Tensor]:
    for value in values:
        if isinstance(value, Tensor):
            yield value
        elif isinstance(value, list | tuple):
            yield from _tensors(list(value))
