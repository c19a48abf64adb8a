"""Query expansion: a descriptor is moved towards its nearest neighbours before it is compared."""

from __future__ import annotations

import numpy as np

from resight.errors import ShapeError
from resight.features.normalisation import unit
from resight.types import Array, Matches

from .exact import search


def expand(queries: Array, gallery: Array, matches: Matches, *, neighbours: int = 5, alpha: float = 3.0) -> Array:
    """α-weighted query expansion, αQE (Radenović, Tolias & Chum 2018, section 3.6): unit rows ``(q, d)``.

    To each query ``(q, d)`` come its ``neighbours`` nearest rows of ``gallery (n, d)``, each weighted by its cosine to
    the power ``alpha``; the query itself weighs 1. α = 0 is the average of Chum et al. 2007, and a large α leaves the
    query all but alone. Negative cosines count as 0. ``matches`` hold the neighbours, nearest first; missing ones count
    for nothing. Raises ShapeError where they are too few, ValueError for options below 0.
    """
    if neighbours < 0 or alpha < 0:
        raise ValueError(f"neighbours are {neighbours} and alpha is {alpha}; wanted 0 or more of each")
    if matches.rows.shape[1] < neighbours or len(matches.rows) != len(queries):
        raise ShapeError(
            f"{len(queries)} queries have matches {matches.rows.shape}; wanted (q, k) with k of at least {neighbours}: "
            "search with that k"
        )
    rows, cosines = matches.rows[:, :neighbours], matches.scores[:, :neighbours]
    weights = np.where((rows >= 0) & (cosines > 0), np.maximum(cosines, 0.0) ** alpha, 0.0)
    total = queries.astype(np.float64)
    for place in range(neighbours if len(gallery) else 0):  # one neighbour at a time: (q, d) and no more
        total += weights[:, place, None] * gallery[rows[:, place]]
    return np.asarray(unit(total), queries.dtype)


def augment(gallery: Array, *, neighbours: int = 5, alpha: float = 3.0) -> Array:
    """Database-side augmentation, DBA (Arandjelović & Zisserman 2012, section 5): each row is expanded as a query is.

    ``gallery (n, d)`` are unit rows; a row's neighbours are the others. Of equal rows each counts the others.
    """
    matches = search(gallery, gallery, neighbours + 1)
    own = matches.rows == np.arange(len(gallery))[:, None]
    own[~own.any(axis=1), -1] = True  # beyond as many equal rows: the last place makes room
    others = np.argsort(own, axis=1, kind="stable")[:, :neighbours]
    rows, scores = (np.take_along_axis(array, others, axis=1) for array in (matches.rows, matches.scores))
    return expand(gallery, gallery, Matches(rows, scores), neighbours=neighbours, alpha=alpha)
