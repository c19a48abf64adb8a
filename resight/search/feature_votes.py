"""Local votes: each query feature votes for the photos that hold its nearest gallery features."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from resight.errors import ShapeError
from resight.types import Array


@dataclass(frozen=True, slots=True, eq=False)
class LocalVotes:
    """``v`` votes, in the order of the query features.

    Attributes
    ----------
    queries : (v,) index of the query feature that votes.
    rows : (v,) gallery feature voted with.
    photos : (v,) photo voted for.
    weights : (v,) in (0, 1], larger is more distinctive.
    """

    queries: Array
    rows: Array
    photos: Array
    weights: Array

    def __len__(self) -> int:
        return len(self.queries)

    def of(self, photo: int) -> LocalVotes:
        """The votes for one photo."""
        return self._take(np.flatnonzero(self.photos == photo))

    def _take(self, index: Array) -> LocalVotes:
        return LocalVotes(self.queries[index], self.rows[index], self.photos[index], self.weights[index])


def cast(distances: Array, rows: Array, photos: Array) -> LocalVotes:
    """Votes of the k nearest gallery features of each query feature.

    In the manner of local naive-Bayes nearest neighbours (McCann & Lowe 2012): the k-th squared distance
    d_k² is the background, the weight is ``w = max(0, 1 − d² / d_k²)``. A query feature votes once per photo,
    and each gallery feature is voted with once: the heaviest vote stays, ties to the smaller index.

    Parameters
    ----------
    distances : (q, k) squared distances, nearest first; inf where ``rows`` is -1.
    rows : (q, k) gallery features, -1 for none.
    photos : (q, k) photo of each row.
    """
    if not distances.shape == rows.shape == photos.shape or distances.ndim != 2:
        raise ShapeError(f"distances {distances.shape}, rows {rows.shape}, photos {photos.shape}; wanted (q, k) thrice")
    found = rows >= 0
    # A query feature with fewer than k neighbours takes its farthest one as the background.
    background = np.max(np.where(found, distances, 0.0), axis=1, keepdims=True, initial=0.0)
    with np.errstate(invalid="ignore"):
        weights = np.where(found, 1.0 - distances / np.maximum(background, np.finfo(np.float32).tiny), 0.0)
    queries, ranks = np.nonzero(weights > 0)
    votes = LocalVotes(
        queries, rows[queries, ranks], photos[queries, ranks], weights[queries, ranks].astype(np.float32)
    )
    votes = _heaviest(votes, votes.photos, votes.queries)
    return _heaviest(votes, votes.rows)


def _heaviest(votes: LocalVotes, *keys: Array) -> LocalVotes:
    """The heaviest vote of each distinct key, heaviest key combinations in index order."""
    order = np.lexsort((-votes.weights, *keys))
    ordered = np.stack([key[order] for key in keys])
    first = np.ones(len(order), bool)
    first[1:] = (ordered[:, 1:] != ordered[:, :-1]).any(axis=0)
    return votes._take(np.sort(order[first]))


def tally(votes: LocalVotes, n: int) -> Array:
    """Sum of the weights for each of ``n`` photos, ``(n,)``."""
    return np.bincount(votes.photos, votes.weights, minlength=n)
