"""Shelves: known things pasted on a cluttered photo, small, turned and slanted, with the outline of each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import cv2
import numpy as np

from resight.io import images
from resight.types import Array, Image

SIDE: Final = 1280
"""Longer side of a shelf, pixels."""

SHARES: Final = (0.14, 0.26)
"""Longer side of a thing before it is slanted, as a share of SIDE."""

SLANT: Final = 30.0
"""Degrees that a thing is turned out of the photo's plane, at most, each way; in the plane it is turned anyhow."""

TRIES: Final = 200


def shelf(things: Sequence[Image], backdrop: Image, rng: np.random.Generator) -> tuple[Image, list[Array]]:
    """The photo ``(h, w, 3)`` and an outline ``(4, 2)`` for each thing, from its upper left corner clockwise.

    No two things overlap. Raises ValueError where they do not fit.
    """
    size = images.fit((backdrop.shape[1], backdrop.shape[0]), SIDE)
    scene = images.resize(backdrop, size).astype(np.float32)
    taken = np.zeros(scene.shape[:2], np.uint8)
    outlines = []
    for thing in things:
        outlines.append(_place(thing, taken, rng))
        scene = pasted(thing, scene, outlines[-1])
    return np.rint(scene).astype(np.uint8), outlines


def _place(thing: Image, taken: Array, rng: np.random.Generator) -> Array:
    """An outline anywhere on the photo where nothing is ``taken (h, w)`` yet; it is taken then."""
    room = np.array(taken.shape[::-1])
    for _ in range(TRIES):
        pan, tilt = np.deg2rad(rng.uniform(-SLANT, SLANT, 2))
        roll = rng.uniform(-np.pi, np.pi)
        corners = slanted(thing, rng.uniform(*SHARES) * SIDE, pan=pan, tilt=tilt, roll=roll)
        low, high = corners.min(axis=0), corners.max(axis=0)
        if (high - low >= room).any():
            continue
        placed = corners + rng.uniform(-low, room - high)
        mask = cv2.fillConvexPoly(np.zeros_like(taken), placed.round().astype(np.int32), 1)
        if not (mask & taken).any():
            taken |= mask
            return placed
    raise ValueError(f"no room for a thing on a shelf of {room[0]} × {room[1]} pixels; wanted fewer or smaller ones")


def slanted(thing: Image, long_side: float, *, pan: float, tilt: float, roll: float) -> Array:
    """The corners ``(4, 2)`` of a thing seen 2.5 of its longer sides away, around the origin; angles in radians.

    ``long_side`` is its longer side in pixels before it is slanted.
    """
    height, width = thing.shape[:2]
    longest = max(height, width)
    corners = np.array([(0, 0), (width, 0), (width, height), (0, height)]) - np.array([width, height]) / 2
    depth = 1 + (corners[:, 0] * np.sin(pan) + corners[:, 1] * np.sin(tilt)) / (2.5 * longest)
    turn = np.array([[np.cos(roll), np.sin(roll)], [-np.sin(roll), np.cos(roll)]])
    return corners * (np.cos(pan), np.cos(tilt)) / depth[:, None] @ turn * (long_side / longest)


def pasted(thing: Image, scene: Array, outline: Array) -> Array:
    """The scene ``(h, w, 3)`` float32 with the thing inside the outline, blurred as far as it is shrunk: no alias."""
    height, width = thing.shape[:2]
    corners = np.array([(0, 0), (width, 0), (width, height), (0, height)], np.float32)
    pose = cv2.getPerspectiveTransform(corners - 0.5, outline.astype(np.float32) - 0.5)
    zoom = np.sqrt(cv2.contourArea(outline.astype(np.float32)) / (width * height))
    soft = thing if zoom >= 1 else cv2.GaussianBlur(thing, (0, 0), float(max(0.3, 0.4 / zoom)))
    size = (scene.shape[1], scene.shape[0])
    cover = cv2.warpPerspective(np.ones((height, width), np.float32), pose, size)[..., None]
    found: Array = cv2.warpPerspective(soft.astype(np.float32), pose, size) + scene * (1 - cover)
    return found
