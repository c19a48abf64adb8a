"""Feature extraction of one photo by a set of encoders."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from resight.features.encoder import Encoder, GlobalEncoder, LocalEncoder
from resight.io import images
from resight.io.images import Photo
from resight.runtimes import blas
from resight.types import Array, Features, Image
from resight.verification.comparison import LocalFeatures

THUMBNAIL: Final = 320
"""Longer side of the small image that is stored, drawn and compared, pixels."""


@dataclass(frozen=True, slots=True, eq=False)
class PhotoFeatures:
    """Features of a photo: all that recognising it needs.

    Attributes
    ----------
    local : local features, none where no encoder votes, and the small image.
    descriptors : (d,) unwhitened, of each global encoder by fingerprint.
    """

    local: LocalFeatures
    descriptors: Mapping[str, Array]


def long_side(encoders: Sequence[Encoder]) -> int:
    """The longest side any of the encoders, or the small image, asks of a photo."""
    return max([THUMBNAIL, *(encoder.extractor.preprocess.long_side for encoder in encoders)])


@blas.one_thread()
def extract(photo: Photo, encoders: Sequence[Encoder]) -> PhotoFeatures:
    """Extract and describe a photo; encoders that share an extractor share its features."""
    extracted: dict[str, Features] = {}
    for encoder in encoders:
        if encoder.extractor.fingerprint not in extracted:
            extracted[encoder.extractor.fingerprint] = encoder.extractor.features(photo)
    local = [extracted[encoder.extractor.fingerprint] for encoder in encoders if isinstance(encoder, LocalEncoder)]
    return PhotoFeatures(
        LocalFeatures(local[0] if local else featureless(photo.size), small(photo), fingerprints(encoders)),
        {
            encoder.fingerprint: encoder.describe(extracted[encoder.extractor.fingerprint])
            for encoder in encoders
            if isinstance(encoder, GlobalEncoder)
        },
    )


def fingerprints(encoders: Sequence[Encoder]) -> tuple[str, ...]:
    """Fingerprints of the encoders, in order."""
    return tuple(encoder.fingerprint for encoder in encoders)


def small(photo: Photo) -> Image:
    """The photo at THUMBNAIL pixels, or its own size where it is smaller."""
    return images.resize(photo.image, images.fit(photo.size, THUMBNAIL, enlarge=False), resampling="area")


def featureless(size: tuple[int, int]) -> Features:
    """No points, on a photo of ``size``."""
    none = np.zeros(0, np.float32)
    return Features(np.zeros((0, 2), np.float32), np.zeros((0, 64), np.uint8), none, none, size)
