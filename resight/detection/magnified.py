"""A closer look at a photo: enough of it to find things that are a small part of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np

from resight.features.encoder import Encoder, LocalEncoder
from resight.io import images
from resight.io.images import Photo
from resight.runtimes import blas
from resight.search.describe import featureless, fingerprints
from resight.search.mirror_image import MirrorImage, mirrored
from resight.types import Array, Features
from resight.verification.comparison import LocalFeatures

LOCAL_MAGNIFICATION: Final = 2.0
"""Times the long side that local features are extracted at, where the photo has the pixels for it: a thing of a
quarter of the photo then has the points of one that fills half of it."""

GLOBAL_MAGNIFICATION: Final = 1.5
"""Times the long side that other features are extracted at: a network's cells see the less of a thing the larger it is
(chosen on museum)."""


def longest(encoders: Sequence[Encoder]) -> int:
    """The longest side that a magnified photo has."""
    return round(LOCAL_MAGNIFICATION * max(encoder.extractor.preprocess.long_side for encoder in encoders))


@dataclass(frozen=True, eq=False)
class MagnifiedPhoto:
    """A photo as things are looked for in it.

    Attributes
    ----------
    photo : read for :func:`longest`.
    encoders : of the gallery.
    """

    photo: Photo
    encoders: tuple[Encoder, ...]

    @cached_property
    def local(self) -> LocalFeatures:
        """Local features of the magnified photo, none where no encoder votes, and the photo at that size."""
        voting = next((encoder for encoder in self.encoders if isinstance(encoder, LocalEncoder)), None)
        features = featureless(self.photo.size) if voting is None else self.features(voting, LOCAL_MAGNIFICATION)
        size = images.fit(self.photo.size, longest(self.encoders), enlarge=False)
        image = images.resize(self.photo.image, size, resampling="area")
        return LocalFeatures(features, image, fingerprints(self.encoders))

    @cached_property
    def flipped(self) -> MagnifiedPhoto:
        """The photo's mirror image, looked at as closely."""
        return MagnifiedPhoto(mirrored(self.photo), self.encoders)

    @cached_property
    def mirror(self) -> MirrorImage:
        """The mirror image to be compared with one known photo, by the points that are found in it."""
        return MirrorImage(lambda: self.flipped.local.features)

    @blas.one_thread()
    def features(self, encoder: Encoder, closer: float) -> Features:
        """An encoder's features at ``closer`` times its long side, or as many times as the photo has pixels for."""
        usual = encoder.extractor.preprocess.long_side
        side = round(min(closer * usual, max(usual, *self.photo.size)))
        return (encoder.extractor if side == usual else encoder.extractor.at(side)).features(self.photo)

    def part(self, outline: Array) -> Photo | None:
        """The upright part of the photo around a polygon ``(c, 2)``; None where it is less than a pixel."""
        height, width = self.photo.image.shape[:2]
        held = np.array([width, height])
        corners = outline * (held / np.array(self.photo.size))
        low = np.clip(np.floor(corners.min(axis=0)), 0, held).astype(int)
        high = np.clip(np.ceil(corners.max(axis=0)), 0, held).astype(int)
        if (high <= low).any():
            return None
        image = np.ascontiguousarray(self.photo.image[low[1] : high[1], low[0] : high[0]])
        return Photo.of(image)
