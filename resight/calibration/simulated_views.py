"""Simulated views: a known photo as somebody else's camera might have seen it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import cv2
import numpy as np

from resight.runtimes import forking
from resight.types import Array, Image


@dataclass(frozen=True, slots=True)
class ViewDifficulty:
    """Difficulty of simulated views, which is how far they stray from the photo; every figure is the end of a uniform
    range.

    Attributes
    ----------
    pan, tilt : turns out of the photo's plane, degrees.
    small : least share of the frame that the thing fills, as a side length.
    filled : chance that the thing fills the frame and is cropped by it.
    covered : chance that something stands in front.
    parallax : largest displacement that the homography does not explain, as a share of the long side.
    camera : how far light and camera stray from the photo's, 1 as far as small cameras and dim rooms do.
    sharp : least long side of the view, pixels.
    """

    pan: float = 50.0
    tilt: float = 35.0
    small: float = 0.35
    filled: float = 0.3
    covered: float = 0.4
    parallax: float = 0.05
    camera: float = 1.0
    sharp: int = 240


MILD: Final = ViewDifficulty(15, 10, 0.6, 0.3, 0.1, 0.01, camera=0.3, sharp=448)
"""Views by somebody who wants the thing to be seen."""


@forking.held_off()
def view(
    photo: Image, backdrops: Sequence[Image], rng: np.random.Generator, *, how: ViewDifficulty | None = None
) -> Image:
    """A simulated view of ``photo``: perspective, crop or clutter, cover, light, blur, noise and JPEG.

    ``backdrops`` are other photos, seen around and in front of the thing; without any, plain colours are.
    """
    how = how or ViewDifficulty()
    long_side = max(how.sharp, int(rng.choice([240, 320, 448, 640])))
    size = (long_side, int(long_side * rng.choice([0.75, 1.0, 1.33])))
    photo = _parallax(photo, rng, rng.uniform(0, how.parallax))
    scene = _placed(photo, _backdrop(backdrops, size, rng), _pose(photo.shape, size, rng, how))
    if rng.random() < how.covered:
        _cover(scene, _backdrop(backdrops, size, rng), rng)
    return _camera(_light(scene / 255.0, rng, how.camera), rng, how.camera)


def _pose(shape: tuple[int, ...], size: tuple[int, int], rng: np.random.Generator, how: ViewDifficulty) -> Array:
    """Homography ``(3, 3)`` of a plane turned in front of a camera 2.5 long sides away."""
    height, width = shape[:2]
    fills = rng.random() < how.filled
    room = np.array(size) / (width, height)
    zoom = rng.uniform(1.0, 1.8) * room.max() if fills else rng.uniform(how.small, 1.0) * room.min()
    corners = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    centred = corners - (width / 2, height / 2)
    pan, tilt = np.deg2rad(rng.uniform(-how.pan, how.pan)), np.deg2rad(rng.uniform(-how.tilt, how.tilt))
    depth = 1 + (centred[:, 0] * np.sin(pan) + centred[:, 1] * np.sin(tilt)) / (2.5 * max(width, height))
    seen = centred * (np.cos(pan), np.cos(tilt)) / depth[:, None] * zoom
    roll = np.deg2rad(rng.normal(0, 15) if rng.random() < 0.85 else rng.uniform(-180, 180))
    turn = np.array([[np.cos(roll), np.sin(roll)], [-np.sin(roll), np.cos(roll)]])
    centre = np.array(size) * rng.uniform(0.4, 0.6, 2)
    return cv2.getPerspectiveTransform(corners, (seen @ turn + centre).astype(np.float32))


def _parallax(photo: Image, rng: np.random.Generator, amount: float) -> Image:
    """The photo with its parts shifted smoothly, as a scene with depth is between two standpoints."""
    height, width = photo.shape[:2]
    field = rng.uniform(-1, 1, (4, 4, 2)).astype(np.float32) * amount * max(height, width)
    field = cv2.resize(field, (width, height), interpolation=cv2.INTER_CUBIC)
    x, y = np.meshgrid(np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32))
    return cv2.remap(photo, x + field[..., 0], y + field[..., 1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT)


def _backdrop(backdrops: Sequence[Image], size: tuple[int, int], rng: np.random.Generator) -> Image:
    if not backdrops:
        return np.full((size[1], size[0], 3), rng.integers(0, 256, 3), np.uint8)
    return cv2.resize(backdrops[int(rng.integers(len(backdrops)))], size, interpolation=cv2.INTER_AREA)


def _placed(photo: Image, backdrop: Image, pose: Array) -> Array:
    """``backdrop`` with ``photo`` laid over it, float32 in [0, 255]."""
    size = (backdrop.shape[1], backdrop.shape[0])
    zoom = float(np.sqrt(abs(np.linalg.det(pose[:2, :2]))))
    soft = cv2.GaussianBlur(photo, (0, 0), max(0.3, 0.4 / zoom)) if zoom < 1 else photo
    alpha = cv2.warpPerspective(np.ones(photo.shape[:2], np.float32), pose, size)[..., None]
    return (cv2.warpPerspective(soft, pose, size) * alpha + backdrop * (1 - alpha)).astype(np.float32)


def _cover(scene: Array, other: Image, rng: np.random.Generator) -> None:
    """Put a piece of ``other`` in front of ``scene``, in place."""
    height, width = scene.shape[:2]
    h, w = (np.array([height, width]) * rng.uniform(0.1, 0.45, 2)).astype(int)
    y, x = rng.integers(0, height - h), rng.integers(0, width - w)
    scene[y : y + h, x : x + w] = other[y : y + h, x : x + w]


def _light(scene: Array, rng: np.random.Generator, share: float) -> Array:
    """Exposure, gamma, colour of the light, saturation, a slope of brightness and glare; ``(h, w, 3)`` in [0, 1].

    ``share`` is how far they stray.
    """
    gamma, exposure, colour = rng.uniform(0.55, 1.8), rng.uniform(0.55, 1.3), rng.uniform(0.75, 1.25, 3)
    scene = np.clip(scene, 0, 1) ** gamma**share * exposure**share * colour**share
    grey = scene.mean(axis=2, keepdims=True)
    scene = grey + (scene - grey) * rng.uniform(0.45, 1.4) ** share
    y, x = np.mgrid[-0.5 : 0.5 : scene.shape[0] * 1j, -0.5 : 0.5 : scene.shape[1] * 1j]
    angle, slope = rng.uniform(0, 2 * np.pi), share * rng.uniform(0, 0.8)
    shade = 1 + slope * (np.cos(angle) * x + np.sin(angle) * y)
    spot = np.exp(-((x - rng.uniform(-0.5, 0.5)) ** 2 + (y - rng.uniform(-0.5, 0.5)) ** 2) / rng.uniform(0.005, 0.05))
    glare = share * rng.uniform(0.2, 0.7) * (rng.random() < 0.3)
    return scene * shade[..., None] + glare * spot[..., None]


def _camera(scene: Array, rng: np.random.Generator, share: float) -> Image:
    """Blur, noise and JPEG of a small camera; ``(h, w, 3)`` in [0, 1] to uint8. ``share`` is how far they stray."""
    if rng.random() < 0.5:
        scene = cv2.GaussianBlur(scene, (0, 0), max(0.1, share * rng.uniform(0.4, 1.5)))
    noisy = np.clip(scene * 255 + rng.normal(0, share * rng.uniform(0, 6), scene.shape), 0, 255).astype(np.uint8)
    quality = [cv2.IMWRITE_JPEG_QUALITY, round(95 - share * (95 - int(rng.integers(35, 95))))]
    # JPEG keeps two of three channels coarse, whatever their order; the round trip is the same for RGB and BGR
    # but for the weights of the luma, so the order is turned.
    decoded: Any = cv2.imdecode(cv2.imencode(".jpg", noisy[..., ::-1], quality)[1], cv2.IMREAD_COLOR)
    return decoded[..., ::-1].copy()
