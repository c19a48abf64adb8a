"""Parts of a cloud of points: neighbours together, about equally many in each."""

from __future__ import annotations

import numpy as np

from resight.types import Array


def parts(points: Array, count: int) -> Array:
    """Labels ``(n,)`` in [0, count) of points ``(n, 2)``: the largest part is halved until there are ``count``.

    Halved at the median of the axis along which it is longer, as in a k-d tree (Bentley 1975); so no start is drawn,
    and equal points give equal parts. Fewer parts where there are fewer points. Parts are numbered from left to right,
    then from top to bottom, by their means.
    """
    members = [np.arange(len(points))]
    while len(members) < min(count, len(points)):
        largest = max(range(len(members)), key=lambda part: len(members[part]))
        members[largest : largest + 1] = _halves(points, members[largest])
    means = [tuple(points[part].mean(axis=0)) for part in members if len(part)]
    labels = np.zeros(len(points), np.intp)
    for label, part in enumerate(sorted(range(len(means)), key=means.__getitem__)):
        labels[members[part]] = label
    return labels


def _halves(points: Array, part: Array) -> list[Array]:
    axis = int(np.argmax(np.ptp(points[part], axis=0)))
    order = part[np.argsort(points[part, axis], kind="stable")]
    return [order[: len(order) // 2], order[len(order) // 2 :]]
