"""Quadruplets of photos to train on, ``(t, 4)`` rows: triplets with a second negative."""

from __future__ import annotations

import numpy as np

from resight.types import Array


def extended(triplets: Array, labels: Array, *, rng: np.random.Generator) -> Array:
    """Extends each of ``triplets (t, 3)`` by a random row of a third instance, ``(t', 4)``.

    Chen et al. 2017, *Beyond triplet loss*. A triplet is left out where there is no third instance.
    """
    found = [np.empty((0, 4), np.int64)]
    for anchor, positive, negative in triplets:
        others = np.flatnonzero((labels != labels[anchor]) & (labels != labels[negative]))
        if len(others):
            found.append(np.array([[anchor, positive, negative, rng.choice(others)]]))
    return np.concatenate(found)
