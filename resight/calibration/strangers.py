"""Strangers: everyday photos that an encoder brings as its background, which show nothing that a gallery knows."""

from __future__ import annotations

from typing import Final

import numpy as np

from resight.search.describe import PhotoFeatures, featureless
from resight.search.gallery_index import GalleryIndex
from resight.verification.comparison import LocalFeatures

MOST: Final = 64
"""Strangers of each encoder that are asked about, a few milliseconds each."""

SIZE: Final = (640, 480)
"""Size that is given to a stranger, of which nothing but a descriptor is left, pixels."""


def strangers(index: GalleryIndex) -> list[PhotoFeatures]:
    """Everyday photos as a gallery's encoders see them, spread over the background of each; none without a background.

    They have neither points nor pixels, and a zero descriptor of each encoder but the one that brings them.
    """
    if not len(index):
        return []
    lengths = {name: len(row) for name, row in index.features(next(iter(index.items))).descriptors.items()}
    blank = LocalFeatures(featureless(SIZE), np.zeros((1, 1, 3), np.uint8))

    def seen_by(encoder: str, row: np.ndarray) -> PhotoFeatures:
        others = {name: np.zeros(length, np.float32) for name, length in lengths.items()}
        return PhotoFeatures(blank, {**others, encoder: row.astype(np.float32)})

    return [
        seen_by(encoder, row) for encoder, rows in index.backgrounds.items() for row in rows[:: -(-len(rows) // MOST)]
    ]
