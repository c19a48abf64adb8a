"""Aggregates: the values of all points of a photo become one descriptor, in one spelling for NumPy and torch.

Each takes floating-point values ``(..., m, c)`` and gives ``(..., d)``; other shapes raise ShapeError, other dtypes
TypeError. A photo without points (m = 0) gives a zero vector. Lengths are left to the head, which makes units of them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from array_api_compat import device

from resight.errors import ShapeError
from resight.types import Aggregate, Codebook

from .codebook import assign
from .normalisation import alike, namespace, power_law, unit


def spoc(values: Any) -> Any:
    """Mean over the points, ``(..., c)`` (Babenko & Lempitsky 2015, equation 1, without the centre prior).

    The paper sums; the mean differs by a factor that the head's unit removes, and does not grow with the photo.
    """
    xp = _namespace(values)
    return xp.sum(values, axis=-2) / max(values.shape[-2], 1)


def mac(values: Any) -> Any:
    """Largest value of each channel, ``(..., c)``: Bouček 2020, equation 2.1 (Tolias et al. 2016, equation 1)."""
    xp = _namespace(values)
    return xp.max(values, axis=-2) if values.shape[-2] else spoc(values)


def gem(values: Any, p: Any = 3.0, *, eps: float = 1e-6) -> Any:
    """Generalised mean ``(1/m · Σ max(x, eps)^p)^(1/p)``, ``(..., c)`` (Radenović, Tolias & Chum 2018, equation 3).

    p = 1 is spoc, p → ∞ is mac, for values of at least ``eps``; smaller and negative ones count as ``eps``, which keeps
    the gradient finite at zero. ``p`` may be a scalar tensor that learns. Raises ValueError unless p > 0.
    """
    if not p > 0:
        raise ValueError(f"p of the generalised mean is {p}; wanted more than 0: 1 is the mean, 3 is usual")
    xp = _namespace(values)
    return spoc(xp.clip(values, min=eps) ** p) ** (1.0 / p)


def rmac(values: Any, grid: tuple[int, int], *, levels: int = 3) -> Any:
    """Sum of the unit mac of square regions of a map, ``(..., c)`` (Tolias, Sicre & Jégou 2016).

    ``values (..., h'·w', c)`` are the cells of ``grid (h', w')`` in row-major order. Without the paper's whitening of
    each region, which needs a training set. Raises ShapeError where the grid has another number of cells.
    """
    xp = _namespace(values)
    if grid[0] * grid[1] != values.shape[-2]:
        raise ShapeError(
            f"a grid of {grid} has {grid[0] * grid[1]} cells, but there are {values.shape[-2]} values: "
            "pass the grid of the same features"
        )
    cells = xp.reshape(values, (*values.shape[:-2], *grid, values.shape[-1]))
    total = xp.zeros_like(spoc(values))
    for top, left, side in regions(grid, levels=levels):
        region = cells[..., top : top + side, left : left + side, :]
        total = total + unit(mac(xp.reshape(region, (*values.shape[:-2], side * side, values.shape[-1]))))
    return total


def regions(grid: tuple[int, int], *, levels: int = 3) -> list[tuple[int, int, int]]:
    """Squares ``(top, left, side)`` in cells of a grid ``(h', w')``, at ``levels`` sizes.

    Level l has side 2·short/(l + 1) rounded down, l squares along the short side and l + a − 1 along the long one,
    where a squares of the short side overlap along the long one by about 40 % (Tolias, Sicre & Jégou 2016).
    """
    short, along = min(grid), _along(min(grid), max(grid))
    squares = []
    for level in range(1, levels + 1 if short else 1):
        side = max(2 * short // (level + 1), 1)
        counts = [level if length == short else level + along - 1 for length in grid]
        tops, lefts = (_starts(length - side, count) for length, count in zip(grid, counts, strict=True))
        squares += [(top, left, side) for top in tops for left in lefts]
    return squares


def vlad(values: Any, codebook: Codebook, *, power: float = 1.0, intra: bool = False) -> Any:
    """Sum of the residuals to each nearest word, ``(..., k·c)`` word by word (Jégou et al. 2010, equation 1).

    Hard assignment. ``power`` is the exponent of a signed power law (Jégou et al. 2012; 0.5 is usual); ``intra`` then
    makes each word's part a unit vector (Arandjelović & Zisserman 2013). The gradient reaches the residuals, not the
    assignment.
    """
    xp = _namespace(values)
    hot, centroids = _one_hot(values, codebook), alike(codebook.centroids, values)
    # The residual first: a value on its word then adds exactly zero, which intra-normalisation would otherwise blow up.
    residuals = values - hot @ centroids
    sums = power_law(xp.matrix_transpose(hot) @ residuals, power=power)
    return xp.reshape(unit(sums) if intra else sums, (*sums.shape[:-2], sums.shape[-2] * sums.shape[-1]))


def bow(values: Any, codebook: Codebook) -> Any:
    """Share of each visual word times its inverse document frequency, ``(..., k)`` (Sivic & Zisserman 2003, section 4).

    ``t_i = n_i / m · idf_i``, hard assignment; counts have no gradient.
    """
    return spoc(_one_hot(values, codebook)) * alike(codebook.idf, values)


AGGREGATES: Final[dict[str, Aggregate]] = {"gem": gem, "mac": mac, "spoc": spoc}
"""Aggregates that need values alone."""

CODED_AGGREGATES: Final[dict[str, Callable[[Any, Codebook], Any]]] = {"bow": bow, "vlad": vlad}
"""Aggregates that also need a codebook; bound to one, they are an ``Aggregate``."""


def _one_hot(values: Any, codebook: Codebook) -> Any:
    """``(..., m, k)`` in the dtype of the values: 1 at each value's word."""
    xp = _namespace(values)
    words = xp.arange(codebook.centroids.shape[0], device=device(values))
    return xp.astype(assign(values, codebook.centroids)[..., None] == words, values.dtype)


def _along(short: int, long: int) -> int:
    """Number of squares of side ``short`` along ``long``, for an overlap nearest to 40 %; the fewest of equals."""
    if short == long or not short:
        return 1
    return min(range(2, long + 1), key=lambda count: abs(1 - (long - short) / (count - 1) / short - 0.4))


def _starts(slack: int, count: int) -> list[int]:
    """``count`` starts from 0 to ``slack``, evenly, rounded down."""
    return [index * slack // max(count - 1, 1) for index in range(count)]


def _namespace(values: Any) -> Any:
    """NumPy or torch, whichever ``values`` are, once they are known to be usable."""
    xp = namespace(values)
    if values.ndim < 2:
        raise ShapeError(
            f"values have shape {tuple(values.shape)}; wanted (..., m, c): give all points of a photo at once"
        )
    return xp
