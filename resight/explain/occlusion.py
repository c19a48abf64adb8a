"""Occlusion: how much of the score goes where a window of the photo is hidden (Zeiler and Fergus 2014, section 4.2).

Slow, since every window is one more look at the photo; but it needs nothing of an encoder but its score.
"""

from __future__ import annotations

import numpy as np

from resight.types import Array

from .faithfulness import Score

WINDOW, STRIDE = 4, 2
"""Side of the hidden square, and its step, in cells of a photo that has 16 along its longer side."""


def occlusion(score: Score, shape: tuple[int, int], *, window: int = WINDOW, stride: int = STRIDE) -> Array:
    """Mean fall of the score over the windows that hide a cell, for each cell ``(h', w')``; below 0 where it rises."""
    whole = score(np.ones(shape, bool))
    falls, counts = np.zeros(shape), np.zeros(shape)
    tops, lefts = (_starts(length, window, stride) for length in shape)
    for top in tops:
        for left in lefts:
            seen = np.ones(shape, bool)
            seen[top : top + window, left : left + window] = False
            falls[~seen] += whole - score(seen)
            counts[~seen] += 1
    return falls / counts


def _starts(length: int, window: int, stride: int) -> list[int]:
    """Starts of the windows: every ``stride``, and the last on the photo, so that every cell is hidden."""
    last = max(length - window, 0)
    return sorted({*range(0, last, stride), last})
