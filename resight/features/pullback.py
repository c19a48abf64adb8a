"""Pullbacks of aggregates: what a direction of the descriptor means at each value, in closed form.

For an aggregate ``g`` of one photo's values ``x (m, c)``, and a direction ``a`` of its descriptor:

*gradient* ``∂(a · g(x)) / ∂x``, ``(m, c)``: what a small change of each value would do.

*shares* ``(m,)``, which add up to ``a · g(x)``: what each value has done. Where the aggregate is a mean, share ``i`` is
``a · x_i / m``. In general, ``g`` is written as ``Σ_i k_i(x) x_i`` and the factors ``k`` are taken as they are; for an
aggregate that grows in proportion to its values that is Euler's theorem, ``g = Σ_i x_i ∂g / ∂x_i``. VLAD's residuals
may cancel, and then such factors have no bound; see :func:`vlad_shares`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

import numpy as np

from resight.types import Array, Codebook

from .aggregate import regions
from .codebook import assign
from .normalisation import power_law

EPS: Final = 1e-12
"""Length below which :func:`resight.features.normalisation.unit` takes a vector for zero."""

Pull = Callable[[Array, Array], Array]
"""Values ``(m, c)`` and a direction ``(d,)`` to what it means at each value."""


@dataclass(frozen=True, slots=True)
class Pullback:
    """The ``gradient`` ``(m, c)`` and the ``shares`` ``(m,)`` of an aggregate, as functions of values and direction."""

    gradient: Pull
    shares: Pull


def spoc_gradient(values: Array, direction: Array) -> Array:
    """Gradient of the mean: ``a_c / m``."""
    return np.broadcast_to(direction / max(len(values), 1), values.shape)


def spoc_shares(values: Array, direction: Array) -> Array:
    """Shares of values in the mean: ``a · x_i / m``."""
    return values @ direction / max(len(values), 1)


def mac_gradient(values: Array, direction: Array) -> Array:
    """Gradient of the largest value of each channel: ``a_c`` where it is; equals share it."""
    if not len(values):
        return np.zeros_like(values)
    largest = values == values.max(axis=0)
    return largest * (direction / largest.sum(axis=0))


def mac_shares(values: Array, direction: Array) -> Array:
    """Shares of values in the largest of each channel: all of it to the value that is largest."""
    return (values * mac_gradient(values, direction)).sum(axis=1)


def gem_gradient(values: Array, direction: Array, *, p: float = 3.0, eps: float = 1e-6) -> Array:
    """Gradient of the generalised mean: ``a_c (max(x, eps) / g)^(p − 1) / m``, and 0 for values below ``eps``."""
    raised, factor = _gem(values, direction, p, eps)
    return np.where(values >= eps, raised * factor, 0)


def gem_shares(values: Array, direction: Array, *, p: float = 3.0, eps: float = 1e-6) -> Array:
    """Shares of values in the generalised mean: each channel's, parted as ``max(x, eps)^p`` is."""
    raised, factor = _gem(values, direction, p, eps)
    return (np.maximum(values, eps) * raised) @ factor


def _gem(values: Array, direction: Array, p: float, eps: float) -> tuple[Array, Array]:
    """``max(x, eps)^(p − 1)``, ``(m, c)``, and ``a g^(1 − p) / m``, ``(c,)``."""
    clipped = np.maximum(values, values.dtype.type(eps))
    raised = clipped ** (p - 1)
    means = np.einsum("mc,mc->c", clipped, raised) / max(len(values), 1)
    return raised, direction * np.maximum(means, np.finfo(values.dtype).tiny) ** (1 / p - 1) / max(len(values), 1)


def rmac_gradient(values: Array, direction: Array, *, grid: tuple[int, int], levels: int = 3) -> Array:
    """Gradient of the sum of unit maxima of regions: through each region's unit, to where its maxima are."""
    return _rmac(values, direction, grid, levels, held=False)


def rmac_shares(values: Array, direction: Array, *, grid: tuple[int, int], levels: int = 3) -> Array:
    """Shares of values in the sum of unit maxima of regions: to where the maxima are, at fixed lengths of regions."""
    return (values * _rmac(values, direction, grid, levels, held=True)).sum(axis=1)


def _rmac(values: Array, direction: Array, grid: tuple[int, int], levels: int, *, held: bool) -> Array:
    cells = np.arange(len(values)).reshape(grid)
    total = np.zeros(values.shape, np.result_type(values, direction))
    for top, left, side in regions(grid, levels=levels):
        rows = cells[top : top + side, left : left + side].ravel()
        maxima = values[rows].max(axis=0)
        total[rows] += mac_gradient(values[rows], through_unit(maxima, direction, held=held))
    return total


def vlad_gradient(
    values: Array, direction: Array, *, codebook: Codebook, power: float = 1.0, intra: bool = False
) -> Array:
    """Gradient of the sums of residuals: to each value, that of its word; words do not change hands."""
    words, _, sums = _residuals(values, codebook)
    powered = power_law(sums, power=power)
    upstream = direction.reshape(sums.shape)
    upstream = _through_units(powered, upstream, held=False) if intra else upstream
    slope = np.where(np.abs(sums) > EPS, power, 1.0) * np.maximum(np.abs(sums), EPS) ** (power - 1)
    return (upstream * slope)[words]


def vlad_shares(
    values: Array, direction: Array, *, codebook: Codebook, power: float = 1.0, intra: bool = False
) -> Array:
    """Shares of values in the sums of residuals: to each value as its residual lies along its word's direction.

    A power of a sum is parted between the residuals above zero, whose sum is P, and those below, N, by what either
    brings on average when it comes first and when it comes second (the Shapley value of the two, *RevealCancel* of
    Shrikumar, Greenside and Kundaje 2017): ``½ (f(P) − f(0) + f(P + N) − f(N))`` for P. Each side is parted in
    proportion. All shares make ``f(P + N)``, none is larger than P's or N's own power however far the two cancel, and
    with the power 1 each is the residual itself.
    """
    words, residuals, sums = _residuals(values, codebook)
    upstream = direction.reshape(sums.shape)
    upstream = _through_units(power_law(sums, power=power), upstream, held=True) if intra else upstream
    above, below = np.maximum(residuals, 0), np.minimum(residuals, 0)
    sides = [_summed(part, words, len(sums)) for part in (above, below)]
    whole, first, second = (power_law(each, power=power) for each in (sums, *sides))
    shares = np.zeros(len(values), np.result_type(values, direction))
    for part, total, gain in zip((above, below), sides, (first - second, second - first), strict=True):
        factors = upstream * (whole + gain) / 2 / np.where(total, total, 1)
        shares += np.einsum("mc,mc->m", part, factors[words])
    return shares


def _summed(rows: Array, words: Array, count: int) -> Array:
    """Sums ``(count, c)`` of the rows ``(m, c)`` of each word."""
    sums = np.zeros((count, rows.shape[1]), rows.dtype)
    np.add.at(sums, words, rows)
    return sums


def _residuals(values: Array, codebook: Codebook) -> tuple[Array, Array, Array]:
    """Words ``(m,)``, residuals ``(m, c)`` to them, and their sums ``(k, c)``."""
    centroids = codebook.centroids.astype(values.dtype)
    words = assign(values, centroids)
    residuals = values - centroids[words]
    return words, residuals, _summed(residuals, words, len(centroids))


def _through_units(rows: Array, directions: Array, *, held: bool) -> Array:
    return np.stack([through_unit(row, one, held=held) for row, one in zip(rows, directions, strict=True)])


def through_unit(x: Array, direction: Array, *, held: bool) -> Array:
    """A direction ``a`` behind ``u = x / ‖x‖``, as it is before: ``(a − u (u · a)) / ‖x‖``.

    With the length ``held`` as it is, ``a / ‖x‖``: then ``x`` times what comes back is ``u · a``.
    """
    length = float(np.sqrt(x @ x))
    if held or length < EPS:
        return direction / max(length, EPS)
    return (direction - x * (x @ direction) / length**2) / length


PULLBACKS: Final[dict[str, tuple[Callable[..., Array], Callable[..., Array]]]] = {
    "gem": (gem_gradient, gem_shares),
    "mac": (mac_gradient, mac_shares),
    "rmac": (rmac_gradient, rmac_shares),
    "spoc": (spoc_gradient, spoc_shares),
    "vlad": (vlad_gradient, vlad_shares),
}
"""Gradient and shares of each aggregate, by its name. Bag of words has none: counts of words do not change with the
values."""


def pullback(name: str, **options: Any) -> Pullback:
    """The closed form of an aggregate with its options; KeyError for one that has none."""
    gradient, shares = PULLBACKS[name]
    return Pullback(partial(gradient, **options), partial(shares, **options))
