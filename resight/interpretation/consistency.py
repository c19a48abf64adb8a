"""Consistency of networks: whether their maps of the same photos agree (Shi 2018, section 4.3.1), beside chance.

All maps here are heat ``(n, h, w)`` on [0, 1], over the same photos in the same order.
"""

from __future__ import annotations

import numpy as np

from resight.errors import ShapeError
from resight.explain.heat import interpolated
from resight.explain.rank_correlation import rank_correlation
from resight.results import percent
from resight.types import Array


def heat(maps: Array, offset: float, stride: float, *, side: int, shape: int) -> Array:
    """Heat ``(n, shape, shape)`` float32 on [0, 1] of maps ``(n, h', w')``: linear between cells, then min to max.

    Cell (i, j) has its centre at ``offset + stride · (j, i)`` on a photo of ``side`` pixels: networks without padding
    do not see its edge. A map that does not vary has no heat.
    """
    centres = offset + stride * np.arange(maps.shape[1])
    fine = np.stack(
        [interpolated(one, centres, centres, size=(side, side), shape=(shape, shape)) for one in maps.astype(float)]
    )
    low, high = fine.min(axis=(1, 2), keepdims=True), fine.max(axis=(1, 2), keepdims=True)
    return ((fine - low) / np.where(high > low, high - low, 1)).astype(np.float32)


def average_residuals(one: Array, other: Array) -> Array:
    """``Σ |L₁ − L₂| / (H · W)`` of each photo ``(n,)`` on [0, 1]: Shi 2018, equation 5; 0 for equal maps."""
    _require_alike(one, other)
    return np.abs(one.astype(np.float64) - other).mean(axis=(1, 2))


def intersection_over_union(one: Array, other: Array, theta: float) -> Array:
    """IoU of what is at least ``theta`` hot in both, ``(n,)``; nan where neither map is so hot anywhere."""
    _require_alike(one, other)
    first, second = one >= theta, other >= theta
    union = (first | second).sum(axis=(1, 2))
    shared = (first & second).sum(axis=(1, 2))
    return np.where(union > 0, shared / np.maximum(union, 1), np.nan)


def rank_correlations(one: Array, other: Array) -> Array:
    """Spearman's ρ of each photo's two maps, ``(n,)``; 0 where one of them does not vary."""
    _require_alike(one, other)
    return np.array([rank_correlation(first, second) for first, second in zip(one, other, strict=True)])


def shuffled(n: int, *, rng: np.random.Generator) -> Array:
    """An order ``(n,)`` in which no photo is at its own place: maps of different photos, for chance."""
    if n < 2:
        raise ShapeError(f"{n} photos cannot be exchanged; wanted two at least")
    order = rng.permutation(n)
    found = np.empty(n, np.int64)
    found[order] = np.roll(order, 1)
    return found


def in_words(between: float, chance: float, again: tuple[float, float] | None) -> str:
    """A sentence on a mean residual ``between`` two networks, beside that of ``chance``.

    ``again`` are the residual of the same network from another seed, and its own chance. How far either lies below its
    chance is their agreement, and the sentence says which share of the second the first is.
    """
    said = f"Two networks differ by {between:.3f} on average, maps of different photos by {chance:.3f}"
    agreement = 1 - between / chance if chance > 0 else 0.0
    if again is None:
        verdict = "hardly more alike than chance" if agreement < 0.1 else f"{percent(agreement, 0)} nearer than chance"
        return (
            f"{said}: they are {verdict}; how far one network differs from itself with another seed was not measured."
        )
    own, own_chance = again
    said += (
        f"; the same network with another seed differs by {own:.3f}, its maps of different photos by {own_chance:.3f}"
    )
    itself = 1 - own / own_chance if own_chance > 0 else 0.0
    if itself < 0.05:
        return f"{said}: even the same network, drawn anew, looks elsewhere, so that the maps tell little of either."
    if agreement < 0.1 * itself:
        return f"{said}: different networks look at different things, as far apart as chance has it."
    if agreement < 0.9 * itself:
        share = percent(agreement / itself, 0)
        return f"{said}: different networks share {share} of the agreement that one has with itself."
    return f"{said}: different networks agree as well as one network does with itself."


def _require_alike(one: Array, other: Array) -> None:
    if one.shape != other.shape or one.ndim != 3:
        raise ShapeError(f"maps of {one.shape} and {other.shape} are compared; wanted (n, h, w) twice, of one shape")
