"""What happens to photos: cropped, shrunk, turned, hidden, squeezed by JPEG, dark and noisy, blurred.

Each function takes a photo ``(h, w, 3) uint8``, a strength and a generator, and gives a new photo. Where nothing of the
photo is left to show, there is middle grey.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np

from resight.io import images
from resight.types import Array, Image

GREY: Final = (128, 128, 128)

ELECTRONS: Final = 1000
"""That fill a pixel of a small camera by good light."""

READ_NOISE: Final = 3.0
"""Standard deviation of what reading a pixel adds, in electrons."""

GAMMA: Final = 2.2


def crop(photo: Image, strength: float, rng: np.random.Generator) -> Image:
    """A part with the share ``strength`` of the area and the same aspect, anywhere in the photo."""
    sides = np.array(photo.shape[:2])
    part = np.maximum(np.rint(sides * np.sqrt(strength)).astype(int), 1)
    # Drawn as a share, so that a smaller part lies in the same corner as a larger one.
    top, left = np.rint(rng.random(2) * (sides - part)).astype(int)
    return photo[top : top + part[0], left : left + part[1]].copy()


def shrink(photo: Image, strength: float, rng: np.random.Generator) -> Image:
    """The whole photo with sides of the share ``strength``."""
    height, width = np.maximum(np.rint(np.array(photo.shape[:2]) * strength).astype(int), 1)
    return images.resize(photo, (int(width), int(height)), resampling="area")


def rotate(photo: Image, strength: float, rng: np.random.Generator) -> Image:
    """Turned in its plane by ``strength`` degrees, to the left or to the right, on a canvas that holds all of it."""
    degrees = strength * rng.choice([-1, 1])
    if degrees % 90 == 0:
        return np.rot90(photo, round(degrees / 90)).copy()
    turn = np.eye(3)
    turn[:2] = cv2.getRotationMatrix2D((0, 0), degrees, 1.0)
    return _warped(photo, turn)


def slant(photo: Image, strength: float, rng: np.random.Generator) -> Image:
    """As a plane that is seen ``strength`` degrees from the left or right, from 2.5 of its longer sides away."""
    angle = np.deg2rad(strength) * rng.choice([-1, 1])
    height, width = photo.shape[:2]
    centre = np.array([[1, 0, -width / 2], [0, 1, -height / 2], [0, 0, 1]])
    view = np.diag([np.cos(angle), 1.0, 1.0])
    view[2, 0] = np.sin(angle) / (2.5 * max(height, width))
    return _warped(photo, view @ centre)


def hide(photo: Image, strength: float, rng: np.random.Generator) -> Image:
    """The share ``strength`` of it behind a plain wall that comes in from any side."""
    hidden = photo.copy()
    side = int(rng.integers(4))
    turned = np.rot90(hidden, side)  # a view: writing there writes the photo
    turned[: round(strength * turned.shape[0])] = rng.integers(0, 256, 3, dtype=np.uint8)
    return hidden


def squeeze(photo: Image, strength: float, rng: np.random.Generator) -> Image:
    """Saved as JPEG of the quality ``strength``."""
    return images.read(images.encode(photo, ".jpg", quality=round(strength))).image


def darken(photo: Image, strength: float, rng: np.random.Generator) -> Image:
    """By the share ``strength`` of the light, with the noise of few photons and of reading (Foi et al. 2008, eq. 1)."""
    light = strength * (photo / 255.0) ** GAMMA
    electrons = rng.poisson(light * ELECTRONS) + rng.normal(0, READ_NOISE, photo.shape)
    return np.rint(255 * np.clip(electrons / ELECTRONS, 0, 1) ** (1 / GAMMA)).astype(np.uint8)


def move(photo: Image, strength: float, rng: np.random.Generator) -> Image:
    """Blurred along a line in any direction, as long as the share ``strength`` of the longer side."""
    return cv2.filter2D(photo, -1, _line(strength * max(photo.shape[:2]), rng.uniform(0, np.pi)))


@dataclass(frozen=True, slots=True)
class Disturbance:
    """One thing that happens to photos, at several strengths.

    Attributes
    ----------
    apply : as the functions above.
    strengths : from weak to strong.
    says : what the strength is of.
    untouched : the sign for an undisturbed photo.
    sign : of a strength.
    """

    apply: Callable[[Image, float, np.random.Generator], Image]
    strengths: tuple[float, ...]
    says: str
    untouched: str
    sign: Callable[[float], str]


def _share(strength: float) -> str:
    return f"1/{1 / strength:.0f}"


def _percent(strength: float) -> str:
    return f"{strength:.0%}"


def _degrees(strength: float) -> str:
    return f"{strength:.0f}°"


def _plain(strength: float) -> str:
    return f"{strength:.0f}"


DISTURBANCES: Final[dict[str, Disturbance]] = {
    "crop": Disturbance(crop, (1 / 2, 1 / 4, 1 / 8), "cropped to a part of its area", "1", _share),
    "size": Disturbance(shrink, (1 / 2, 1 / 4, 1 / 8), "shrunk to a part of its width", "1", _share),
    "rotation": Disturbance(rotate, (45, 90, 180), "rotated", "0°", _degrees),
    "perspective": Disturbance(slant, (30, 45, 60), "seen from the side", "0°", _degrees),
    "hidden": Disturbance(hide, (0.25, 0.5, 0.75), "partly hidden", "0%", _percent),
    "jpeg": Disturbance(squeeze, (30, 10, 5), "JPEG quality", "as is", _plain),
    "dark": Disturbance(darken, (1 / 4, 1 / 8, 1 / 16), "noisy, in a part of the light", "1", _share),
    "motion": Disturbance(move, (0.01, 0.02, 0.04), "motion blur, share of its length", "0%", _percent),
}


def disturbed(photo: Image, name: str, strength: float, *, key: str) -> Image:
    """The photo under a disturbance of this name; ``key`` names the photo and decides what is random.

    Whatever the strength, the same photo is cropped in the same place and turned to the same side.
    """
    rng = np.random.default_rng([zlib.crc32(key.encode()), zlib.crc32(name.encode())])
    return DISTURBANCES[name].apply(photo, strength, rng)


def _warped(photo: Image, transform: Array) -> Image:
    """The photo under a homography ``(3, 3)``, on a canvas that just holds it."""
    height, width = photo.shape[:2]
    corners = np.array([[[0, 0], [width, 0], [width, height], [0, height]]], np.float64)
    seen = cv2.perspectiveTransform(corners, transform)[0]
    low, high = seen.min(axis=0), seen.max(axis=0)
    size = np.maximum(np.ceil(high - low - 1e-6).astype(int), 1)
    # Drawn at twice the size and averaged: a slanted plane is shrunk, and its detail would alias.
    placed = np.diag([2.0, 2.0, 1.0]) @ np.array([[1, 0, -low[0]], [0, 1, -low[1]], [0, 0, 1]]) @ transform
    # Edges of pixels lie half a pixel before their centres, which are what OpenCV counts from.
    half = np.array([[1, 0, 0.5], [0, 1, 0.5], [0, 0, 1]])
    drawn = cv2.warpPerspective(photo, np.linalg.inv(half) @ placed @ half, 2 * size, borderValue=GREY)
    return cv2.resize(drawn, size, interpolation=cv2.INTER_AREA)


def _line(length: float, angle: float) -> Array:
    """Kernel ``(k, k)`` of a line through its middle, of this length in pixels; it sums to 1."""
    reach = int(np.ceil(length / 2)) + 1
    along = np.linspace(-length / 2, length / 2, max(2, int(8 * length)) + 1)
    kernel = np.zeros((2 * reach + 1, 2 * reach + 1), np.float32)
    for x, y in zip(reach + along * np.cos(angle), reach + along * np.sin(angle), strict=True):
        left, top = int(x), int(y)
        a, b = x - left, y - top
        kernel[top : top + 2, left : left + 2] += np.outer([1 - b, b], [1 - a, a])
    return kernel / kernel.sum()
