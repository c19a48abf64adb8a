"""An anchor: one photo seen by a miner, with its similarities to all and which of them are of its instance."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from resight.errors import ShapeError
from resight.types import UNKNOWN, Array


@dataclass(frozen=True, slots=True, eq=False)
class Anchor:
    """An anchor: one photo and all others.

    Attributes
    ----------
    row : which photo it is.
    similarities : (n,) to every photo, larger is nearer.
    positives : (p,) other rows of its instance, rising; none for an UNKNOWN.
    negatives : (m,) rows of other instances, rising; two UNKNOWN ones are nothing to each other.
    """

    row: int
    similarities: Array
    positives: Array
    negatives: Array


def anchors(similarities: Array, labels: Array, *, rows: Array | None = None) -> Iterator[Anchor]:
    """The anchors of ``similarities (b, n)``, one per row; ``labels (n,)`` are integers, UNKNOWN among them.

    ``rows (b,)`` say which of the n photos the anchors are; None means all, and then b = n. Raises ShapeError for
    shapes that do not fit, ValueError for similarities that are not finite.
    """
    rows = np.arange(len(labels)) if rows is None else rows
    if similarities.shape != (len(rows), len(labels)) or labels.ndim != 1:
        raise ShapeError(
            f"similarities have shape {similarities.shape}, labels {labels.shape}; wanted ({len(rows)}, {len(labels)}) "
            f"and ({len(labels)},): name the anchors by rows where they are not all"
        )
    if not np.isfinite(similarities).all():
        raise ValueError("similarities hold NaN or infinity; wanted finite numbers: check the network's descriptors")
    return (_anchor(int(row), scores, labels) for row, scores in zip(rows, similarities, strict=True))


def _anchor(row: int, similarities: Array, labels: Array) -> Anchor:
    equal = labels == labels[row]
    others = np.flatnonzero(equal)
    positives = others[:0] if labels[row] == UNKNOWN else others[others != row]
    return Anchor(row, similarities, positives, np.flatnonzero(~equal))


def largest(values: Array, k: int) -> Array:
    """Places of the k largest of ``values (m,)``, largest first; all of them where there are fewer."""
    places = np.arange(len(values)) if k >= len(values) else np.sort(np.argpartition(-values, k - 1)[:k])
    return places[np.argsort(-values[places], kind="stable")]
