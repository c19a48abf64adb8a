"""Detectors: where their points are, and that what is described there is found again."""

from __future__ import annotations

import numpy as np
import pytest

from resight.features.sift_methods.detectors import DETECTORS
from resight.types import Image
from tests.galleries import Photos

every = pytest.mark.parametrize("name", DETECTORS)


@every
def test_points_lie_on_the_photo_and_are_described(name: str, known_photos: Photos) -> None:
    image = known_photos["coffee"]
    points, values = DETECTORS[name](image, 150)
    assert points.shape == (len(values), 2)
    assert 100 < len(points) <= 150
    assert (points >= 0).all()
    assert (points < image.shape[1::-1]).all()
    np.testing.assert_allclose((values**2).sum(axis=1), 1, atol=1e-5)  # a rootSIFT is a unit


@every
def test_a_brighter_photo_has_the_same_points(name: str, known_photos: Photos) -> None:
    image = known_photos["coffee"]
    brighter = np.clip(image.astype(np.int64) // 2 + 90, 0, 255).astype(np.uint8)
    (_, one), (_, other) = DETECTORS[name](image, 100), DETECTORS[name](brighter, 100)
    assert np.median((one @ other.T).max(axis=1)) > 0.95


@pytest.mark.parametrize("name", ["sift", "orb"])
def test_a_turned_photo_has_the_same_values(name: str, known_photos: Photos) -> None:
    """Corners of Harris have no angle, and are not."""
    image = known_photos["coffee"]
    (_, one), (_, other), (_, corners), (_, turned) = (
        DETECTORS[each](seen, 100) for each in (name, "harris") for seen in (image, np.rot90(image).copy())
    )
    assert np.median((one @ other.T).max(axis=1)) > 0.85 > np.median((corners @ turned.T).max(axis=1))


def test_corners_by_hand() -> None:
    """A white square has four."""
    image: Image = np.zeros((120, 160, 3), np.uint8)
    image[40:80, 50:110] = 255
    points, _ = DETECTORS["harris"](image, 4)
    corners = np.array([[50, 40], [50, 79], [109, 40], [109, 79]])
    distances = np.linalg.norm(points[:, None] - corners, axis=2)
    assert (distances.min(axis=0) < 3).all()


@every
def test_a_bare_wall_has_none(name: str) -> None:
    points, values = DETECTORS[name](np.full((90, 90, 3), 128, np.uint8), 50)
    assert (points.shape, values.shape) == ((0, 2), (0, 128))
