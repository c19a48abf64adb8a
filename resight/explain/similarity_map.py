"""Similarity maps: the cosine of their descriptors, taken back to the features of one of them.

No back-propagation: the head is unit → whiten → unit, and all of it has a closed form.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from resight.errors import ShapeError
from resight.features.head import head
from resight.features.normalisation import unit
from resight.features.pullback import Pullback, through_unit
from resight.types import Array, Head


@dataclass(frozen=True, slots=True, eq=False)
class SimilarityMap:
    """A cosine and where it comes from: ``score = shares.sum() + constant``.

    Attributes
    ----------
    score : cosine of the two descriptors.
    shares : (m,) what each of a photo's values adds to it.
    constant : what the whitening's mean leaves, which belongs to no place.
    """

    score: float
    shares: Array
    constant: float


def similarity_map(
    values: Array, aggregate: Array, other: Array, *, pullback: Pullback, settings: Head
) -> SimilarityMap:
    """The exact split of the cosine between a photo and another over the photo's values.

    The cosine is ``((g / ‖g‖ − µ) P) · q / ‖…‖``. With both lengths as they are it is linear in the aggregate ``g``,
    whose shares are exact in the same sense; where it is a mean (SPoC) nothing but lengths is held.

    Parameters
    ----------
    values : (m, c) of the photo.
    aggregate : (d,) of them.
    other : (d',) unit row of the other photo.
    """
    _require(aggregate, other, settings)
    if not aggregate.any() or not other.any():
        return SimilarityMap(0.0, np.zeros(len(values)), 0.0)
    direction = _before_head(aggregate, other, settings, held=True)
    constant = 0.0
    if settings.whitening is not None:
        whitened = _whitened(aggregate, settings)
        upstream = through_unit(whitened, other, held=True)
        constant = -float(settings.whitening.mean @ (settings.whitening.projection @ upstream))
    score = float(head(aggregate, settings) @ other)
    return SimilarityMap(score, pullback.shares(values, direction), constant)


def gradient(values: Array, aggregate: Array, other: Array, *, pullback: Pullback, settings: Head) -> Array:
    """Gradient of the cosine at the values, ``(m, c)``; parameters as of :func:`similarity_map`."""
    _require(aggregate, other, settings)
    if not aggregate.any() or not other.any():
        return np.zeros(values.shape)
    return pullback.gradient(values, _before_head(aggregate, other, settings, held=False))


def grad_cam(values: Array, slopes: Array) -> Array:
    """``max(0, Σ_c α_c x_ic)`` with ``α_c`` the mean of the gradient's channel: Shi 2018, equations 1 and 2.

    ``values`` and their gradient ``slopes (m, c)`` give ``(m,)``.
    """
    return np.maximum(values @ slopes.sum(axis=0) / max(len(values), 1), 0)


def _require(aggregate: Array, other: Array, settings: Head) -> None:
    """The other row must be what this head makes: that of another encoder would be compared without sense."""
    wanted = aggregate.shape if settings.whitening is None else settings.whitening.projection.shape[1:]
    if other.shape != wanted:
        raise ShapeError(
            f"the other photo's row has shape {other.shape}; wanted {wanted}: describe both photos by one encoder, "
            "with one whitening"
        )


def _before_head(aggregate: Array, other: Array, settings: Head, *, held: bool) -> Array:
    """The direction ``other`` behind unit → whiten → unit, as it is before."""
    if settings.whitening is None:
        return through_unit(aggregate, other, held=held)
    upstream = through_unit(_whitened(aggregate, settings), other, held=held)
    return through_unit(aggregate, settings.whitening.projection @ upstream, held=held)


def _whitened(aggregate: Array, settings: Head) -> Array:
    """The descriptor between the whitening and the last unit."""
    assert settings.whitening is not None
    return (unit(aggregate) - settings.whitening.mean) @ settings.whitening.projection
