"""Views of a photo: scales from one read, and what turning, stretching and slanting do."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest

from resight.features.encoder import GlobalEncoder, global_encoder
from resight.features.photo_encoder import load_encoder
from resight.features.views import AFFINE, SCALES, View, describe_views, reading_side, warped
from resight.io import images
from resight.io.images import Photo
from tests.galleries import Photos, write


@pytest.fixture(scope="module")
def house() -> GlobalEncoder:
    return global_encoder("house")


def test_the_scale_1_is_the_encoders_own_descriptor(house: GlobalEncoder, known_photos: Photos) -> None:
    photo = Photo.of(known_photos["coffee"])
    rows = describe_views(house, photo, SCALES)
    assert rows.shape == (5, 512)
    np.testing.assert_allclose(np.linalg.norm(rows, axis=1), 1, rtol=1e-6)
    np.testing.assert_array_equal(rows[3], house.describe(house.extractor.features(photo)))
    near = rows @ rows[3]
    assert near[4] > near[1] > near[0]  # the smaller, the less is left


def test_a_smaller_scale_is_a_smaller_photo(house: GlobalEncoder, known_photos: Photos) -> None:
    image = known_photos["chelsea"]
    small = images.resize(image, images.fit((image.shape[1], image.shape[0]), 208))
    [half] = describe_views(house, Photo.of(image), [View(0.5)])
    np.testing.assert_array_equal(half, house.describe(house.extractor.at(208).features(Photo.of(small))))


def test_one_read_serves_all_scales(house: GlobalEncoder, known_photos: Photos, tmp_path: Path) -> None:
    assert reading_side(house, SCALES) == round(416 * math.sqrt(2))
    folder = write(tmp_path, {name: known_photos[name] for name in ("chelsea", "coffee")})
    files = sorted(folder.glob("*/*.png"))
    found = load_encoder("house").encode_scales(files, [0.5, 1.0], batch_size=1)
    assert (found.shape, found.dtype) == ((2, 2, 512), np.float32)
    np.testing.assert_array_equal(found[:, 1], load_encoder("house").encode(files))
    assert load_encoder("house").encode_scales([], [0.5, 1.0]).shape == (0, 2, 512)


def test_turns_and_stretches_by_hand() -> None:
    """A quarter turn from x towards y is that of NumPy, clockwise on the screen; nothing is cut off."""
    image = np.zeros((4, 6, 3), np.uint8)
    image[0, 5] = 200
    np.testing.assert_array_equal(warped(image, View(angle=90)), np.rot90(image, -1))
    wide = warped(np.full((40, 60, 3), 7, np.uint8), View(stretch=1.5))
    assert wide.shape == (27, 90, 3)
    assert (wide == 7).all()
    assert warped(image, View(shear=0.5)).shape == (4, 8, 3)
    np.testing.assert_array_equal(warped(image, View()), image)


def test_views_differ_and_stay_near(house: GlobalEncoder, known_photos: Photos) -> None:
    rows = describe_views(house, Photo.of(known_photos["coffee"]), AFFINE)
    other = describe_views(house, Photo.of(known_photos["chelsea"]), AFFINE[:1])
    near = rows[1:] @ rows[0]
    assert (near < 0.9999).all()
    assert near.min() > (rows @ other[0]).max()


def test_faults_are_refused() -> None:
    with pytest.raises(ValueError, match=r"the scale 0 and the stretch 1\.0; wanted more than 0"):
        View(0)
