"""Laying one photo over another: a robust transform, and both photos in the reference's frame."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from resight.runtimes import forking
from resight.types import Array, Image

LONG_SIDE = 160
"""Pixels of the longer side on which two photos are compared: finer detail is not aligned well enough to compare."""

SQUEEZE = 30.0
"""Times longer than wide that a square may become: a plane seen at 2°, where no point is found again.

Points on one line fix a homography that fits them and nothing beside them; it gives itself away here.
"""


@dataclass(frozen=True, slots=True, eq=False)
class RegisteredPair:
    """Two photos laid over each other, in CIE L*a*b* (L in [0, 100]).

    Attributes
    ----------
    query, reference : (h, w, 3) float32 in the reference's frame.
    mask : (h, w) bool, where the match vouches for the transform: inside the hull of its inliers and of the query.
    """

    query: Array
    reference: Array
    mask: Array


@forking.held_off()
def transform(query: Array, reference: Array, *, diagonal: float) -> tuple[Array, Array] | None:
    """Transform ``(3, 3)`` from query points ``(i, 2)`` to reference points, and the inliers ``(i,)`` bool.

    A homography by MAGSAC++ (Barath et al. 2020) from eight pairs on, an affinity from four, a similarity from two;
    the next simpler one where a model finds too few inliers. ``diagonal`` of the reference photo, pixels. None where
    nothing fits, or a point is no number.
    """
    if not (np.isfinite(query).all() and np.isfinite(reference).all()):
        return None
    for least, agreeing, model in _MODELS:
        if len(query) >= least:
            matrix, inliers = model(query, reference, diagonal)
            if matrix is not None and inliers.sum() >= agreeing and _plausible(matrix, query):
                return matrix, inliers.ravel() > 0
    return None


def _homography(query: Array, reference: Array, diagonal: float) -> tuple[Array | None, Array]:
    return cv2.findHomography(query, reference, cv2.USAC_MAGSAC, 0.008 * diagonal, maxIters=2000, confidence=0.999)


def _affinity(query: Array, reference: Array, diagonal: float) -> tuple[Array | None, Array]:
    matrix, inliers = cv2.estimateAffine2D(query, reference, ransacReprojThreshold=0.015 * diagonal)
    return _completed(matrix), inliers


def _similarity(query: Array, reference: Array, diagonal: float) -> tuple[Array | None, Array]:
    matrix, inliers = cv2.estimateAffinePartial2D(query, reference, ransacReprojThreshold=0.03 * diagonal)
    return _completed(matrix), inliers


def _completed(matrix: Array | None) -> Array | None:
    return None if matrix is None else np.vstack([matrix, [0.0, 0.0, 1.0]])


_MODELS = ((8, 6, _homography), (4, 4, _affinity), (2, 2, _similarity))
"""Pairs needed, inliers needed, model."""


def _plausible(matrix: Array, points: Array) -> bool:
    """Whether no point lies on or behind the horizon, and the plane is neither mirrored nor crushed at any of them."""
    if not np.isfinite(matrix).all():
        return False
    mapped = np.column_stack([points, np.ones(len(points))]) @ matrix.T
    depth = mapped[:, 2]
    if not (depth > 1e-6).all():
        return False
    # What becomes of a small square of the query: the Jacobian of x ↦ Hx, its area, and σ₁/σ₂ + σ₂/σ₁ of its sides.
    jacobian = (matrix[:2, :2] - mapped[:, :2, None] / depth[:, None, None] * matrix[2, :2]) / depth[:, None, None]
    area = np.linalg.det(jacobian)
    if not ((area > 1e-4) & (area < 1e4)).all():
        return False
    return bool(((jacobian**2).sum(axis=(1, 2)) / area < SQUEEZE).all())


@forking.held_off()
def register(
    query: Image, reference: Image, matrix: Array, hull: Array, *, long_side: int = LONG_SIDE
) -> RegisteredPair:
    """Both photos in the reference's frame.

    Parameters
    ----------
    query, reference : (h, w, 3) uint8 RGB.
    matrix : (3, 3) from query to reference pixels.
    hull : (i, 2) reference points whose convex hull the match vouches for.
    """
    height, width = reference.shape[:2]
    scale = long_side / max(height, width)
    size = (max(8, round(width * scale)), max(8, round(height * scale)))
    shrink = resized((size[0] / width, size[1] / height))
    matrix = shrink @ matrix
    warped = cv2.warpPerspective(_smoothed(query, matrix), matrix, size)
    inside = cv2.warpPerspective(np.ones(query.shape[:2], np.float32), matrix, size) > 0.99
    return RegisteredPair(
        lab(warped),
        lab(cv2.resize(reference, size, interpolation=cv2.INTER_AREA)),
        inside & _filled(hull @ shrink[:2, :2] + shrink[:2, 2], size),
    )


def resized(ratios: Sequence[float] | Array) -> Array:
    """Transform ``(3, 3)`` from a photo's pixels to those of its copy at ``ratios`` of its width and height.

    A pixel's centre is at its index, so that the photo's corner, at (-½, -½), stays where it is.
    """
    x, y = ratios
    return np.array([[x, 0, (x - 1) / 2], [0, y, (y - 1) / 2], [0, 0, 1.0]])


@forking.held_off()
def carried(plane: Array, matrix: Array, shape: tuple[int, int]) -> Array:
    """A plane ``(h, w)`` as it lies in another frame of ``shape (h', w')``; 0 where it does not reach.

    ``matrix (3, 3)`` leads from pixels of that frame to pixels of the plane.
    """
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    return cv2.warpPerspective(plane.astype(np.float32), matrix, shape[::-1], flags=flags)


def _smoothed(image: Image, matrix: Array) -> Image:
    """The image blurred as far as ``matrix`` shrinks it, so that warping does not alias."""
    scale = float(np.sqrt(abs(np.linalg.det(matrix[:2, :2]))))
    return (
        image if scale >= 1 else cv2.GaussianBlur(image, (0, 0), float(np.clip(0.5 / max(scale, 1e-3) - 0.3, 0.1, 4)))
    )


@forking.held_off()
def lab(image: Image) -> Array:
    """``(h, w, 3)`` RGB uint8 in CIE L*a*b*, float32."""
    return cv2.cvtColor(image.astype(np.float32) / 255, cv2.COLOR_RGB2Lab)


def _filled(points: Array, size: tuple[int, int]) -> Array:
    """Mask ``(h, w)`` of the convex hull of ``(i, 2)`` points, two pixels wider."""
    mask = np.zeros(size[::-1], np.uint8)
    if len(points) >= 3:
        cv2.fillConvexPoly(mask, cv2.convexHull(points.astype(np.float32))[:, 0].round().astype(np.int32), 1)
    return cv2.dilate(mask, np.ones((5, 5), np.uint8)) > 0


def discs(points: Array, radii: Array, shape: tuple[int, int]) -> Array:
    """Mask ``(h, w)`` of discs around points ``(i, 2)``, ``radii (i,)`` in pixels."""
    mask = np.zeros(shape, np.uint8)
    for (x, y), radius in zip(points.round().astype(int).tolist(), np.ceil(radii).astype(int).tolist(), strict=True):
        cv2.circle(mask, (x, y), radius, 1, thickness=-1)
    return mask > 0


@forking.held_off()
def smooth(planes: Array, *, sigma: float = 1.5) -> Array:
    """Gaussian blur of each plane of ``(h, w, c)``; ``sigma`` in pixels."""
    return cv2.GaussianBlur(planes, (0, 0), sigma)
