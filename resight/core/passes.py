"""The order of training photos: one endless sequence of passes over all of them, each in an order of its own."""

from __future__ import annotations

import numpy as np

from resight.types import Array


def batch_at(step: int, rows: Array, *, batch: int, seed: int) -> Array:
    """The ``batch`` of ``rows (n,)`` that a step learns from; it may span two passes, or more where rows are few.

    The step and the seed alone decide, so that what is resumed goes on as it would have. Raises ValueError where there
    are no rows.
    """
    if not len(rows):
        raise ValueError("there are no rows to learn from; wanted at least one")
    places = np.arange(step * batch, (step + 1) * batch)
    passes, within = np.divmod(places, len(rows))
    orders = {int(number): np.random.default_rng((seed, int(number))).permutation(rows) for number in np.unique(passes)}
    return np.array([orders[int(number)][place] for number, place in zip(passes, within, strict=True)])
