"""Plain photos: drawn walls, skies, boxes and screens, which show nothing that anybody's gallery knows.

Everyday photos are poor examples of them, for whoever takes a photo takes one of something.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import cv2
import numpy as np

from resight.runtimes import forking
from resight.types import Array, Image

SIZE: Final = (480, 360)
"""Width and height, pixels."""

EACH: Final = 3
"""Photos of each kind."""


@forking.held_off()
def plain_photos() -> list[Image]:
    """Photos ``(360, 480, 3)`` of plain things, the same ones at every call."""
    return [
        _photo(draw, np.random.default_rng([place, number]))
        for place, draw in enumerate(_KINDS)
        for number in range(EACH)
    ]


def _photo(draw: Callable[[np.random.Generator], Array], rng: np.random.Generator) -> Image:
    """A drawing ``(h, w)`` in [0, 1] in the light of some lamp, with noise and JPEG of a small camera."""
    light = rng.uniform(0.75, 1.0) * rng.uniform(0.85, 1.0, 3)
    scene = draw(rng)
    scene = (scene[..., None] if scene.ndim == 2 else scene) * light * _shade(rng)[..., None]
    noisy = np.clip(255 * scene + rng.normal(0, rng.uniform(0.5, 4), scene.shape), 0, 255).astype(np.uint8)
    saved = cv2.imencode(".jpg", noisy, [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(60, 96))])[1]
    decoded: Any = cv2.imdecode(saved, cv2.IMREAD_COLOR)
    return decoded


def _grid() -> tuple[Array, Array]:
    """Places from -0.5 to 0.5, down and across."""
    y, x = np.meshgrid(*(np.linspace(-0.5, 0.5, length) for length in SIZE[::-1]), indexing="ij")
    return y, x


def _shade(rng: np.random.Generator) -> Array:
    y, x = _grid()
    angle, slope = rng.uniform(0, 2 * np.pi), rng.uniform(0, 0.4)
    return 1 + slope * (np.cos(angle) * x + np.sin(angle) * y)


def _clouds(rng: np.random.Generator, places: int) -> Array:
    """Smooth noise in [0, 1], of ``places`` bumps along a side."""
    return cv2.resize(rng.random((places, places)).astype(np.float32), SIZE, interpolation=cv2.INTER_CUBIC).clip(0, 1)


def _wall(rng: np.random.Generator) -> Array:
    """Plaster: a fine grain."""
    return 0.8 + rng.uniform(0.02, 0.15) * (_clouds(rng, 160) - 0.5)


def _sky(rng: np.random.Generator) -> Array:
    """Blue, with clouds."""
    share = np.clip(1.5 * _clouds(rng, 5) + 0.6 * _clouds(rng, 14) - rng.uniform(0.6, 1.2), 0, 1)[..., None]
    return np.array([0.45, 0.65, 0.95]) * (1 - share) + 0.95 * share


def _dark(rng: np.random.Generator) -> Array:
    """Night, with a few lamps far away."""
    y, x = _grid()
    lamps = [np.exp(-((y - b) ** 2 + (x - a) ** 2) / 2e-4) for a, b in rng.uniform(-0.5, 0.5, (rng.integers(1, 5), 2))]
    return 0.03 + 0.5 * np.sum(lamps, axis=0)


def _box(rng: np.random.Generator) -> Array:
    """A grey box on a plain ground."""
    scene = np.full((*SIZE[::-1], 3), rng.uniform(0.6, 1.0))
    cv2.fillPoly(scene, [_corners(rng, rng.uniform(0.25, 0.7))], _grey(rng))
    return scene


def _ball(rng: np.random.Generator) -> Array:
    """A ball, lit from one side, on a plain ground."""
    y, x = _grid()
    size, (b, a) = rng.uniform(0.1, 0.35), rng.uniform(-0.15, 0.15, 2)
    apart = np.hypot(y - b, (x - a) * SIZE[0] / SIZE[1]) / size
    return np.where(apart < 1, rng.uniform(0.3, 0.7) * (1.2 - 0.5 * apart**2), rng.uniform(0.75, 1.0))


def _screen(rng: np.random.Generator) -> Array:
    """A screen in its dark frame, with bars and lines of what looks like text."""
    scene = np.full((*SIZE[::-1], 3), rng.uniform(0.2, 0.7))
    height, width = scene.shape[:2]
    left, top = (rng.uniform(0.04, 0.2, 2) * (width, height)).astype(int)
    cv2.rectangle(scene, (left, top), (width - left, height - top), (0.05,) * 3, -1)
    inner = scene[top + 12 : height - top - 12, left + 12 : width - left - 12]
    inner[:] = rng.uniform(0.7, 1.0, 3)
    inner[: rng.integers(10, 30)] = rng.uniform(0.2, 0.8, 3)
    for row in range(45, len(inner) - 10, int(rng.integers(12, 24))):
        inner[row : row + 3, 15 : int(inner.shape[1] * rng.uniform(0.3, 0.95))] = 0.3
    return scene


def _stripes(rng: np.random.Generator) -> Array:
    """A blind, or boards."""
    y, x = _grid()
    angle = rng.choice([0, np.pi / 2]) + rng.normal(0, 0.1)
    along = np.cos(angle) * x + np.sin(angle) * y
    return 0.7 + 0.2 * np.sign(np.sin(2 * np.pi * rng.uniform(6, 25) * along))


def _tiles(rng: np.random.Generator) -> Array:
    """Tiles with dark joints."""
    y, x = _grid()
    number = rng.uniform(4, 10)
    joint = np.minimum(abs((y * number) % 1 - 0.5), abs((x * number * SIZE[0] / SIZE[1]) % 1 - 0.5)) > 0.03
    return np.where(joint, 0.85, 0.5)


def _corner(rng: np.random.Generator) -> Array:
    """Photos of where a wall meets the floor, or the sky the sea."""
    y, x = _grid()
    return np.where(y + rng.normal(0, 0.1) * x > rng.uniform(-0.2, 0.2), rng.uniform(0.3, 0.6), rng.uniform(0.7, 1.0))


def _sheet(rng: np.random.Generator) -> Array:
    """A white sheet of paper on a table."""
    scene = np.repeat(0.45 + 0.08 * (_clouds(rng, 40) - 0.5)[..., None], 3, axis=2).astype(np.float64)
    cv2.fillPoly(scene, [_corners(rng, rng.uniform(0.5, 0.9))], (0.95,) * 3)
    return scene


def _corners(rng: np.random.Generator, size: float) -> Array:
    """Corners ``(4, 2)`` of a rectangle of ``size`` of the frame, seen from a little aside."""
    square = np.array([(-1, -1), (1, -1), (1, 1), (-1, 1)]) / 2 * size * SIZE
    return np.rint(square * rng.uniform(0.8, 1.1, (4, 2)) + np.array(SIZE) / 2).astype(np.int32)


def _grey(rng: np.random.Generator) -> tuple[float, ...]:
    return tuple((rng.uniform(0.2, 0.6) + rng.normal(0, 0.02, 3)).clip(0, 1).tolist())


_KINDS: Final = (_wall, _sky, _dark, _box, _ball, _screen, _stripes, _tiles, _corner, _sheet)
