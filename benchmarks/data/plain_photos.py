"""Photos of nothing in particular: walls, sky, fog, paper, screens, the dark."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Final

import cv2
import numpy as np
from data.crowd import suffix, write
from data.sister_designs import DESIGNS

from resight.io import images
from resight.types import Array, Image

Plain = Callable[[Array, Array, np.random.Generator], Array]
"""``plain(x, y, rng)`` draws a photo ``(h, w)`` or ``(h, w, 3)`` in [0, 255], of coordinates ``(h, w)`` in [0, 1]."""

SIZES: Final = ((480, 640), (640, 480), (900, 1200), (700, 700))


def white(x: Array, y: Array, rng: np.random.Generator) -> Array:
    return np.full_like(x, 255)


def wall(x: Array, y: Array, rng: np.random.Generator) -> Array:
    """Painted, in the light of a window at the side."""
    return rng.uniform(120, 215) + rng.uniform(5, 30) * x + rng.normal(0, rng.uniform(1, 4), x.shape)


def sky(x: Array, y: Array, rng: np.random.Generator) -> Array:
    blue = np.stack([110 + 70 * y, 150 + 60 * y, 215 + 25 * y], -1)
    return blue + rng.uniform(-10, 10) + rng.normal(0, 2, blue.shape)


def gradient(x: Array, y: Array, rng: np.random.Generator) -> Array:
    angle, ends = rng.uniform(0, 2 * np.pi), rng.uniform(20, 235, (2, 3))
    along = np.clip(0.5 + (np.cos(angle) * (x - 0.5) + np.sin(angle) * (y - 0.5)), 0, 1)[..., None]
    found: Array = ends[0] * (1 - along) + ends[1] * along
    return found


def box(x: Array, y: Array, rng: np.random.Generator) -> Array:
    """A grey box on white."""
    left, top = rng.uniform(0.2, 0.4, 2)
    inside = (x > left) & (x < left + rng.uniform(0.3, 0.45)) & (y > top) & (y < top + rng.uniform(0.3, 0.45))
    return np.where(inside, rng.uniform(90, 170), rng.uniform(238, 252))


def dark(x: Array, y: Array, rng: np.random.Generator) -> Array:
    """A lens cap, or a room at night: noise alone."""
    return rng.uniform(0, 14) + rng.normal(0, rng.uniform(0.5, 5), (*x.shape, 3))


def screen(x: Array, y: Array, rng: np.random.Generator) -> Array:
    """One that shows nothing, dark at its edge, with the lines of its rows."""
    on = (np.abs(x - 0.5) < 0.42) & (np.abs(y - 0.5) < 0.4)
    lit = np.array([rng.uniform(20, 90), rng.uniform(60, 140), rng.uniform(140, 240)])
    rows = 1 + 0.04 * np.sin(y * rng.uniform(200, 600))
    found: Array = np.where(on[..., None], lit * rows[..., None], 18.0) + rng.normal(0, 2, (*x.shape, 3))
    return found


def paper(x: Array, y: Array, rng: np.random.Generator) -> Array:
    """A blank sheet on a table, a little turned."""
    turn = rng.uniform(-0.15, 0.15)
    sheet = (np.abs(x - 0.5 + turn * (y - 0.5)) < 0.33) & (np.abs(y - 0.5 - turn * (x - 0.5)) < 0.4)
    return np.where(sheet, rng.uniform(215, 245), rng.uniform(60, 150)) + rng.normal(0, 2, x.shape)


def fog(x: Array, y: Array, rng: np.random.Generator) -> Array:
    """Grey with large soft clouds."""
    clouds = cv2.resize(rng.standard_normal((4, 5)), x.shape[::-1], interpolation=cv2.INTER_CUBIC)
    return rng.uniform(130, 200) + 12 * clouds + rng.normal(0, 1.5, x.shape)


PLAIN: Final[dict[str, Plain]] = {
    one.__name__: one for one in (white, wall, sky, gradient, box, dark, screen, paper, fog)
}
"""By what they show."""


def plain_photo(kind: str, seed: int) -> Image:
    """A photo ``(h, w, 3) uint8`` of one of PLAIN."""
    rng = np.random.default_rng([seed, list(PLAIN).index(kind)])
    height, width = SIZES[int(rng.integers(len(SIZES)))]
    y, x = np.mgrid[0 : 1 : height * 1j, 0 : 1 : width * 1j]
    drawn = PLAIN[kind](x, y, rng)
    drawn = drawn if drawn.ndim == 3 else np.repeat(drawn[..., None], 3, axis=2)
    return np.clip(np.rint(drawn), 0, 255).astype(np.uint8)


PLACEHOLDERS: Final = {"white": (255, 255, 255), "grey": (200, 200, 200), "black": (0, 0, 0)}
"""Colours of pictures that stand where a photo is missing."""

BLANK: Final = "Vase"
"""What a placeholder makes known."""

TRIES: Final = 4
"""Photos of each kind."""


def plain_files(folder: Path) -> list[Path]:
    """TRIES photos of each of PLAIN as FOLDER/KIND-SEED.jpg, drawn where they are not there yet."""
    paths = []
    for kind in PLAIN:
        for seed in range(TRIES):
            paths.append(folder / f"{kind}-{seed}.jpg")
            if not paths[-1].exists():
                write(paths[-1], images.encode(plain_photo(kind, seed), ".jpg", quality=90))
    return paths


def ordinary_galleries(folder: Path) -> dict[str, Path]:
    """Folders of known photos by what is among them: ordinary things alone, one of them alone, or a placeholder too."""
    things = {
        f"{design} of {name}": images.encode(np.asarray(picture), ".jpg")
        for seed, (design, draw) in enumerate(DESIGNS.items())
        for name, picture in draw(np.random.default_rng([seed, 41]), 1).items()
    }
    first = dict([next(iter(things.items()))])
    blank = {
        f"with a {colour} placeholder": {**things, BLANK: images.encode(np.full((600, 600, 3), rgb, np.uint8), ".png")}
        for colour, rgb in PLACEHOLDERS.items()
    }
    galleries = {"ordinary things": things, "one thing": first, **blank}
    for gallery, photos in galleries.items():
        for name, data in photos.items():
            path = folder / gallery / name / f"1{suffix(data)}"
            if not path.exists():
                write(path, data)
    return {gallery: folder / gallery for gallery in galleries}
