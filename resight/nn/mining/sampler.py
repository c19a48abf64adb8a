"""Sampling of photos to train on: an endless sequence of passes, each in an order of its own."""

from __future__ import annotations

import numpy as np

from resight.types import Array


def parted(count: int, *, held_out: int, seed: int) -> tuple[Array, Array]:
    """Splits ``count`` rows into those that are held out and those that are learned, each rising."""
    order = np.random.default_rng(seed).permutation(count)
    return np.sort(order[:held_out]), np.sort(order[held_out:])


def batch_at(step: int, rows: Array, *, batch: int, seed: int) -> Array:
    """The ``batch`` of ``rows (n,)`` that a step learns from; it may span two passes, or more where rows are few.

    The step and the seed alone decide, so that what is resumed goes on as it would have. Raises ValueError where there
    are no rows.
    """
    if not len(rows):
        raise ValueError("there are no rows to learn from; wanted at least one")
    places = np.arange(step * batch, (step + 1) * batch)
    passes, within = np.divmod(places, len(rows))
    orders = {int(number): _order(int(number), rows, seed) for number in np.unique(passes)}
    return np.array([orders[int(number)][place] for number, place in zip(passes, within, strict=True)])


def distinct_batch_at(step: int, rows: Array, *, batch: int, seed: int) -> Array:
    """The ``batch`` of different ``rows (n,)`` that a step learns from: no batch spans two passes.

    What remains of a pass where the batches do not fit into it, other rows each time, is passed over. Raises ValueError
    for a batch of more rows than there are.
    """
    if not 0 < batch <= len(rows):
        raise ValueError(f"a batch of {batch} different rows is wanted, but there are {len(rows)}")
    number, within = divmod(step, len(rows) // batch)
    return _order(number, rows, seed)[within * batch :][:batch]


def _order(number: int, rows: Array, seed: int) -> Array:
    return np.random.default_rng((seed, number)).permutation(rows)
