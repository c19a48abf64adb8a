"""What tests remember is what they would have computed."""

from __future__ import annotations

from typing import Any

import numpy as np

from resight.calibration import self_queries, simulated_views
from resight.features import encoder
from resight.features.sift_extractor import SiftExtractor
from resight.io.images import Photo
from resight.search import candidates
from resight.verification import comparison
from resight.verification.comparison import NO_VOTES, LocalFeatures
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


def test_comparisons_are_those_of_the_two_photos(known_photos: dict[str, Any]) -> None:
    extractor = encoder.point_extractor()
    one, other, third = (
        LocalFeatures(extractor.features(Photo.of(image)), image)
        for image in (known_photos["coffee"], known_photos["coffee"][20:, 30:].copy(), known_photos["chelsea"])
    )
    found = [candidates.verify(*pair, NO_VOTES) for pair in ((one, other), (other, one), (one, third))]
    for pair, remembered in zip(((one, other), (other, one), (one, third)), found, strict=True):
        copied = [LocalFeatures(photo.features, photo.image.copy()) for photo in pair]
        wanted = comparison.verify(copied[0], copied[1], NO_VOTES)
        np.testing.assert_array_equal(remembered.evidence, wanted.evidence)
        np.testing.assert_array_equal(remembered.check.inliers, wanted.check.inliers)
        assert candidates.verify(copied[0], copied[1], NO_VOTES) is remembered
    voted = found[0].check
    assert candidates.verify(one, other, voted).evidence[0] == np.log1p(voted.score) > found[0].evidence[0] == 0


def test_views_are_those_of_the_generator(known_photos: dict[str, Any]) -> None:
    given = known_photos["page"], [known_photos["coins"]]
    expected, *others = (np.random.default_rng(3) for _ in range(3))
    image, after = simulated_views.view(*given, expected), expected.random()
    for rng in others:
        np.testing.assert_array_equal(self_queries.view(*given, rng), image)
        assert rng.random() == after
    assert not np.array_equal(self_queries.view(known_photos["page"], [], np.random.default_rng(3)), image)
