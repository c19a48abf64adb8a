"""What tests remember is what they would have computed."""

from __future__ import annotations

from typing import Any

import numpy as np

from resight.calibration import self_queries, simulated_views
from resight.features import encoder
from resight.features.sift_extractor import SiftExtractor
from resight.io.images import Photo
from tests.remembering import RememberingExtractor, forgotten


def test_points_are_those_of_the_extractor(known_photos: dict[str, Any]) -> None:
    remembering, photo = encoder.encoders(["classical"])[0].extractor, Photo.of(known_photos["page"])
    assert isinstance(remembering, RememberingExtractor)
    plain = SiftExtractor(remembering.sift, remembering.preprocess)
    assert remembering.fingerprint == plain.fingerprint
    wanted = plain.features(photo)
    for found in (remembering.features(photo), remembering.features(Photo.of(photo.image.copy()))):
        for name in ("points", "values", "scales", "angles"):
            np.testing.assert_array_equal(getattr(found, name), getattr(wanted, name))
        assert found.size == wanted.size
    assert len(remembering.features(Photo.of(np.zeros_like(photo.image))).values) == 0


def test_maps_are_those_of_the_network(known_photos: dict[str, Any]) -> None:
    extractor, photo = encoder.encoders(["house"])[0].extractor, Photo.of(known_photos["page"])
    small = extractor.at(96)
    with forgotten():
        wanted, wanted_small = extractor.features(photo), small.features(photo)
    for found in (extractor.features(photo), extractor.features(Photo.of(photo.image.copy()))):
        for name in ("points", "values", "scales", "angles"):
            np.testing.assert_array_equal(getattr(found, name), getattr(wanted, name))
        assert (found.size, found.grid) == (wanted.size, wanted.grid)
    assert extractor.features(photo) is extractor.features(photo)
    np.testing.assert_array_equal(small.features(photo).values, wanted_small.values)


def test_views_are_those_of_the_generator(known_photos: dict[str, Any]) -> None:
    given = known_photos["page"], [known_photos["coins"]]
    expected, *others = (np.random.default_rng(3) for _ in range(3))
    image, after = simulated_views.view(*given, expected), expected.random()
    for rng in others:
        np.testing.assert_array_equal(self_queries.view(*given, rng), image)
        assert rng.random() == after
    assert not np.array_equal(self_queries.view(known_photos["page"], [], np.random.default_rng(3)), image)
