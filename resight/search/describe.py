"""Feature extraction of one photo by a set of encoders."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

import numpy as np

from resight.features.content import shows_something
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
    descriptors : (d,) unwhitened, of each global encoder by fingerprint; zero for a photo that shows nothing.
    digest : of the file's bytes; empty for a picture that no file holds.
    """

    local: LocalFeatures
    descriptors: Mapping[str, Array]
    digest: bytes = b""


def long_side(encoders: Sequence[Encoder]) -> int:
    """The longest side any of the encoders, or the small image, asks of a photo."""
    return max([THUMBNAIL, *(encoder.extractor.preprocess.long_side for encoder in encoders)])


@blas.one_thread()
def extract(
    photo: Photo, encoders: Sequence[Encoder], *, kept: Mapping[str, Array] = MappingProxyType({})
) -> PhotoFeatures:
    """Extract and describe a photo; encoders that share an extractor share its features.

    Descriptors that are ``kept`` of it, by the fingerprint of their encoder, are not made again.
    A photo that shows nothing has no points and a zero descriptor, which is near to none: what encoders make of noise
    and of one colour is much the same for all such photos, so that each would be taken for every other.
    """
    image = small(photo)
    shown = shows_something(image)
    extracted: dict[str, Features] = {}
    for encoder in encoders:
        if encoder.extractor.fingerprint not in extracted and encoder.fingerprint not in kept:
            extracted[encoder.extractor.fingerprint] = encoder.extractor.features(photo)
    local = [extracted[encoder.extractor.fingerprint] for encoder in encoders if isinstance(encoder, LocalEncoder)]
    return PhotoFeatures(
        LocalFeatures(local[0] if local and shown else featureless(photo.size), image, fingerprints(encoders)),
        {
            encoder.fingerprint: kept[encoder.fingerprint]
            if encoder.fingerprint in kept
            else encoder.describe(extracted[encoder.extractor.fingerprint]) * np.float32(shown)
            for encoder in encoders
            if isinstance(encoder, GlobalEncoder)
        },
        photo.digest,
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
