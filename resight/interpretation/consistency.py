"""Consistency of networks: whether their maps of the same photos agree (Shi 2018, section 4.3.1), beside chance.

All maps here are heat ``(n, h, w)`` on [0, 1], over the same photos in the same order.
"""

from __future__ import annotations

import numpy as np

from resight.errors import ShapeError
from resight.explain.heat import interpolated
from resight.explain.rank_correlation import rank_correlation
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


def in_words(between: float, chance: float, again: float | None) -> str:
    """A sentence on a mean residual ``between`` two networks, beside that of ``chance`` and of the same one ``again``.

    Residuals lie between what one network with another seed comes to and what maps of other photos come to: it says
    how far on that way, in percent.
    """
    said = f"Two networks differ by {between:.3f} on average, maps of different photos by {chance:.3f}"
    gain = chance - between
    if again is None:
        verdict = "hardly more alike than chance" if gain < 0.1 * chance else f"{gain / chance:.0%} nearer than chance"
        return (
            f"{said}: they are {verdict}; how far one network differs from itself with another seed was not measured."
        )
    said += f", and the same network with another seed by {again:.3f}"
    if chance - again < 0.05 * chance:
        return f"{said}: even the same network, drawn anew, looks elsewhere, so that the maps tell little of either."
    share = gain / (chance - again)
    if share < 0.1:
        return f"{said}: different networks look at different things, as far apart as chance has it."
    if share < 0.9:
        return f"{said}: different networks share {share:.0%} of the agreement that one network has with itself."
    return f"{said}: different networks agree as well as one network does with itself."


def _require_alike(one: Array, other: Array) -> None:
    if one.shape != other.shape or one.ndim != 3:
        raise ShapeError(f"maps of {one.shape} and {other.shape} are compared; wanted (n, h, w) twice, of one shape")
