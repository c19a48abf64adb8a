"""The classical extractor: photos to rootSIFT codes, with no learned network."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import ClassVar, Final, Self

import numpy as np

from resight.io.images import Photo, prepare
from resight.types import Array, Features, Preprocess

from .sift import RootSift
from .vocabulary import Vocabulary

PREPROCESS: Final = Preprocess(long_side=640, enlarge=True, resampling="bicubic")
"""Small photos are scaled up, so that their points are as many and as large as those of others."""


@dataclass(frozen=True)
class SiftExtractor:
    """Extract local features of photos (:class:`resight.features.encoder.PhotoExtractor`); threads may share it."""

    sift: RootSift
    preprocess: Preprocess = PREPROCESS
    has_grid: ClassVar[bool] = False

    @property
    def vocabulary(self) -> Vocabulary:
        """Projection, cells and words of the codes."""
        return self.sift.vocabulary

    @cached_property
    def fingerprint(self) -> str:
        """Identity of what decides the features."""
        small = "" if self.preprocess.enlarge else "-small"
        return f"{self.sift.fingerprint}-{self.preprocess.long_side}-{self.preprocess.resampling}{small}"

    def at(self, long_side: int) -> Self:
        """The extractor at another size, with as many points for the area: a point is the same thing at either."""
        count = round(self.sift.features * (long_side / self.preprocess.long_side) ** 2)
        sift, preprocess = replace(self.sift, features=count), replace(self.preprocess, long_side=long_side)
        return type(self)(sift, preprocess)

    def features(self, photo: Photo) -> Features:
        """Features of one photo, in pixels of the whole upright photo even if it was decoded smaller."""
        prepared = prepare(photo, self.preprocess)
        return enlarged(self.sift.extract([prepared])[0], photo.size)

    def decoded(self, features: Features) -> Features:
        """Put principal axes of rootSIFT ``(m, 64)`` float32 in the place of their codes."""
        return replace(features, values=self.vocabulary.decode(features.values))


def enlarged(features: Features, size: tuple[int, int]) -> Features:
    """Features of a resized photo in pixels of the photo of ``size`` that it was made from."""
    ratios = np.divide(size, features.size).astype(np.float32)
    points: Array = ((features.points + 0.5) * ratios - 0.5).astype(np.float32)
    scales: Array = features.scales * np.float32(np.sqrt(ratios.prod()))
    return replace(features, points=points, scales=scales, size=size)
