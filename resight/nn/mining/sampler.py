"""Sampling of photos to train on: an endless sequence of passes, each in an order of its own."""

from __future__ import annotations

import math

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


def distinct_at(step: int, rows: Array, *, batch: int, seed: int) -> Array:
    """Rows of a batch of the same passes, with no row twice in a batch.

    Where a batch spans two passes, the rows that it has of the first come last among the first ``batch`` of the second.
    Raises ValueError for a batch of more rows than there are.
    """
    if not 0 < batch <= len(rows):
        raise ValueError(f"a batch of {batch} different rows is wanted, but there are {len(rows)}")
    number, start = divmod(step * batch, len(rows))
    order = _distinct_order(number, rows, batch, seed)[start : start + batch]
    if len(order) == batch:
        return order
    return np.concatenate([order, _distinct_order(number + 1, rows, batch, seed)[: batch - len(order)]])


def _distinct_order(number: int, rows: Array, batch: int, seed: int) -> Array:
    """The order of a pass whose first batch has begun in the pass before.

    That one's last rows, of which it is made, depend on the pass before it in turn only where two batches do not fit
    into a pass; but after so many passes that they hold whole batches, one begins afresh.
    """
    period = batch // math.gcd(len(rows), batch)
    first = number - number % period
    if len(rows) >= 2 * batch:
        first = max(first, number - 1)
    order = _order(first, rows, seed)
    for each in range(first + 1, number + 1):
        begun = each * len(rows) % batch  # rows of the spanning batch that the pass before holds
        following = _order(each, rows, seed)
        late = np.isin(following[:batch], order[len(rows) - begun :])
        order = np.concatenate([following[:batch][~late], following[:batch][late], following[batch:]])
    return order


def _order(number: int, rows: Array, seed: int) -> Array:
    return np.random.default_rng((seed, number)).permutation(rows)
