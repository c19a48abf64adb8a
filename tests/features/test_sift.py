"""RootSIFT: unit codes, points that lie where they should, and photos without any."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
import pytest

from resight.features import sift
from resight.features.sift import RootSift, detect, noise, root, steady
from resight.features.vocabulary import load
from resight.io.images import resize
from resight.types import Features
from resight.verification.matching import mutual

Array = npt.NDArray[Any]


@pytest.fixture(scope="module")
def extract() -> RootSift:
    return RootSift(load())


@pytest.fixture(scope="module")
def cat(known_photos: dict[str, Any]) -> Any:
    """A photo of 300 × 200 pixels."""
    return resize(known_photos["chelsea"], (300, 200), resampling="area")


@pytest.fixture(scope="module")
def features(extract: RootSift, cat: Any) -> Features:
    return extract.extract([cat])[0]


def _grey(photo: Array) -> Array:
    return photo.mean(axis=2).round().astype(np.uint8)


def _assert_same(one: Features, other: Features) -> None:
    for name in ("points", "values", "scales", "angles"):
        np.testing.assert_array_equal(getattr(one, name), getattr(other, name))
    assert (one.size, one.grid) == (other.size, other.grid)


def test_features_are_what_the_words_say(extract: RootSift, features: Features) -> None:
    assert extract.fingerprint.startswith("rootsift-1000-")
    assert 100 < len(features) <= 1000
    assert features.values.shape == (len(features), 64)
    assert features.values.dtype == np.uint8
    assert {array.dtype for array in (features.points, features.scales, features.angles)} == {np.dtype(np.float32)}
    assert features.size == (300, 200)
    assert features.grid is None


def test_points_lie_inside_the_photo(features: Features) -> None:
    assert (features.points >= -0.5).all()
    assert (features.points <= np.array(features.size) - 0.5).all()
    assert (features.scales > 0).all()
    assert (features.angles >= 0).all()
    assert (features.angles < np.float32(2 * math.pi)).all()


def test_root_is_the_loop(rng: np.random.Generator) -> None:
    descriptors = rng.integers(0, 200, (9, 128)).astype(np.float32)
    slow = [[math.sqrt(x / sum(row)) for x in row] for row in descriptors.tolist()]
    np.testing.assert_allclose(root(descriptors), slow, rtol=1e-6)
    np.testing.assert_allclose(np.linalg.norm(root(descriptors), axis=1), 1, rtol=1e-6)


def test_root_makes_the_inner_product_the_hellinger_kernel(rng: np.random.Generator) -> None:
    a, b = rng.dirichlet(np.ones(128), 2)
    assert root(a[None] * 512) @ root(b[None] * 99).T == pytest.approx(
        sum(math.sqrt(x * y) for x, y in zip(a, b, strict=True))
    )


def test_root_of_nothing_is_nothing() -> None:
    np.testing.assert_array_equal(root(np.zeros((2, 128), np.float32)), 0)
    assert root(np.zeros((0, 128), np.float32)).shape == (0, 128)


def test_it_is_deterministic_and_company_changes_nothing(extract: RootSift, cat: Any, features: Features) -> None:
    before = cat.copy()
    one, blank, other = extract.extract([cat, np.zeros((40, 30, 3), np.uint8), cat])
    _assert_same(one, features)
    _assert_same(other, features)
    assert len(blank) == 0
    np.testing.assert_array_equal(cat, before)
    assert extract.extract([]) == []


@pytest.mark.parametrize("count", [0, 1, 50])
def test_fewer_features_are_the_first_of_more(count: int, extract: RootSift, cat: Any, features: Features) -> None:
    (few,) = replace(extract, features=count).extract([cat])
    assert len(few) == count
    np.testing.assert_array_equal(few.points, features.points[:count])
    apart = few.values.astype(int) - features.values[:count]
    assert np.abs(apart).max(initial=0) <= 8  # of 255: OpenCV doubles a photo only for points that need it


def test_points_are_described_as_if_none_were_left_out(cat: Any) -> None:
    grey = steady(cv2.cvtColor(cat, cv2.COLOR_RGB2GRAY))
    found, descriptors = cv2.SIFT.create(contrastThreshold=0.02).detectAndCompute(grey, None)
    all_of_them = {(*point.pt, point.size, point.angle): row for row, point in enumerate(found)}
    points, values = detect(cat, 200)
    rows = [all_of_them[(*point.pt, point.size, point.angle)] for point in points]
    np.testing.assert_array_equal(values, root(descriptors[rows]))


def test_large_points_go_last(extract: RootSift, cat: Any, features: Features) -> None:
    """Weighed by size, the kept ones are larger than those that a strong response alone would keep."""
    few = features.scales[:50]
    assert np.median(few) > 2 * np.median(features.scales)


def test_a_flat_photo_has_no_points(extract: RootSift) -> None:
    for level in (0, 128, 255):
        (found,) = extract.extract([np.full((60, 80, 3), level, np.uint8)])
        assert found.points.shape == (0, 2)
        assert found.values.shape == (0, 64)
        assert found.scales.shape == found.angles.shape == (0,)
        assert found.size == (80, 60)


@pytest.mark.parametrize("shape", [(1, 1), (1, 2000), (2000, 1), (2, 3), (5, 400)])
def test_slivers_are_no_trouble(shape: tuple[int, int], extract: RootSift, rng: np.random.Generator) -> None:
    for photo in (np.zeros((*shape, 3), np.uint8), rng.integers(0, 256, (*shape, 3), dtype=np.uint8)):
        (found,) = extract.extract([photo])
        assert found.size == shape[::-1]
        assert (found.points <= np.array(found.size)).all()


@pytest.mark.parametrize("turns", [1, 2, 3])
def test_turning_a_photo_turns_its_points(turns: int, extract: RootSift, cat: Any, features: Features) -> None:
    """By a quarter clockwise, (x, y) comes to (h − 1 − y, x), and a direction is π/2 on, from x towards y."""
    (turned,) = extract.extract([np.ascontiguousarray(np.rot90(cat, -turns))])
    pairs = mutual(features.values, turned.values).pairs
    points, (width, height) = features.points.astype(float), features.size
    for _ in range(turns):
        points = np.column_stack([height - 1 - points[:, 1], points[:, 0]])
        width, height = height, width
    assert turned.size == (width, height)
    miss = np.linalg.norm(points[pairs[:, 0]] - turned.points[pairs[:, 1]], axis=1)
    found = pairs[miss < 1]
    assert len(found) > 0.85 * len(features)
    turn = turned.angles[found[:, 1]] - features.angles[found[:, 0]] - turns * math.pi / 2
    assert np.median(np.abs(np.angle(np.exp(1j * turn)))) < 0.02
    ratio = turned.scales[found[:, 1]] / features.scales[found[:, 0]]
    assert np.median(np.abs(np.log2(ratio))) < 0.02


def test_shrinking_a_photo_shrinks_its_points(extract: RootSift, known_photos: dict[str, Any]) -> None:
    photo = resize(known_photos["chelsea"], (400, 266), resampling="area")
    whole, half = extract.extract([photo, resize(photo, (200, 133), resampling="area")])
    pairs = mutual(whole.values, half.values).pairs
    miss = half.points[pairs[:, 1]] - ((whole.points[pairs[:, 0]] + 0.5) / 2 - 0.5)
    near = np.linalg.norm(miss, axis=1) < 1
    assert near.sum() > 60
    # A pixel's centre is at its index; another convention of points or of resizing would be a shift of an eighth.
    assert np.abs(np.median(miss[near], axis=0)).max() < 0.05
    found = pairs[near]
    assert np.median(whole.scales[found[:, 0]] / half.scales[found[:, 1]]) == pytest.approx(2, rel=0.05)


def test_noise_is_the_loop(rng: np.random.Generator) -> None:
    """Immerkær's mask over a photo whose border is mirrored; grey levels are added up as they are."""
    grey, mask = rng.integers(0, 256, (7, 9), dtype=np.uint8), [[1, -2, 1], [-2, 4, -2], [1, -2, 1]]
    padded, total = np.pad(grey, 1, mode="reflect").astype(int), 0
    for y, x in np.ndindex(7, 9):
        total += abs(sum(mask[i][j] * int(padded[y + i, x + j]) for i in range(3) for j in range(3)))
    assert noise(grey) == pytest.approx(math.sqrt(math.pi / 2) * total / 6 / 63, rel=1e-6)


@pytest.mark.parametrize("sigma", [2.0, 10.0])
def test_noise_is_estimated(sigma: float, rng: np.random.Generator) -> None:
    """On a slope of brightness, which is no noise."""
    ramp = np.linspace(60, 180, 200)[None] + np.linspace(0, 20, 150)[:, None]
    assert noise(ramp + rng.normal(0, sigma, ramp.shape)) == pytest.approx(sigma, rel=0.05)
    assert noise(ramp[1:-1, 1:-1]) < 0.05


@pytest.mark.parametrize("name", ["chelsea", "astronaut", "coffee", "camera"])
def test_a_normal_photo_is_left_as_it_is(name: str, known_photos: dict[str, Any]) -> None:
    grey = _grey(known_photos[name])
    np.testing.assert_array_equal(steady(grey), grey)


def test_a_dark_photo_is_stretched_and_its_noise_smoothed(cat: Any, rng: np.random.Generator) -> None:
    dark = np.clip(_grey(cat) * 0.1 + rng.normal(0, 2, cat.shape[:2]), 0, 255).astype(np.uint8)
    before, found = dark.copy(), steady(dark)
    assert found.dtype == np.uint8
    low, high = np.percentile(found, (1, 99))
    assert (low, high) == pytest.approx((20, 220), abs=6)
    assert noise(found) / (high - low) < 0.25 * noise(dark) / (np.percentile(dark, 99) - np.percentile(dark, 1))
    np.testing.assert_array_equal(dark, before)


@pytest.mark.parametrize("level", [0, 3, 255])
def test_a_flat_photo_stays_flat(level: int) -> None:
    assert np.ptp(steady(np.full((30, 40), level, np.uint8))) == 0


def _repeated(extract: RootSift, photo: Array, features: Features) -> int:
    """How many of the features of the photo in good light are found again in another light."""
    (found,) = extract.extract([photo])
    pairs = mutual(features.values, found.values).pairs
    return int((np.linalg.norm(features.points[pairs[:, 0]] - found.points[pairs[:, 1]], axis=1) < 3).sum())


def test_steadied_photos_repeat_more_points(
    extract: RootSift, cat: Any, features: Features, rng: np.random.Generator, monkeypatch: pytest.MonkeyPatch
) -> None:
    dark = np.clip(cat * 0.12 + rng.normal(0, 1.5, cat.shape), 0, 255).astype(np.uint8)
    with_steady = _repeated(extract, dark, features)
    monkeypatch.setattr(sift, "steady", lambda grey: grey)
    assert with_steady > 30
    assert with_steady > 2 * _repeated(extract, dark, features)


def test_the_fingerprint_hangs_on_every_option(extract: RootSift) -> None:
    others = [
        replace(extract, features=999),
        replace(extract, contrast=0.03),
        replace(extract, edge=11),
        replace(extract, vocabulary=replace(extract.vocabulary, reach=0.31)),
    ]
    assert len({one.fingerprint for one in (extract, *others)}) == 5
    assert RootSift(load()).fingerprint == extract.fingerprint
