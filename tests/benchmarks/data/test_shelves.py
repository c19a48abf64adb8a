"""Shelves: things lie where their outlines say, and nowhere else."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
import pytest
from data.shelves import SHARES, SIDE, shelf

from resight.verification.polygons import area, inside, overlap


def _grid() -> Any:
    """The pixels of a shelf, row by row."""
    y, x = np.mgrid[0 : SIDE * 3 // 4, 0:SIDE]
    return np.column_stack([x.ravel(), y.ravel()])


def test_things_lie_in_their_outlines_and_the_backdrop_around_them(rng: np.random.Generator) -> None:
    colours = [(220, 30, 30), (30, 220, 30), (30, 30, 220)]
    things = [np.full((90, 120, 3), colour, np.uint8) for colour in colours]
    image, outlines = shelf(things, np.full((300, 400, 3), 128, np.uint8), rng)
    assert image.shape == (SIDE * 3 // 4, SIDE, 3)
    points = _grid()
    covered = np.zeros(len(points), bool)
    for outline, colour in zip(outlines, colours, strict=True):
        centre = outline.mean(axis=0)
        within = inside(points, centre + 0.95 * (outline - centre))
        assert (np.abs(image.reshape(-1, 3)[within].astype(int) - colour) <= 1).all()
        covered |= inside(points, centre + 1.05 * (outline - centre))
    assert (image.reshape(-1, 3)[~covered] == 128).all()


def test_an_outline_begins_at_the_thing_s_upper_left_corner(rng: np.random.Generator) -> None:
    thing = np.zeros((80, 80, 3), np.uint8)
    thing[:40, :40] = 250
    for _ in range(5):
        image, (outline,) = shelf([thing], np.full((64, 64, 3), 120, np.uint8), rng)
        x, y = (0.75 * outline[0] + 0.25 * outline[2]).round().astype(int)
        assert image[y, x].min() > 200
        across = outline[1] - outline[0], outline[3] - outline[0]
        assert across[0][0] * across[1][1] - across[0][1] * across[1][0] > 0


def test_things_are_small_and_apart(rng: np.random.Generator) -> None:
    things = [rng.integers(0, 256, (60, 90, 3), dtype=np.uint8) for _ in range(6)]
    for _ in range(3):
        _, outlines = shelf(things, np.zeros((90, 120, 3), np.uint8), rng)
        for number, outline in enumerate(outlines):
            longest = max(cv2.norm(a - b) for a, b in zip(outline, np.roll(outline, 1, axis=0), strict=True))
            assert SHARES[0] * SIDE * 0.6 < longest < SHARES[1] * SIDE * 1.4
            assert area(outline) > 0
            assert all(overlap(outline, other) < 0.02 for other in outlines[:number])


def test_too_many_things_are_refused(rng: np.random.Generator) -> None:
    with pytest.raises(ValueError, match="no room for a thing on a shelf"):
        shelf([np.zeros((9, 9, 3), np.uint8)] * 60, np.zeros((64, 64, 3), np.uint8), rng)
