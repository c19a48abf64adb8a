"""RootSIFT: the points of a photo that stand out, each with a code."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

import cv2
import numpy as np

from resight.runtimes import forking
from resight.types import Array, Features, Image

from .vocabulary import Vocabulary

_BIAS = np.float32(0.25)
"""Pixels that OpenCV's points lie too far right and down: it doubles the photo, in which the pixel at x has its centre
at 2x + ½, and halves the coordinates it finds there."""

_LAPLACE = np.array([[1, -2, 1], [-2, 4, -2], [1, -2, 1]], np.float32)


@dataclass(frozen=True)
class RootSift:
    """SIFT (Lowe 2004) with the square-root kernel (Arandjelović & Zisserman 2012), projected and coded in 8 bits.

    Attributes
    ----------
    vocabulary : projection and codes.
    features : points kept of a photo.
    contrast, edge : thresholds of the detector; a low contrast keeps points of faint photos.
    """

    vocabulary: Vocabulary = field(repr=False)
    features: int = 1000
    contrast: float = 0.02
    edge: float = 10.0

    @cached_property
    def fingerprint(self) -> str:
        """Identity of all that decides its codes."""
        return f"rootsift-{self.features}-{self.contrast:g}-{self.edge:g}-{self.vocabulary.fingerprint}"

    def extract(self, images: Sequence[Image]) -> list[Features]:
        """Features of each image ``(h, w, 3)`` uint8, their values as codes."""
        return [self._extract(image) for image in images]

    def _extract(self, image: Image) -> Features:
        points, values = detect(image, self.features, contrast=self.contrast, edge=self.edge)
        return Features(
            points=np.array([point.pt for point in points], np.float32).reshape(-1, 2) - _BIAS,
            values=self.vocabulary.encode(values),
            scales=np.array([point.size for point in points], np.float32),
            angles=np.deg2rad(np.array([point.angle for point in points], np.float32)),
            size=(image.shape[1], image.shape[0]),
        )


@forking.held_off()
def detect(image: Image, count: int, *, contrast: float = 0.02, edge: float = 10.0) -> tuple[list[cv2.KeyPoint], Array]:
    """The ``count`` points of ``(h, w, 3)`` that last longest, and their rootSIFT ``(m, 128)`` float32."""
    sift = cv2.SIFT.create(nfeatures=0, contrastThreshold=contrast, edgeThreshold=edge)
    grey = steady(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY))
    found = sift.detect(grey, None)
    kept = [found[row] for row in _lasting(found, count)]
    if not kept:
        return [], np.zeros((0, 128), np.float32)
    _, descriptors = sift.compute(grey, kept)  # of those kept: two thirds of the points of a photo are not
    return kept, root(descriptors)


def _lasting(points: Sequence[cv2.KeyPoint], count: int) -> Array:
    """Rows of the ``count`` points with the largest response × size.

    The strongest points are mostly the smallest, and those go first when a photo is small, blurred or noisy: on
    stressed museum photos weighing by size gained 4 to 10 points of P@1, and lost none on clean ones.
    """
    worth = np.array([point.response * point.size for point in points])
    return np.argsort(-worth, kind="stable")[:count]


def root(descriptors: Array) -> Array:
    """RootSIFT ``(m, 128)``: L1-normalise, then square root, so that Euclid compares as Hellinger."""
    return np.sqrt(descriptors / np.maximum(descriptors.sum(axis=1, keepdims=True), np.finfo(np.float32).tiny))


def noise(grey: Array) -> float:
    """Standard deviation of the noise of ``(h, w)``, by the Laplacian difference of Immerkær (1996), in grey levels."""
    return float(np.sqrt(np.pi / 2) * np.abs(cv2.filter2D(grey.astype(np.float32), -1, _LAPLACE)).mean() / 6)


def steady(grey: Array) -> Array:
    """``(h, w)`` uint8, the noise of dark photos smoothed and their contrast stretched; others are left as they are.

    A detector's threshold is absolute, so a photo at a tenth of the light would have a tenth of the points, and most
    of them noise.
    """
    low, high = np.percentile(grey, (1, 99))
    contrast = max(high - low, 8.0)
    ratio = noise(grey) / contrast
    if ratio > 0.04:
        grey = cv2.GaussianBlur(grey.astype(np.float32), (0, 0), float(np.clip(12 * ratio, 0.5, 3.0)))
    if contrast < 128:
        low, high = np.percentile(grey, (1, 99))
        grey = (grey.astype(np.float32) - low) * (200 / max(high - low, 8.0)) + 20
    return np.clip(grey, 0, 255).astype(np.uint8)
