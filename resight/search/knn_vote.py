"""Votes: the labels of the nearest photos become one answer and its confidence (Bouček 2020, chapter 4)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import numpy as np

from resight.errors import ShapeError
from resight.types import UNKNOWN, Array, Matches, Votes

Transform = Callable[[Array], Array]


def _identity(x: Array) -> Array:
    return x


def _sqrt(x: Array) -> Array:
    return np.sqrt(np.maximum(x, 0.0))


def _log(x: Array) -> Array:
    return np.log(x + np.e)


def _square(x: Array) -> Array:
    return np.square(np.maximum(x, 0.0))


TRANSFORMS: Final[dict[str, Transform]] = {"identity": _identity, "log": _log, "sqrt": _sqrt, "square": _square}
"""f of equation 4.6 for cosines: x, ln(x + e), √x and x², the last two with negative cosines clipped to 0.

√ and ln bend downwards and level the neighbours; only the square favours the nearest ("top-heavy").
"""


def knn_vote(matches: Matches, labels: Array, *, k: int, f: str | Transform = "identity") -> Votes:
    """The label with the largest sum of f(similarity) among the k nearest: Bouček 2020, equations 4.5 and 4.6.

    ``labels (n,)`` are integers, one per gallery row; photos labelled UNKNOWN vote like the others. The confidence is
    that largest sum as it is, as in the thesis, not divided by anything: of cosines, it lies in [−k, k] for identity,
    [0, k] for sqrt and square, (0, 1.32 k) for log. Of labels with equal sums, the one with the nearest photo wins. A
    query without neighbours is UNKNOWN with confidence −inf. ``f`` is a name in ``TRANSFORMS`` or an elementwise
    function. Raises ShapeError where matches and labels do not fit, ValueError for k < 1 or an unknown name.
    """
    rows, scores = nearest(matches, labels, k)
    found = rows >= 0
    values = np.where(found, _transform(f)(np.where(found, scores, 0.0)), 0.0)
    voters = labels_of(rows, labels)
    return decide(voters, np.where(found, _sums(voters, values), -np.inf))


def majority_vote(matches: Matches, labels: Array, *, k: int) -> Votes:
    """The label that most of the k nearest have: Bouček 2020, equation 4.4.

    The confidence is how many have it, 1 to k; the rest is as in :func:`knn_vote`, ties among it.
    """
    return knn_vote(matches, labels, k=k, f=np.ones_like)


def top_vote(matches: Matches, labels: Array) -> Votes:
    """The label of the nearest, with its similarity as it is: the vote with k = 1 and no transform."""
    return knn_vote(matches, labels, k=1)


def _sums(voters: Array, values: Array) -> Array:
    """Sums, for each neighbour ``(q, k)``, the values of all neighbours with its label, nearest first."""
    sums = np.zeros(values.shape)
    for j in range(values.shape[1]):
        sums += np.where(voters == voters[:, j : j + 1], values[:, j : j + 1], 0.0)
    return sums


def labels_of(rows: Array, labels: Array) -> Array:
    """Labels ``(q, k)`` int64 of gallery rows; UNKNOWN for row −1, which is no neighbour."""
    return np.where(rows >= 0, labels[rows].astype(np.int64) if len(labels) else UNKNOWN, UNKNOWN)


def decide(voters: Array, evidence: Array, *, tolerance: float = 0.0) -> Votes:
    """The label with the most evidence among the neighbours ``(q, k)``, the first of equals, and that evidence.

    Evidence that lies within the ``tolerance`` of the most counts as equal to it, where rounding could part equals.
    The seam between voting rules: they differ in the evidence alone.
    """
    winners = np.argmax(evidence >= evidence.max(axis=1, keepdims=True) - tolerance, axis=1)[:, None]
    labels, confidences = (np.take_along_axis(array, winners, axis=1)[:, 0] for array in (voters, evidence))
    return Votes(labels, confidences)


def nearest(matches: Matches, labels: Array, k: int) -> tuple[Array, Array]:
    """Rows and float64 scores ``(q, k)`` of the first k neighbours, looked over with the labels that they vote for."""
    if k < 1:
        raise ValueError(f"k is {k}; wanted at least 1 neighbour")
    if matches.rows.shape[1] < k:
        raise ShapeError(
            f"matches hold {matches.rows.shape[1]} neighbours, the vote wants {k}: search with k={k} or more"
        )
    _check_labels(matches.rows[:, :k], labels)
    return matches.rows[:, :k], matches.scores[:, :k].astype(np.float64)


def _check_labels(rows: Array, labels: Array) -> None:
    if labels.ndim != 1 or not np.issubdtype(labels.dtype, np.integer):
        raise ShapeError(
            f"labels are {labels.dtype} of shape {labels.shape}; wanted integers (n,), one per gallery row"
        )
    if rows.max(initial=-1) >= len(labels):
        raise ShapeError(
            f"matches point at row {rows.max()}, but there are {len(labels)} labels: pass the labels of that gallery"
        )


def _transform(f: str | Transform) -> Transform:
    if callable(f):
        return f
    if f not in TRANSFORMS:
        raise ValueError(f"f is {f!r}; wanted one of {', '.join(sorted(TRANSFORMS))}, or a function")
    return TRANSFORMS[f]
