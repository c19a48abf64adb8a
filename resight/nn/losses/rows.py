"""Rows of a batch: those that an index array names, and which of their pairs are of one instance."""

from __future__ import annotations

import torch
from torch import Tensor

from resight.errors import ShapeError
from resight.types import UNKNOWN


def pick(embeddings: Tensor, indices: Tensor, width: int) -> tuple[Tensor, ...]:
    """``width`` arrays ``(t, d)``: the rows of ``embeddings (n, d)`` named by each column of ``indices (t, width)``.

    Raises ShapeError for other shapes, IndexError for a row that the batch does not have.
    """
    require_rows(embeddings)
    if indices.ndim != 2 or indices.shape[1] != width:
        raise ShapeError(f"indices have shape {tuple(indices.shape)}; wanted (t, {width}), rows of the embeddings")
    if indices.numel() and not 0 <= int(indices.min()) <= int(indices.max()) < len(embeddings):
        raise IndexError(
            f"indices span {int(indices.min())} to {int(indices.max())}, but there are {len(embeddings)} embeddings: "
            "mine within the batch that the loss is given"
        )
    return tuple(embeddings.index_select(0, column) for column in indices.unbind(1))


def relations(embeddings: Tensor, labels: Tensor) -> tuple[Tensor, Tensor]:
    """``same`` and ``different (n, n)`` bool: which pairs are of one instance, and which of two.

    Nothing is a pair with itself. What is UNKNOWN differs from every known thing, and of two unknown ones nobody can
    tell. Raises ShapeError unless there is one label per embedding.
    """
    require_rows(embeddings)
    require_labels(labels, len(embeddings))
    equal = labels[:, None] == labels[None, :]
    itself = torch.eye(len(labels), dtype=torch.bool, device=labels.device)
    return equal & ~itself & (labels != UNKNOWN)[:, None], ~equal


def mean(costs: Tensor) -> Tensor:
    """Mean of costs of any shape; of none, zero with a gradient rather than NaN."""
    return costs.sum() / max(costs.numel(), 1)


def squared_distance(a: Tensor, b: Tensor) -> Tensor:
    """``‖a − b‖²`` row by row, ``(t,)``."""
    return (a - b).square().sum(dim=1)


def require_rows(embeddings: Tensor) -> None:
    """Raises ShapeError for embeddings that are no rows ``(n, d)``."""
    if embeddings.ndim != 2:
        raise ShapeError(f"embeddings have shape {tuple(embeddings.shape)}; wanted (n, d), a row per photo")


def require_labels(labels: Tensor, count: int) -> None:
    """Raises ShapeError where labels are not one for each of ``count`` embeddings."""
    if labels.shape != (count,):
        raise ShapeError(f"labels have shape {tuple(labels.shape)}; wanted ({count},), one per embedding")
