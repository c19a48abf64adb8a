"""Nearness on the ground and in time, by hand and against the way round a sphere."""

from __future__ import annotations

import math

import numpy as np
import pytest

from resight.errors import ShapeError
from resight.metrics.near import EARTH, on_plane, trail, within


def test_within_25_metres_the_edge_counts() -> None:
    references = np.array([[3.0, 4.0], [15.0, 20.0], [15.0, 20.001], [500.0, 0.0]])
    assert within(np.zeros((1, 2)), references).tolist() == [[True, True, False, False]]
    assert within(np.zeros((1, 2)), references, metres=5).tolist() == [[True, False, False, False]]


def test_degrees_become_metres_as_round_a_sphere(rng: np.random.Generator) -> None:
    here = np.array([37.79, -122.39])
    others = here + rng.uniform(-0.01, 0.01, (20, 2))
    found = np.hypot(*on_plane(others, origin=here).T)
    a, b = np.radians(here), np.radians(others)
    chord = np.sin((b[:, 0] - a[0]) / 2) ** 2 + np.cos(a[0]) * np.cos(b[:, 0]) * np.sin((b[:, 1] - a[1]) / 2) ** 2
    np.testing.assert_allclose(found, 2 * EARTH * np.arcsin(np.sqrt(chord)), rtol=1e-3)


def test_the_short_way_round_the_date_line() -> None:
    east = on_plane(np.array([[0.0, -179.9999], [0.0, 180.0001]]), origin=np.array([0.0, 179.9999]))[:, 0]
    assert east == pytest.approx([math.radians(0.0002) * EARTH] * 2)


def test_the_last_frames_of_a_robot_are_its_trail() -> None:
    frames = np.arange(5, dtype=np.uint8)
    assert trail(frames[2:3], frames, gap=2).tolist() == [[False, True, True, True, False]]
    assert not trail(frames, frames, gap=0).any()


def test_refuses_what_is_nowhere() -> None:
    with pytest.raises(ShapeError, match=r"wanted \(n, 2\)"):
        within(np.zeros((1, 3)), np.zeros((1, 2)))
    with pytest.raises(ValueError, match="swapped"):
        on_plane(np.array([[-122.39, 37.79]]), origin=np.zeros(2))
    with pytest.raises(ValueError, match="frame gap of -1"):
        trail(np.arange(2), np.arange(2), gap=-1)
