"""Losses of classification: each instance is a class, and a photo shall score highest for its own."""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from torch import Tensor
from torch.nn import functional as F

from resight.errors import ShapeError
from resight.features.normalisation import unit
from resight.nn.networks.precision import full_precision
from resight.types import UNKNOWN

from .rows import mean, require_labels, require_rows


@full_precision
def cross_entropy(logits: Tensor, labels: Tensor, *, smoothing: float = 0.0) -> Tensor:
    """Mean of ``−log softmax(z)_y`` over the known: Bouček 2020, equation 3.4.

    ``logits (n, k)``, ``labels (n,)`` in [0, k) or UNKNOWN, which is left out. ``smoothing`` is the share of the target
    that is spread evenly over the classes. Raises ShapeError, ValueError.
    """
    logits, labels = _known(logits, labels)
    return mean(F.cross_entropy(logits, labels, label_smoothing=smoothing, reduction="none"))


@full_precision
def hinge(logits: Tensor, labels: Tensor) -> Tensor:
    """Mean of ``max(0, 1 − yᵀy_c)`` over the known, y = softmax(z), y_c one at the class: Bouček 2020, equation 3.5.

    Shapes as in `cross_entropy`. Raises ShapeError, ValueError.
    """
    logits, labels = _known(logits, labels)
    return mean((1 - logits.softmax(dim=1).gather(1, labels[:, None])).relu())


@full_precision
def sub_regions(scales: Sequence[Tensor], labels: Tensor, *, smoothing: float = 0.0) -> Tensor:
    """`cross_entropy` of every region of every photo, averaged over scales: Kohl 2017, section 8.

    ``scales`` are the scores ``(n, k, h, w)`` of a fully convolutional form, one map for the photos as they are and one
    for each scaled version; h and w may differ from scale to scale, and each scale counts the same. Labels as in
    `cross_entropy`. Raises ShapeError, ValueError.
    """
    if not scales or any(scores.ndim != 4 for scores in scales):
        shapes = [tuple(scores.shape) for scores in scales]
        raise ShapeError(f"scores have shapes {shapes}; wanted (n, k, h, w) for one scale or more")
    costs = []
    for scores in scales:
        regions = scores.flatten(2).mT  # (n, h · w, k)
        repeated = labels.repeat_interleave(regions.shape[1])
        costs.append(cross_entropy(regions.flatten(0, 1), repeated, smoothing=smoothing))
    return torch.stack(costs).mean()


@full_precision
def arcface(
    embeddings: Tensor, labels: Tensor, prototypes: Tensor, *, scale: float = 64.0, margin: float = 0.5
) -> Tensor:
    """Mean cross-entropy of ``s · cos(θ_y + m)`` against ``s · cos θ_j``: Deng et al. 2019, *ArcFace*, equation 3.

    ``embeddings (n, d)`` and one learned prototype per class ``(k, d)``, both of any length; θ_j is the angle between
    them. Beyond ``θ_y > π − m``, where ``cos(θ_y + m)`` would fall no further, it is ``cos θ_y − m sin m``, as in the
    authors' code. Labels as in `cross_entropy`. Raises ShapeError, ValueError.
    """
    require_rows(embeddings)
    cosines, labels = _known(unit(embeddings) @ unit(prototypes).T, labels)
    own = cosines.gather(1, labels[:, None])
    # Clipped before the root, whose slope is infinite where an embedding lies on its prototype.
    sines = (1 - own.square()).clamp(min=torch.finfo(own.dtype).eps).sqrt()
    turned = own * math.cos(margin) - sines * math.sin(margin)
    turned = torch.where(own > math.cos(math.pi - margin), turned, own - margin * math.sin(margin))
    return mean(F.cross_entropy(scale * cosines.scatter(1, labels[:, None], turned), labels, reduction="none"))


def _known(scores: Tensor, labels: Tensor) -> tuple[Tensor, Tensor]:
    """Scores and labels of what is not UNKNOWN, once they are known to fit."""
    if scores.ndim != 2:
        raise ShapeError(f"scores have shape {tuple(scores.shape)}; wanted (n, k), a column per class")
    require_labels(labels, len(scores))
    known = labels != UNKNOWN
    scores, labels = scores[known], labels[known]
    if labels.numel() and not 0 <= int(labels.min()) <= int(labels.max()) < scores.shape[1]:
        raise ValueError(
            f"labels span {int(labels.min())} to {int(labels.max())}, but there are {scores.shape[1]} classes: "
            f"number the instances from 0, and what is none of them {UNKNOWN}"
        )
    return scores, labels
