"""Views of flat things on a table: aslant, in a small camera's light, with its blur, glare, noise and JPEG."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import cv2
import numpy as np
from data.shelves import pasted, slanted

from resight.io import images
from resight.types import Array, Image

Span = tuple[float, float]
"""Ends of a range; what is drawn from it is drawn evenly."""


@dataclass(frozen=True, slots=True)
class Conditions:
    """How a photo of a thing is taken.

    Attributes
    ----------
    frame : longer side of the photo, pixels.
    filled : longer side of the thing, as a share of the photo's shorter one.
    slant : most degrees out of the photo's plane, each way.
    roll : most degrees in the photo's plane.
    light : of the exposure, 1 for neither over nor under.
    cast : most by which a channel of the light's colour is above or below the others.
    glare : most that a bright spot adds, as a share of white.
    blur : standard deviation, pixels.
    noise : most of its standard deviation, levels of 255.
    quality : of the JPEG.
    things : most other things on the table.
    """

    frame: tuple[int, int]
    filled: Span
    slant: float
    roll: float
    light: Span
    cast: float
    glare: float
    blur: Span
    noise: float
    quality: tuple[int, int]
    things: int


MILD: Final = Conditions(
    (900, 1300), (0.7, 0.95), 14, 8, (0.85, 1.1), 0.04, 0.15, (0.3, 0.8), 2, (80, 93), things=0
)  # fmt: skip
HARD: Final = Conditions(
    (1000, 1600), (0.55, 0.85), 35, 40, (0.55, 1.25), 0.14, 0.5, (0.5, 1.3), 6, (40, 70), things=3
)  # fmt: skip
"""As hard as lets a person read what is printed large, if not always what is filled in by hand."""


def on_table(thing: Image, conditions: Conditions, rng: np.random.Generator) -> bytes:
    """The JPEG file of a photo of a flat thing that lies on a table; all of the thing is in it."""
    scene = _table(rng, int(rng.integers(*conditions.frame)))
    size = np.array([scene.shape[1], scene.shape[0]])
    for _ in range(int(rng.integers(conditions.things + 1))):
        _clutter(scene, rng)
    outline = _outline(thing, size, conditions, rng)
    seen = _seen(pasted(thing, _shaded(scene, outline), outline) / 255, conditions, rng)
    return images.encode(seen, ".jpg", quality=int(rng.integers(*conditions.quality)))


def studio(thing: Image, rng: np.random.Generator) -> Image:
    """The thing upright on white paper with a soft shadow, as a shop shows it."""
    height, width = thing.shape[:2]
    margin = int(rng.uniform(0.04, 0.16) * max(height, width))
    scene = np.full((height + 2 * margin, width + 2 * margin, 3), rng.uniform(238, 253), np.float32)
    outline = np.array([(0, 0), (width, 0), (width, height), (0, height)], float) + margin
    return np.rint(pasted(thing, _shaded(scene, outline), outline)).astype(np.uint8)


def _outline(thing: Image, size: Array, conditions: Conditions, rng: np.random.Generator) -> Array:
    """Corners ``(4, 2)`` of the thing, moved from the middle of the photo as far as it stays in it."""
    pan, tilt = np.deg2rad(rng.uniform(-conditions.slant, conditions.slant, 2))
    roll = np.deg2rad(rng.uniform(-conditions.roll, conditions.roll))
    corners = slanted(thing, rng.uniform(*conditions.filled) * size.min(), pan=pan, tilt=tilt, roll=roll)
    low, high = corners.min(axis=0), corners.max(axis=0)
    corners *= min(1.0, *(0.98 * size / (high - low)))
    low, high = corners.min(axis=0), corners.max(axis=0)
    return corners + rng.uniform(-low, size - high)


def _table(rng: np.random.Generator, long_side: int) -> Array:
    """Wood, cloth or stone, ``(h, w, 3)`` float32 in [0, 255], landscape or portrait."""
    sides = (long_side * 3 // 4, long_side)
    height, width = sides if rng.random() < 0.5 else sides[::-1]
    colour = rng.uniform(60, 210) * rng.uniform(0.8, 1.2, 3)
    # Wood has a grain along one side; cloth has a weave; stone has spots of all sizes.
    cells = [((90, 4), (300, 12)), ((height // 3, width // 3),), ((8, 10), (40, 50), (160, 200))][int(rng.integers(3))]
    rough = sum(_smooth(rng, cell, (height, width)) for cell in cells)
    return np.clip(colour + rng.uniform(6, 20) * np.asarray(rough)[..., None], 0, 255).astype(np.float32)


def _smooth(rng: np.random.Generator, cells: tuple[int, int], size: tuple[int, int]) -> Array:
    noise = rng.standard_normal(cells).astype(np.float32)
    found: Array = cv2.resize(noise, size[::-1], interpolation=cv2.INTER_CUBIC)
    return found


def _clutter(scene: Array, rng: np.random.Generator) -> None:
    """A plain round or square thing with a shadow, partly out of the photo perhaps, in place."""
    height, width = scene.shape[:2]
    middle = (int(rng.integers(width)), int(rng.integers(height)))
    radius, colour = int(rng.uniform(0.04, 0.15) * width), rng.uniform(20, 240, 3).tolist()
    dark = scene[min(middle[1], height - 1), middle[0]] * 0.55
    cv2.circle(scene, (middle[0] + radius // 8, middle[1] + radius // 8), radius, dark.tolist(), -1, cv2.LINE_AA)
    if rng.random() < 0.5:
        cv2.circle(scene, middle, radius, colour, -1, cv2.LINE_AA)
        cv2.circle(scene, middle, radius * 3 // 4, [0.8 * one for one in colour], -1, cv2.LINE_AA)
    else:
        corners = cv2.boxPoints((middle, (2 * radius, radius), float(rng.uniform(0, 90)))).astype(np.int32)
        cv2.fillConvexPoly(scene, corners, colour, cv2.LINE_AA)


def _shaded(scene: Array, outline: Array) -> Array:
    """The scene with the soft shadow of what will lie inside the outline."""
    long_side = max(scene.shape[:2])
    shadow = cv2.fillConvexPoly(
        np.ones(scene.shape[:2], np.float32), (outline + 0.008 * long_side).round().astype(np.int32), 0.55
    )
    found: Array = scene * cv2.GaussianBlur(shadow, (0, 0), 0.008 * long_side)[..., None]
    return found


def _seen(scene: Array, conditions: Conditions, rng: np.random.Generator) -> Image:
    """Light, glare, blur and noise; ``scene (h, w, 3)`` in [0, 1]."""
    height, width = scene.shape[:2]
    scene = scene * rng.uniform(*conditions.light) * (1 + rng.uniform(-conditions.cast, conditions.cast, 3))
    y, x = np.mgrid[-0.5 : 0.5 : height * 1j, -0.5 : 0.5 : width * 1j]
    angle = rng.uniform(0, 2 * np.pi)
    scene = scene * (1 + rng.uniform(0, 0.4) * (np.cos(angle) * x + np.sin(angle) * y))[..., None]
    spot = np.exp(-((x - rng.uniform(-0.4, 0.4)) ** 2 + (y - rng.uniform(-0.4, 0.4)) ** 2) / rng.uniform(0.003, 0.03))
    scene = scene + rng.uniform(0, conditions.glare) * spot[..., None]
    scene = cv2.GaussianBlur(scene, (0, 0), float(rng.uniform(*conditions.blur)))
    noisy: Any = scene * 255 + rng.normal(0, rng.uniform(0, conditions.noise), scene.shape)
    found: Image = np.clip(noisy, 0, 255).astype(np.uint8)
    return found
