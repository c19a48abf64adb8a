"""Prints of one picture: the same shot saved anew, at another size, quality or format, cut or turned.

Two photos of one thing, and near twins that share a design, are no prints of one picture: some place of them differs.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from resight.types import Array

from .registration import RegisteredPair, smooth

LIGHTNESS: Final = 12.0
"""L* by which a place may differ, smoothed at 160 pixels: of 190 photos saved anew at 200 to 700 pixels in five ways no
place did by more than 8.4, and none of 261 pairs of different photos with like fingerprints by less than 15.9."""

COLOUR: Final = 32.0
"""Distance in a* b* by which a place may differ: the 256 colours of a GIF do so by up to 30, other formats by 15."""

DRAWN: Final = 4.0
"""Deviation of L* below which a photo shows too little to be known by: a sky, a wall."""

COVERED: Final = 0.95
"""Share of the smaller photo that has to lie on the other one."""

LEAST: Final = 0.1
"""Share of a photo that the smaller one covers at least: of less too few pixels are left to compare."""


def is_reprint(registered: RegisteredPair, share: float) -> bool:
    """Whether two photos laid over each other are prints of one picture.

    ``share`` of the query lies on the reference. Light may differ as a whole, for a colour profile may be lost.
    """
    covers = float(registered.mask.mean())
    if covers < LEAST or max(covers, share) < COVERED or registered.reference[registered.mask, 0].std() < DRAWN:
        return False
    lightness, *colour = np.moveaxis(np.abs(_differences(registered)), 1, 0)
    return bool(lightness.max() <= LIGHTNESS and np.hypot(*colour).max() <= COLOUR)


def _differences(registered: RegisteredPair) -> Array:
    """(p, 3) how far the places of the mask differ in L*, a* and b*, beside what all of them do."""
    found = registered.query - registered.reference
    found -= np.median(found[registered.mask], axis=0)
    weights = registered.mask.astype(np.float32)
    smoothed = smooth(found * weights[..., None]) / np.maximum(smooth(weights), 1e-3)[..., None]
    return smoothed[registered.mask]
