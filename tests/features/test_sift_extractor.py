"""The classical extractor: features in pixels of the whole photo, however large it was read."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from resight.features.encoder import PhotoExtractor
from resight.features.sift import RootSift
from resight.features.sift_extractor import PREPROCESS, SiftExtractor, enlarged
from resight.features.vocabulary import load
from resight.io.images import Photo, prepare, resize
from resight.types import Features, Image

Array = npt.NDArray[Any]
SMALL = replace(PREPROCESS, long_side=240)


@pytest.fixture(scope="module")
def extract() -> SiftExtractor:
    return SiftExtractor(RootSift(load(), features=200), SMALL)


@pytest.fixture(scope="module")
def cat(known_photos: dict[str, Any]) -> Any:
    """300 × 200 pixels."""
    return resize(known_photos["chelsea"], (300, 200), resampling="area")


def _whole(image: Any) -> Photo:
    return Photo(image, (image.shape[1], image.shape[0]), b"")


def _assert_same(found: Features, wanted: Features) -> None:
    for name in ("points", "values", "scales", "angles"):
        np.testing.assert_array_equal(getattr(found, name), getattr(wanted, name))
    assert (found.size, found.grid) == (wanted.size, wanted.grid)


def _each(extractor: SiftExtractor, images: Sequence[Image]) -> list[Features]:
    return [extractor.features(Photo.of(image)) for image in images]


def test_it_prepares_extracts_and_enlarges(extract: SiftExtractor, cat: Any) -> None:
    (wanted,) = extract.sift.extract([prepare(_whole(cat), SMALL)])
    assert wanted.size == (240, 160)
    found = extract.features(_whole(cat))
    np.testing.assert_array_equal(found.values, wanted.values)
    np.testing.assert_array_equal(found.angles, wanted.angles)
    np.testing.assert_allclose(found.points, (wanted.points + 0.5) * 1.25 - 0.5, rtol=1e-6)
    np.testing.assert_allclose(found.scales, wanted.scales * 1.25, rtol=1e-6)
    assert found.size == (300, 200)
    assert len(found) == 200


def test_it_is_an_extractor(extract: SiftExtractor, cat: Any) -> None:
    extractor: PhotoExtractor = extract
    _assert_same(_each(extractor, [cat])[0], extract.features(_whole(cat)))
    assert _each(extractor, []) == []
    assert extract.vocabulary is extract.sift.vocabulary


def test_by_default_photos_are_640_pixels_long() -> None:
    assert (PREPROCESS.long_side, PREPROCESS.enlarge, PREPROCESS.resampling) == (640, True, "bicubic")
    assert SiftExtractor(RootSift(load())).preprocess == PREPROCESS


def test_a_photo_that_was_decoded_smaller_lies_in_pixels_of_the_whole(extract: SiftExtractor, cat: Any) -> None:
    found, wanted = extract.features(Photo(cat, (1200, 800), b"")), extract.features(_whole(cat))
    np.testing.assert_array_equal(found.values, wanted.values)
    np.testing.assert_allclose(found.points, (wanted.points + 0.5) * 4 - 0.5, rtol=1e-5)
    np.testing.assert_allclose(found.scales, wanted.scales * 4, rtol=1e-6)
    assert found.size == (1200, 800)
    assert (found.points <= np.array([1199.5, 799.5])).all()


def test_company_and_order_change_nothing(extract: SiftExtractor, cat: Any) -> None:
    photos = [cat, cat[:150], cat[::-1].copy(), np.zeros((30, 40, 3), np.uint8)]
    for photo, first, last in zip(photos, _each(extract, photos), _each(extract, photos[::-1])[::-1], strict=True):
        _assert_same(first, last)
        _assert_same(first, _each(extract, [photo])[0])


def test_small_photos_are_scaled_up_unless_they_are_to_be_kept(extract: SiftExtractor, cat: Any) -> None:
    small = resize(cat, (120, 80), resampling="area")
    every = replace(extract, sift=replace(extract.sift, features=9999))
    (up,) = _each(every, [small])
    (kept,) = _each(replace(every, preprocess=replace(SMALL, enlarge=False)), [small])
    assert len(up) > 1.5 * len(kept) > 0
    assert up.size == kept.size == (120, 80)
    (as_it_is,) = every.sift.extract([small])
    np.testing.assert_array_equal(kept.values, as_it_is.values)
    np.testing.assert_allclose(kept.points, as_it_is.points, atol=1e-4)


@pytest.mark.parametrize("shape", [(1, 1), (1, 2000), (2000, 1), (3, 2)])
def test_slivers_are_no_trouble(shape: tuple[int, int], extract: SiftExtractor, rng: np.random.Generator) -> None:
    for photo in (np.zeros((*shape, 3), np.uint8), rng.integers(0, 256, (*shape, 3), dtype=np.uint8)):
        (found,) = _each(extract, [photo])
        assert found.size == shape[::-1]
        assert np.isfinite(found.points).all()


def test_a_stretched_photo_is_enlarged_each_way_of_its_own() -> None:
    """Twice as wide and half as high: a scale is a length, and grows by the root of both."""
    one = np.ones(1, np.float32)
    features = Features(np.array([[9.5, 9.5]], np.float32), np.zeros((1, 64), np.uint8), 3 * one, one, (20, 40))
    found = enlarged(features, (40, 20))
    assert found.points.tolist() == [[19.5, 4.5]]
    assert found.scales.tolist() == [3]
    assert found.size == (40, 20)
    assert found.points.dtype == found.scales.dtype == np.float32
    assert features.points.tolist() == [[9.5, 9.5]]


def test_the_edges_stay_the_edges() -> None:
    one = np.ones(2, np.float32)
    points = np.array([[-0.5, -0.5], [639.5, 479.5]], np.float32)
    found = enlarged(Features(points, np.zeros((2, 64), np.uint8), one, one, (640, 480)), (4000, 3000))
    np.testing.assert_allclose(found.points, [[-0.5, -0.5], [3999.5, 2999.5]])


def test_the_fingerprint_hangs_on_every_option(extract: SiftExtractor) -> None:
    others = [
        replace(extract, sift=replace(extract.sift, features=201)),
        replace(extract, preprocess=replace(SMALL, long_side=241)),
        replace(extract, preprocess=replace(SMALL, enlarge=False)),
        replace(extract, preprocess=replace(SMALL, resampling="area")),
    ]
    assert len({one.fingerprint for one in (extract, *others)}) == 5
    assert SiftExtractor(RootSift(load(), features=200), SMALL).fingerprint == extract.fingerprint


def test_threads_share_it(extract: SiftExtractor, cat: Any) -> None:
    photos = [cat[:, : 200 + 10 * i] for i in range(8)]
    with ThreadPoolExecutor(4) as pool:
        found = [features for (features,) in pool.map(lambda photo: _each(extract, [photo]), photos)]
    for one, other in zip(found, _each(extract, photos), strict=True):
        _assert_same(one, other)


def test_read_only_photos_stay(extract: SiftExtractor, known_photos: dict[str, Any]) -> None:
    photo = known_photos["camera"]
    before = photo.copy()
    assert len(_each(extract, [photo])[0]) == 200
    np.testing.assert_array_equal(photo, before)


def test_at_twice_the_size_there_are_four_times_the_points_of_the_same_codes(extract: SiftExtractor, cat: Any) -> None:
    closer = extract.at(480)
    found = closer.features(_whole(cat))
    assert (len(extract.features(_whole(cat))), len(found), found.size) == (200, 800, (300, 200))
    twice = SiftExtractor(RootSift(load(), features=800), replace(SMALL, long_side=480))
    _assert_same(found, twice.features(_whole(cat)))
    assert closer.fingerprint == twice.fingerprint != extract.fingerprint
