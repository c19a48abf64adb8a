"""One photo as a set of encoders sees it."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pytest

from resight.features.coarse_quantiser import CoarseQuantiser
from resight.features.encoder import GlobalEncoder, LocalEncoder
from resight.io.images import Photo
from resight.search.describe import THUMBNAIL, extract, featureless, long_side, small
from resight.types import Features, Preprocess

CELLS = CoarseQuantiser(np.zeros((1, 3), np.uint8))


@dataclass(eq=False)
class Extractor:
    """Three points whose values are the photo's first three pixels; counts how often it is asked."""

    fingerprint: str = "three"
    preprocess: Preprocess = field(default_factory=lambda: Preprocess(long_side=100))
    asked: list[Photo] = field(default_factory=list)

    def features(self, photo: Photo) -> Features:
        self.asked.append(photo)
        values = photo.image.reshape(-1, 3)[:3].astype(np.float32)
        return Features(np.zeros((3, 2), np.float32), values, np.ones(3, np.float32), np.zeros(3, np.float32), (9, 9))


def mean(values: np.ndarray) -> np.ndarray:
    return values.mean(axis=0)


def local(extractor: Extractor) -> LocalEncoder:
    return LocalEncoder("local", "local", f"votes-{extractor.fingerprint}", extractor, {}, CELLS)


def pooled(extractor: Extractor, name: str) -> GlobalEncoder:
    return GlobalEncoder(name, name, f"{name}-{extractor.fingerprint}", extractor, {}, mean)


@pytest.fixture
def photo(rng: np.random.Generator) -> Photo:
    """Half of a photo of 1200 × 800 pixels."""
    return Photo(rng.integers(1, 256, (400, 600, 3), np.uint8), (1200, 800), b"digest")


def test_encoders_that_share_an_extractor_share_its_features(photo: Photo) -> None:
    shared, other = Extractor(), Extractor("other")
    makers = [local(shared), pooled(shared, "gem"), pooled(shared, "vlad"), pooled(other, "gem")]
    seen = extract(photo, makers)
    assert (shared.asked, other.asked) == ([photo], [photo])
    assert sorted(seen.descriptors) == ["gem-other", "gem-three", "vlad-three"]


def test_descriptors_are_those_of_the_encoders(photo: Photo) -> None:
    maker = pooled(Extractor(), "gem")
    vector = extract(photo, [maker]).descriptors[maker.fingerprint]
    slow = photo.image[0, :3].astype(float).sum(axis=0)
    np.testing.assert_allclose(vector, slow / np.sqrt((slow**2).sum()), rtol=1e-6)


def test_features_are_those_of_the_encoder_that_votes(photo: Photo) -> None:
    seen = extract(photo, [pooled(Extractor("other"), "gem"), local(Extractor())])
    assert seen.local.features.size == (9, 9)
    np.testing.assert_array_equal(seen.local.features.values, photo.image[0, :3])


def test_without_an_encoder_that_votes_there_are_no_features_but_a_size(photo: Photo) -> None:
    features = extract(photo, [pooled(Extractor(), "gem")]).local.features
    assert (len(features), features.size, features.values.dtype) == (0, (1200, 800), np.uint8)
    assert len(featureless((3, 4))) == 0


def test_the_small_image_is_of_the_whole_photo_and_no_larger_than_it(photo: Photo) -> None:
    assert small(photo).shape == (213, THUMBNAIL, 3)
    tiny = np.full((2, 3, 3), 7, np.uint8)
    np.testing.assert_array_equal(small(Photo(tiny, (3, 2), b"")), tiny)


def test_a_photo_is_read_as_large_as_the_most_demanding_wants_it() -> None:
    large = Extractor("large", Preprocess(long_side=1024))
    assert long_side([]) == long_side([local(Extractor())]) == THUMBNAIL
    assert long_side([local(Extractor()), pooled(large, "gem")]) == 1024


def test_a_photo_that_shows_nothing_has_no_features() -> None:
    """Whatever its encoders make of its one colour."""
    shared = Extractor()
    seen = extract(Photo.of(np.full((40, 60, 3), 200, np.uint8)), [local(shared), pooled(shared, "gem")])
    assert len(seen.local.features) == 0
    assert seen.local.features.size == (60, 40)
    np.testing.assert_array_equal(seen.descriptors["gem-three"], np.zeros(3, np.float32))
