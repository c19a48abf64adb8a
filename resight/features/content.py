"""Whether a photo shows anything: a bare wall, a clear sky, the dark or a white placeholder does not."""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np

from resight.runtimes import forking
from resight.types import Array, Image

SIDE: Final = 64
"""Longer side at which a photo is looked at, pixels: most noise is averaged away there, and what is drawn is not."""

LEAST: Final = 3.0
"""Levels of 255 by which a place has to differ from the mean of its four neighbours; a lamp's shade, a vignette and a
ramp from black to white differ by less. In photos of little light it is as much less as DIM says."""

DIM: Final = 96.0
"""Level of the brightest places below which a photo counts as dim, down to a third of it."""

CLEAR: Final = 6.0
"""Levels by which a place differs that is drawn whatever the noise; JPEG of quality 30 leaves less of an even
ground."""

PLACES: Final = ((6.0, 4), (4.0, 12))
"""Spreads of the photo's own noise by which fainter places have to differ, and how many of them have to for a photo to
show something: a few clearly, or more of them barely. Of 9,000 normal figures 0.6 exceed 4 spreads; noise that JPEG has
cut has longer tails. A speck of dust is fewer places."""


@forking.held_off()
def shows_something(image: Image) -> bool:
    """Whether anything is drawn in a photo ``(h, w, 3)`` uint8 RGB, however faint: an edge, a texture, a spot.

    Where nothing is, the photo's descriptor is that of all other such photos, and its points are noise: neither tells
    what it shows. It is measured by the pixels alone, and so it is the same for all encoders: in the photo at SIDE, a
    smooth ground bends by next to nothing, noise bends it everywhere alike, and what is drawn bends it in some places.
    """
    height, width = image.shape[:2]
    shrink = min(1.0, SIDE / max(height, width))
    size = (max(3, round(width * shrink)), max(3, round(height * shrink)))
    small = cv2.resize(image.astype(np.float32), size, interpolation=cv2.INTER_AREA)
    bent = np.abs(_curvature(small))
    light = np.clip(np.quantile(small, 0.99) / DIM, 1 / 3, 1)
    noise = np.median(bent, axis=(0, 1)) / _OF_NORMAL
    differing = ((bent > np.clip(spreads * noise, LEAST * light, CLEAR), least) for spreads, least in PLACES)
    return any(int(places.any(axis=2).sum()) >= least for places, least in differing)


_OF_NORMAL: Final = 0.6745
"""Median of the absolute values of a normal distribution, in spreads."""


def _curvature(photo: Array) -> Array:
    """Difference of each inner place of ``(h, w, 3)`` from the mean of its four neighbours."""
    around = photo[:-2, 1:-1] + photo[2:, 1:-1] + photo[1:-1, :-2] + photo[1:-1, 2:]
    return photo[1:-1, 1:-1] - around / 4
