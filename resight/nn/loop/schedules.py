"""Schedules of the learning rate: pure functions to the factor that the base rate is multiplied by."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Final

Schedule = Callable[..., float]


def constant(step: int, total: int) -> float:
    """1: Kohl 2017 anneals nothing where it trains with pairs and triplets (docs/papers.md)."""
    return 1.0


def cosine(step: int, total: int, *, warmup: int = 0, floor: float = 0.0) -> float:
    """Half a cosine from 1 at the step ``warmup`` to ``floor`` at ``total``, behind a straight rise to 1.

    Loshchilov and Hutter 2017, *SGDR*, equation 5, without restarts. Step 0 of a warm-up has its first share,
    1 / ``warmup``, so that no step is lost.
    """
    if step < warmup:
        return (step + 1) / warmup
    return _half_cosine(1.0, floor, (step - warmup) / max(total - warmup, 1))


def one_cycle(step: int, total: int, *, rise: float = 0.3, first: float = 1 / 25, last: float = 1 / 250_000) -> float:
    """A cycle: up from ``first`` to 1 over the share ``rise`` of all steps, and down to ``last``, both along half a
    cosine.

    Smith and Topin 2017, *Super-convergence*, with the defaults of PyTorch's ``OneCycleLR``.
    """
    top = rise * total - 1
    if step < top:
        return _half_cosine(first, 1.0, step / top)
    return _half_cosine(1.0, last, (step - top) / max(total - 1 - top, 1))


def time_decay(step: int, total: int, *, decay: float = 1e-5) -> float:
    """``1 / (1 + decay · step)``: Ghosh et al. 2017, section 3 (docs/papers.md). The total plays no part."""
    return 1 / (1 + decay * step)


def step(epoch: int, *, every: int = 30, factor: float = 0.1) -> float:
    """``factor`` after each ``every`` epochs: Kohl 2017, section 4.2.2; Shi 2018 has 10 for its 30."""
    return factor ** (epoch // every)


def running_mean(accuracies: Sequence[float], *, alpha: float = 0.02, factor: float = 0.5, wait: int = 3) -> float:
    """``factor`` for each time that the validation ``accuracies`` so far, one per epoch, called for it.

    *Image similarity network* 2020, section 4.5, as written (docs/papers.md): with E_k the mean of the first k
    accuracies, the rate falls after epoch k > 3 if ``E_k − (E_(k−1) + E_(k−2) + E_(k−3)) / 3 < alpha``, so also where
    accuracy falls; then ``wait`` epochs are trained before it may fall again. ``alpha`` is 0.02 for the classifier and
    0.01 for the similarity.
    """
    means = [sum(accuracies[:k]) / k for k in range(1, len(accuracies) + 1)]
    falls, last = 0, -math.inf
    for k in range(4, len(means) + 1):
        gain = means[k - 1] - sum(means[k - 4 : k - 1]) / 3
        if gain < alpha and k - last >= wait:
            falls, last = falls + 1, k
    return factor**falls


BY_STEP: Final[dict[str, Schedule]] = {
    "constant": constant,
    "cosine": cosine,
    "one-cycle": one_cycle,
    "time-decay": time_decay,
}
"""Schedules of the step, from 0, and the total number of steps."""

BY_EPOCH: Final[dict[str, Schedule]] = {"step": step}
"""Schedules of the epoch, from 0."""

BY_HISTORY: Final[dict[str, Schedule]] = {"running-mean": running_mean}
"""Schedules of the validation accuracies of all epochs so far."""

SCHEDULES: Final[dict[str, Schedule]] = {**BY_STEP, **BY_EPOCH, **BY_HISTORY}


def _half_cosine(start: float, end: float, share: float) -> float:
    """Half a cosine from ``start`` at share 0 to ``end`` at 1 and beyond."""
    return end + (start - end) * (1 + math.cos(math.pi * min(share, 1.0))) / 2
