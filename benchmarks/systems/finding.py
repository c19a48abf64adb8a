"""Detection metrics: which detections in a photo are right, and F1 over all photos."""

from __future__ import annotations

import numpy as np

from resight.errors import ShapeError
from resight.types import Array


def paired(same: Array, overlaps: Array, *, least: float = 0.0) -> Array:
    """Which of ``f`` findings in a photo is which of the ``t`` things that are there, ``(h, 2)`` indices.

    ``same (f, t)`` says whether the names are equal, ``overlaps (f, t)`` in [0, 1] how far the outlines cover each
    other. As in PASCAL VOC (Everingham et al. 2010, section 4.2), a thing is found once, a further finding of it is
    wrong; the pairs of largest overlap go first, and one of an overlap below ``least`` is none. Raises ShapeError.
    """
    if same.shape != overlaps.shape or same.ndim != 2:
        raise ShapeError(f"same {same.shape} and overlaps {overlaps.shape}; wanted (f, t) twice")
    pairs: list[tuple[int, int]] = []
    for place in np.argsort(-overlaps, axis=None, kind="stable"):
        f, t = divmod(int(place), same.shape[1])
        free = all(f != other and t != thing for other, thing in pairs)
        if free and same[f, t] and overlaps[f, t] >= least:
            pairs.append((f, t))
    return np.array(sorted(pairs), np.int64).reshape(-1, 2)


def list_f1(right: Array, found: Array, there: Array) -> float:
    """``2 Σ right / (Σ found + Σ there)`` over photos: the harmonic mean of the lists' precision and recall, in [0, 1].

    ``right``, ``found`` and ``there`` are (q,) counts. Raises ShapeError, and ValueError where more is right than was
    found or is there, or where there was nothing to find and nothing was found.
    """
    if not right.shape == found.shape == there.shape or right.ndim != 1:
        raise ShapeError(f"right {right.shape}, found {found.shape} and there {there.shape}; wanted (q,) thrice")
    if (right > np.minimum(found, there)).any() or (right < 0).any():
        raise ValueError("more is right than was found or is there; wanted 0 <= right <= found and right <= there")
    total = int(found.sum() + there.sum())
    if not total:
        raise ValueError("nothing was found and nothing is there; wanted at least one thing in these photos")
    return 2 * int(right.sum()) / total


def mean_overlap(sums: Array, right: Array) -> float:
    """Mean overlap of the findings that are right: of ``sums (q,)`` of overlaps and counts ``right (q,)`` by photo.

    Raises ShapeError, and ValueError where nothing is right.
    """
    if sums.shape != right.shape or sums.ndim != 1:
        raise ShapeError(f"sums {sums.shape} and right {right.shape}; wanted (q,) twice")
    if not right.sum():
        raise ValueError("nothing was found rightly, so there is no overlap to average")
    return float(sums.sum() / right.sum())
