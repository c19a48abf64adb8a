"""Difference map of two photos laid over each other: it points at what tells near twins apart.

A pixel differs as far as the *drawing* in a window around it does, or the *colour*:
``1 − (1 − drawing) · (1 − colour)``. Before that the light is taken off, since the same thing is dimmer or yellower on
another day; and of the places that a bulging or folded thing may have slipped to, the most alike counts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

import cv2
import numpy as np

from resight.errors import ShapeError
from resight.runtimes import forking
from resight.types import Array

WINDOW: Final = 2.5
"""Standard deviation of the Gaussian window, pixels: on photos of 160 pixels, a letter of a title."""

TAPS: Final = np.exp(-(np.arange(-8, 9) ** 2) / (2 * WINDOW**2))
"""The window along one axis, cut where it has fallen to 0.6 %."""

SLIP: Final = 1
"""Pixels that a place may have slipped in x and y: a plane fits a carton no better."""

CAST: Final = 12.0
"""Longest shift of chroma that is put down to the light; cameras correct what goes further, and dyes do go further."""

EXPOSURE: Final = (0.5, 2.0)
"""Bounds of the contrast that is put down to the light."""

FLAT: Final = 1.0
"""Deviation of lightness that is noise: of a white ground alone no contrast can be told."""

MISSED: Final = 0.25
"""Share of the pixels that the light is not fitted to, those that fit worst."""

REFITS: Final = 5
"""Times that they are chosen: a black fifth of a drawn photo was found out after three."""

STEADY: Final = (0.03 * 100) ** 2
"""Keeps noise on flat surfaces from counting as drawing: Wang's (K₂ L)² with K₂ = 0.03 and lightness up to 100."""

ALIKE, OTHER = 6.0, 20.0
"""Colour differences ΔE*₉₄ up to which two windows have one colour, and from which they have two."""

Mean = Callable[[Array], Array]


def difference(query: Array, reference: Array, mask: Array) -> Array:
    """Difference of two registered photos at each pixel, ``(h, w)`` float64 in [0, 1]; 0 where ``mask`` is False.

    `benchmarks/near_twins.py` counts how much differs of right matches, and of near twins.

    Parameters
    ----------
    query, reference : (h, w, 3) CIE L*a*b* in one frame, L in [0, 100].
    mask : (h, w) bool, the pixels that can be compared.

    Raises ShapeError where the three do not fit each other.
    """
    if query.shape != reference.shape or query.shape != (*mask.shape, 3):
        raise ShapeError(
            f"photos {query.shape} and {reference.shape} with a mask {mask.shape}; wanted (h, w, 3) twice and (h, w): "
            "register the photos first"
        )
    if not mask.any():
        return np.zeros(mask.shape)
    mean = _windowed(mask)
    planes, wanted = (np.moveaxis(photo.astype(np.float64), 2, 0) for photo in (query, reference))
    lightness, known = wanted[0], mean(np.stack([*wanted, wanted[0] ** 2]))
    return np.min(
        [
            _unlike(mean(np.stack([*slipped, slipped[0] ** 2, slipped[0] * lightness])), known)
            for slipped in _slipped(relit(planes, wanted, mask))
        ],
        axis=0,
    )


def relit(query: Array, reference: Array, mask: Array) -> Array:
    """The query's planes ``(3, h, w)``, L*a*b*, in the reference's light, as far as light may differ.

    The very difference that is looked for must not pull the fit: the cast is a *median*, and lightness, of which mean
    and contrast are fitted, is fitted again without the pixels that the last fit missed by most (the concentration
    steps of least trimmed squares, Rousseeuw and Van Driessen 2006).
    """
    ours, theirs = query[0, mask], reference[0, mask]
    kept = np.ones(len(ours), bool)
    for _ in range(REFITS):
        missed = np.abs(_exposed(ours, ours[kept], theirs[kept]) - theirs)
        kept = missed <= np.quantile(missed, 1 - MISSED)
    cast = np.median((query - reference)[1:, mask], axis=1)
    cast *= min(1.0, CAST / max(np.hypot(*cast), 1e-6))
    return np.concatenate([_exposed(query[:1], ours[kept], theirs[kept]), query[1:] - cast[:, None, None]])


def _exposed(lightness: Array, ours: Array, theirs: Array) -> Array:
    """Lightness as it would be with the exposure that gives ``ours (p,)`` the mean and contrast of ``theirs (p,)``."""
    spreads = theirs.std(), ours.std()
    contrast = np.clip(spreads[0] / spreads[1], *EXPOSURE) if min(spreads) >= FLAT else 1.0
    return (lightness - ours.mean()) * contrast + theirs.mean()


def _slipped(planes: Array) -> Iterator[Array]:
    """The planes ``(3, h, w)`` moved by up to SLIP pixels, their border repeated."""
    height, width = planes.shape[1:]
    padded = np.pad(planes, ((0, 0), (SLIP, SLIP), (SLIP, SLIP)), mode="edge")
    for y, x in np.ndindex(2 * SLIP + 1, 2 * SLIP + 1):
        yield padded[:, y : y + height, x : x + width]


def _windowed(mask: Array) -> Mean:
    """The Gaussian mean of planes ``(..., h, w)`` around each pixel, over the pixels of the mask alone.

    0 outside the mask, where two photos are therefore alike.
    """
    weights = np.where(mask, _blurred(mask.astype(np.float64)), 1.0)
    return lambda planes: np.where(mask, _blurred(planes * mask) / weights, 0.0)


@forking.held_off()
def _blurred(planes: Array) -> Array:
    """Gaussian sums of planes ``(..., h, w)``; zeros beyond the border."""
    flat = planes.reshape(-1, *planes.shape[-2:])
    blurred = [cv2.sepFilter2D(plane, cv2.CV_64F, TAPS, TAPS, borderType=cv2.BORDER_CONSTANT) for plane in flat]
    return np.array(blurred).reshape(planes.shape)


def _unlike(query: Array, reference: Array) -> Array:
    """Difference ``(h, w)`` from means in the window: of L*, a*, b* and L*² of either photo, and of the product of both
    L* last of the query's.
    """
    drawing = 1 - _structure(query, reference)
    colour = (_colour_distance(query[:3], reference[:3]) - ALIKE) / (OTHER - ALIKE)
    return 1 - (1 - np.clip(drawing, 0, 1)) * (1 - np.clip(colour, 0, 1))


def _structure(query: Array, reference: Array) -> Array:
    """Contrast times structure of SSIM in a window, [-1, 1], from the means of :func:`_unlike`.

    Wang, Bovik, Sheikh and Simoncelli (2004), eqs. 9 and 10 with C₃ = C₂ / 2, which is STEADY / 2.
    """
    mean_a, mean_b = query[0], reference[0]
    spread = np.maximum(query[3] + reference[3] - mean_a**2 - mean_b**2, 0)
    return (2 * (query[4] - mean_a * mean_b) + STEADY) / (spread + STEADY)


def _colour_distance(a: Array, b: Array) -> Array:
    """ΔE*₉₄ of two Lab colours ``(3, ...)`` (CIE 116, 1995) with k_L = 2, its weight where lightness matters less.

    A dim or washed-out red is still red: strong colours may differ more, in strength more than in hue. Neither of the
    two is the standard, so both are weighted by the geometric mean of their chromas.
    """
    lightness, *chroma = a - b
    strength_a, strength_b = np.hypot(*a[1:]), np.hypot(*b[1:])
    strength = strength_a - strength_b
    hue = np.maximum(chroma[0] ** 2 + chroma[1] ** 2 - strength**2, 0)
    both = np.sqrt(strength_a * strength_b)
    return np.sqrt((lightness / 2) ** 2 + (strength / (1 + 0.045 * both)) ** 2 + hue / (1 + 0.015 * both) ** 2)
