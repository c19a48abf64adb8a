"""Similarity of two registered photos: colour and structure inside the matched region.

Near twins, such as two flavours of one brand, share most points of a photo; what tells them apart is the colour and
the drawing between those points. All figures are over the ``p`` pixels of the region that the match vouches for.
"""

from __future__ import annotations

import numpy as np

from resight.errors import ShapeError
from resight.types import Array

MEASURES = ("structure", "chroma", "cast", "tint", "area")
"""Measures that :func:`agreement` returns, in order."""


def agreement(query: Array, reference: Array, mask: Array) -> Array:
    """The five measures of two registered photos, ``(5,)`` float64.

    structure : correlation of luminance, [-1, 1]; 1 where both are flat.
    chroma : correlation of the two chroma planes together, [-1, 1]; 1 where both are grey.
    cast : log(1 + distance of the mean chroma); the light's colour does this, and so does another flavour.
    tint : log(1 + root mean square chroma difference once the cast is taken off).
    area : log(share of the reference that is compared + 0.001).

    Parameters
    ----------
    query, reference : (h, w, 3) CIE L*a*b*, in the reference's frame.
    mask : (h, w) bool, the pixels to compare; at least one.
    """
    if query.shape != reference.shape or query.shape[:2] != mask.shape or not mask.any():
        raise ShapeError(
            f"photos {query.shape} and {reference.shape} with a mask {mask.shape} of {int(mask.sum())} pixels; "
            "wanted (h, w, 3) twice and (h, w) with at least one pixel"
        )
    a, b = query[mask].astype(np.float64), reference[mask].astype(np.float64)
    shift = a.mean(axis=0) - b.mean(axis=0)
    a, b = a - a.mean(axis=0), b - b.mean(axis=0)
    return np.array([
        _correlation(a[:, :1], b[:, :1], floor=2.0),
        _correlation(a[:, 1:], b[:, 1:], floor=3.0),
        np.log1p(np.hypot(*shift[1:])),
        np.log1p(np.sqrt(((a[:, 1:] - b[:, 1:]) ** 2).sum(axis=1).mean())),
        np.log(mask.mean() + 1e-3),
    ])  # fmt: skip


def _correlation(a: Array, b: Array, *, floor: float) -> float:
    """``(cov + f²) / √((var a + f²)(var b + f²))`` of centred ``(p, c)``, like SSIM's structure (Wang et al. 2004).

    ``floor`` f is the deviation below which a plane counts as flat: two flat planes agree, a flat and a busy one
    do not.
    """
    joint, left, right = ((x * y).sum(axis=1).mean() + floor**2 for x, y in ((a, b), (a, a), (b, b)))
    return float(joint / np.sqrt(left * right))
