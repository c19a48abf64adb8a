"""Non-maximum suppression: of hypotheses about one place the strongest stands, and the others are its rivals."""

from __future__ import annotations

import numpy as np

from resight.errors import ShapeError
from resight.types import Array


def suppress(scores: Array, overlaps: Array, *, least: float) -> list[Array]:
    """Hypotheses ``(n,)`` in groups, one for each place: the strongest first, then those that it suppresses.

    Greedy, as in Canny's thinning of edges and Dalal's and Triggs's of windows: the strongest that is left takes
    all that overlap it by ``least`` or more, and so on. The groups are ``(g,)`` indices, the strongest group first;
    ties go to the smaller index. ``overlaps (n, n)`` in [0, 1], symmetric. Raises ShapeError.
    """
    if overlaps.shape != (len(scores), len(scores)):
        raise ShapeError(f"overlaps {overlaps.shape} of {len(scores)} scores; wanted one of each pair, (n, n)")
    groups = []
    left = np.argsort(-np.asarray(scores), kind="stable")
    while len(left):
        taken = overlaps[left[0], left] >= least
        taken[0] = True  # what encloses nothing does not even overlap itself
        groups.append(left[taken])
        left = left[~taken]
    return groups
