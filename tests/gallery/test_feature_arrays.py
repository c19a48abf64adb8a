"""Shelving: what comes back from a gallery is what went in, as far as 74 bytes a point can tell."""

from __future__ import annotations

import math

import numpy as np
import pytest

from resight.gallery.feature_arrays import pack_features, unpack_features
from resight.types import Features


def _features(rng: np.random.Generator, count: int = 500, size: tuple[int, int] = (4000, 3000)) -> Features:
    return Features(
        points=rng.uniform((0, 0), np.array(size) - 1, (count, 2)).astype(np.float32),
        values=rng.integers(0, 256, (count, 64), dtype=np.uint8),
        scales=np.exp2(rng.uniform(0, 11, count)).astype(np.float32),
        angles=rng.uniform(0, 2 * math.pi, count).astype(np.float32) % np.float32(2 * math.pi),
        size=size,
    )


@pytest.mark.parametrize("size", [(4000, 3000), (640, 480), (12000, 9), (1, 1)])
def test_features_come_back_as_far_as_they_were_written(size: tuple[int, int], rng: np.random.Generator) -> None:
    """Points to half of a 65535th of the photo, scales to a 2048th, angles to a 512th of a radian."""
    features = _features(rng, size=size)
    found = unpack_features(pack_features(features, np.arange(500, dtype=np.uint16)), size)
    slack = 1 + 1e-3
    miss = np.abs(found.points.astype(float) - features.points)
    # The second is what float32 itself rounds.
    assert (miss <= np.array(size) / 65535 / 2 * slack + np.array(size) * 2.0**-24).all()
    assert (miss / size < 1e-4).all(), "the hundredth of a per cent that the module promises"
    assert np.abs(found.scales / features.scales - 1).max() <= 2**-11 * slack
    assert np.abs(found.angles - features.angles).max() <= 2**-9 * slack
    np.testing.assert_array_equal(found.values, features.values)
    assert found.size == size
    assert found.grid is None


def test_a_point_takes_74_bytes(rng: np.random.Generator) -> None:
    arrays = pack_features(_features(rng), np.zeros(500, np.uint16))
    assert sum(array.nbytes for array in arrays.values()) == 74 * 500


def test_cells_are_kept_as_they_are(rng: np.random.Generator) -> None:
    cells = rng.integers(0, 4096, 500).astype(np.uint16)
    np.testing.assert_array_equal(pack_features(_features(rng), cells)["cells"], cells)


def settled(features: Features) -> Features:
    """Features as they come back from a gallery."""
    return unpack_features(pack_features(features, np.zeros(len(features), np.uint16)), features.size)


def test_types_are_those_of_features(rng: np.random.Generator) -> None:
    found = settled(_features(rng))
    assert {array.dtype for array in (found.points, found.scales, found.angles)} == {np.dtype(np.float32)}
    assert found.values.dtype == np.uint8


def test_settled_features_stay_as_they_are(rng: np.random.Generator) -> None:
    once = settled(_features(rng))
    twice = settled(once)
    for name in ("points", "values", "scales", "angles"):
        np.testing.assert_array_equal(getattr(twice, name), getattr(once, name))


def test_angles_stay_below_a_whole_turn(rng: np.random.Generator) -> None:
    last = np.nextafter(np.float32(2 * math.pi), np.float32(0))
    angles = np.array([0, last, last - np.float32(1e-4), 3.1415], np.float32)
    one = np.ones(4, np.float32)
    features = Features(np.ones((4, 2), np.float32), np.zeros((4, 64), np.uint8), one, angles, (9, 9))
    found = settled(features).angles
    assert found[0] == 0
    assert (found < 2 * math.pi).all()


def test_points_on_the_rim_are_moved_to_the_edge() -> None:
    """A pixel reaches half a pixel beyond its centre, and shares of a photo begin at 0."""
    points = np.array([[-0.5, -0.5], [0, 0], [99.5, 49.5]], np.float32)
    one = np.ones(3, np.float32)
    found = settled(Features(points, np.zeros((3, 64), np.uint8), one, one, (100, 50))).points
    np.testing.assert_allclose(found, np.array([[0, 0], [0, 0], [99.5, 49.5]]), atol=1e-3)


def test_a_photo_without_points_comes_back(rng: np.random.Generator) -> None:
    found = settled(_features(rng, count=0))
    assert len(found) == 0
    assert found.points.shape == (0, 2)
    assert found.values.shape == (0, 64)


def test_inputs_stay(rng: np.random.Generator) -> None:
    features = _features(rng)
    before = features.points.copy(), features.scales.copy(), features.angles.copy()
    settled(features)
    for array, copy in zip((features.points, features.scales, features.angles), before, strict=True):
        np.testing.assert_array_equal(array, copy)
