"""The learning rate of a training: a schedule by its name and the settings that it reads."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, Final

from .schedules import BY_EPOCH, BY_STEP, SCHEDULES, constant
from .stable_decay import stable_decay

NAMES: Final = ("stable-decay", *SCHEDULES)
"""Schedules; the first is the default."""


def schedule(name: str, *, epochs: int, steps: int, warmup: int, decay: float) -> Callable[[int], float]:
    """The schedule of that name: the share of the full rate at a step, of so many ``epochs`` of ``steps``.

    It is 1 throughout where the history alone decides.
    ``warmup`` in steps, a fifth of all at most, is that of stable-decay and cosine. ``decay`` is a share of the epochs:
    the last, in which stable-decay falls to zero, and the one after each of which step falls to a tenth.
    """
    total = epochs * steps
    rise = min(warmup, total // 5)
    if name == "stable-decay":
        length = round(decay * total)
        return partial(stable_decay, warmup=rise, start=total - length if length else None, length=max(length, 1))
    if name in BY_EPOCH:
        every = max(round(decay * epochs), 1) if decay else epochs
        return lambda step: BY_EPOCH[name](step // steps, every=every)
    options: dict[str, Any] = {"warmup": rise} if name == "cosine" else {}
    return partial(BY_STEP.get(name, constant), total=total, **options)
