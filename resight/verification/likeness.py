"""Errors of a query beside a known photo that it is laid over, place by place, after light and blur were taken off."""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np

from resight.runtimes import forking
from resight.types import Array

from .difference_map import relit

DETAIL: Final = 320
"""Pixels of the longer side on which a word or a year can be told: all that is stored of a photo."""

BLURS: Final = (0.0, 0.7, 1.1, 1.6, 2.3, 3.2, 4.5, 6.4, 9.0)
"""Standard deviations, in pixels, of which one makes known photos as blurred as a query; what is blurred by the last
one shows no detail at all."""

SLIP: Final = 1
"""Pixels that a place of the query may have slipped in x and y."""

WINDOW: Final = 5
"""Side of the window, in pixels, over which errors are averaged."""

STRIDE: Final = 3
"""Pixels between those that the light is fitted to."""


def in_light(photo: Array, reference: Array, mask: Array) -> Array:
    """A photo ``(h, w, 3)`` L*a*b* in the light of a reference, fitted to where the mask ``(h, w)`` says.

    See :func:`resight.verification.difference_map.relit`.
    """
    rows, columns = np.indices(mask.shape)
    thinned = mask & (rows % STRIDE == 0) & (columns % STRIDE == 0)
    planes, wanted = (np.moveaxis(each.astype(np.float64), 2, 0) for each in (photo, reference))
    return np.moveaxis(relit(planes, wanted, thinned if thinned.any() else mask), 0, 2).astype(np.float32)


@forking.held_off()
def blur_of(query: Array, photo: Array, mask: Array) -> float | None:
    """The one of BLURS that makes a photo ``(h, w, 3)`` as blurred as a query is, by lightness where the mask says.

    None where the query shows no detail.
    """
    misses = [np.abs(blurred(photo[..., 0], sigma) - query[..., 0])[mask].mean() for sigma in BLURS]
    sigma = BLURS[int(np.argmin(misses))]
    return None if sigma == BLURS[-1] else sigma


@forking.held_off()
def blurred(planes: Array, sigma: float) -> Array:
    """Gaussian blur of planes ``(h, w)`` or ``(h, w, c)``, none for 0; ``sigma`` in pixels."""
    return planes if sigma == 0 else cv2.GaussianBlur(planes, (0, 0), sigma)


@forking.held_off()
def errors(query: Array, photo: Array) -> Array:
    """Squared errors ``(h, w, 3)`` in the window around each place, where it may have slipped to fit best."""
    height, width = query.shape[:2]
    padded = np.pad(query, ((SLIP, SLIP), (SLIP, SLIP), (0, 0)), mode="edge")
    best, found = np.full((height, width), np.inf, np.float32), np.zeros_like(query)
    for y, x in np.ndindex(2 * SLIP + 1, 2 * SLIP + 1):
        missed = windowed((padded[y : y + height, x : x + width] - photo) ** 2)
        total = summed(missed)
        cv2.copyTo(missed, (total < best).astype(np.uint8), found)
        np.minimum(best, total, out=best)
    return found


def summed(planes: Array) -> Array:
    """The sum ``(h, w)`` of the three planes of ``(h, w, 3)``; NumPy takes ten times as long along so short an axis."""
    return planes[..., 0] + planes[..., 1] + planes[..., 2]


@forking.held_off()
def steepness(photo: Array) -> Array:
    """Squared gradient per pixel, ``(h, w, 3)``, in the window around each place."""
    across, down = (cv2.Sobel(photo, cv2.CV_32F, *which, scale=1 / 8) for which in ((1, 0), (0, 1)))
    return windowed(across**2 + down**2)


def windowed(planes: Array) -> Array:
    """The mean of planes ``(h, w)`` or ``(h, w, c)`` in the window around each place."""
    return cv2.blur(planes, (WINDOW, WINDOW))
