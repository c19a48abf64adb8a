"""Importance of filters: what it costs to do without each of them (Ghosh et al. 2017, docs/papers.md)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import numpy as np

from resight.errors import ShapeError
from resight.types import Array

Error = Callable[[Array, Array], Array]
"""Scores ``(…, n, k)`` and labels ``(n,)`` to the error of each photo ``(…, n)``, larger is worse."""


def nll(scores: Array, labels: Array) -> Array:
    """``−log softmax(z)_y``: how unlikely the network holds the right class: the error that the paper leaves open."""
    shifted = scores - scores.max(axis=-1, keepdims=True)
    total: Array = np.log(np.exp(shifted).sum(axis=-1))
    return total - _own(shifted, labels)


def zero_one(scores: Array, labels: Array) -> Array:
    """1 where another class scores as high as the right one or higher, else 0."""
    ahead = scores >= _own(scores, labels)[..., None]
    return (ahead.sum(axis=-1) > 1).astype(np.float64)


ERRORS: Final[dict[str, Error]] = {"nll": nll, "zero-one": zero_one}
"""Meanings of "error in classification"."""


def _own(scores: Array, labels: Array) -> Array:
    """The score of each photo's own class ``(…, n)``."""
    if scores.ndim < 2 or labels.shape != scores.shape[-2:-1]:
        raise ShapeError(f"scores {scores.shape} came with labels {labels.shape}; wanted (…, n, k) and (n,)")
    if labels.size and not 0 <= labels.min() <= labels.max() < scores.shape[-1]:
        raise ValueError(
            f"labels span {labels.min()} to {labels.max()}, but there are {scores.shape[-1]} classes: number them "
            "from 0"
        )
    own: Array = scores[..., np.arange(len(labels)), labels]
    return own


def class_errors(errors: Array, labels: Array, classes: int) -> Array:
    """The mean error of each class ``(…, classes)``, of errors ``(…, n)``.

    Raises ValueError for a class without a photo, whose filters nobody can weigh.
    """
    counts = np.bincount(labels, minlength=classes)
    if len(counts) > classes or not counts.all():
        missing = [number for number, count in enumerate(counts.tolist()) if not count]
        raise ValueError(
            f"labels span {labels.min()} to {labels.max()}, and no photo shows {missing or 'nothing'}; wanted some of "
            f"each of {classes} classes: add photos, or ask for fewer classes"
        )
    member = labels[:, None] == np.arange(classes)
    means: Array = errors.astype(np.float64) @ member / counts
    return means


SIGNS: Final = {"rise": 1.0, "paper": -1.0}
"""Signs of equation 1: "rise" gives the largest weight to what is missed most, as the text says and the authors' code
does; "paper" is as it is printed, and gives it the smallest (docs/papers.md)."""


def importance(intact: Array, silenced: Array, *, sign: str = "rise") -> Array:
    """Equation 1: ``e_i − E``, how much the error rises without filter i.

    ``intact (…)`` is the error E with all filters, ``silenced (c, …)`` that with each one missing; ``(c, …)``. ``sign``
    is a name of SIGNS.
    """
    return SIGNS[sign] * (silenced - intact)


SCALES: Final = ("standardised", "raw")
"""Operands of the softmax: differences in their own standard deviation, or as they are (docs/papers.md)."""


def weights(importances: Array, *, scale: str = "standardised", temperature: float = 1.0) -> Array:
    """Equation 2's weights: the softmax of ``importances (c, …)`` over the filters, which sums to 1.

    ``scale`` is one of SCALES. Filters that are all equally important weigh the same.
    """
    if scale not in SCALES or not temperature > 0:
        raise ValueError(f"scale is {scale!r}, temperature {temperature}; wanted one of {', '.join(SCALES)}, and > 0")
    centred = importances - importances.mean(axis=0)
    spread = centred.std(axis=0) if scale == "standardised" else np.ones(importances.shape[1:])
    powers = centred / np.where(spread > 0, spread, 1.0) / temperature
    raised = np.exp(powers - powers.max(axis=0))
    shares: Array = raised / raised.sum(axis=0)
    return shares


def heat(maps: Array, weights: Array) -> Array:
    """Equation 2: ``Σ_i w_i F_i`` of maps ``(c, h, w)``: ``(h, w)``, or ``(h, w, k)`` for weights ``(c, k)``."""
    if maps.ndim != 3 or weights.shape[:1] != maps.shape[:1]:
        raise ShapeError(f"maps {maps.shape} came with weights {weights.shape}; wanted (c, h, w) and (c,) or (c, k)")
    summed: Array = np.tensordot(maps, weights, axes=(0, 0))
    return summed
