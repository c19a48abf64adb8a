"""Simulated views: drawn from their generator alone, of a camera's sizes, and of the thing that was asked for."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from resight.calibration.simulated_views import MILD, ViewDifficulty, view
from resight.features.sift import RootSift
from resight.features.vocabulary import load
from resight.io.images import resize
from resight.verification import registration
from resight.verification.matching import mutual

Array = npt.NDArray[Any]
EASY = ViewDifficulty(pan=0, tilt=0, small=1, filled=0, covered=0, parallax=0)
SEEDS = range(8)


@pytest.fixture(scope="module")
def cat(known_photos: dict[str, Any]) -> Any:
    return resize(known_photos["chelsea"], (300, 200), resampling="area")


@pytest.fixture(scope="module")
def backdrops(known_photos: dict[str, Any]) -> Any:
    return [resize(known_photos[name], (200, 150), resampling="area") for name in ("gravel", "coffee")]


@pytest.mark.parametrize("how", [None, EASY, ViewDifficulty(filled=1, covered=1, parallax=0.1)])
def test_a_view_is_a_photo_of_a_small_camera(how: ViewDifficulty | None, cat: Any, backdrops: Any) -> None:
    seen = [view(cat, backdrops, np.random.default_rng(seed), how=how) for seed in SEEDS]
    for photo in seen:
        assert photo.dtype == np.uint8
        assert photo.flags.c_contiguous
        height, width, channels = photo.shape
        assert channels == 3
        assert width in (240, 320, 448, 640)
        assert height / width == pytest.approx(0.75, abs=0.01) or height / width in (1.0, pytest.approx(1.33, abs=0.01))
    assert len({photo.shape for photo in seen}) > 3


def _global_state() -> Any:
    """Of NumPy's own generator, to see that nobody draws from it."""
    state: Any = np.random.get_state(legacy=False)  # noqa: NPY002
    return np.append(state["state"]["key"], state["state"]["pos"])


def test_it_hangs_on_its_generator_alone(cat: Any, backdrops: Any) -> None:
    state = _global_state()
    one, same, other = (view(cat, backdrops, np.random.default_rng(seed)) for seed in (7, 7, 8))
    np.testing.assert_array_equal(one, same)
    assert one.shape != other.shape or (one != other).any()
    np.testing.assert_array_equal(_global_state(), state)


def test_the_same_generator_draws_on(cat: Any, backdrops: Any, rng: np.random.Generator) -> None:
    one, other = view(cat, backdrops, rng), view(cat, backdrops, rng)
    assert one.shape != other.shape or (one != other).any()


def test_inputs_stay(cat: Any, backdrops: Any) -> None:
    before = [photo.copy() for photo in (cat, *backdrops)]
    for seed in SEEDS:
        view(cat, backdrops, np.random.default_rng(seed), how=ViewDifficulty(covered=1))
    for photo, copy in zip((cat, *backdrops), before, strict=True):
        np.testing.assert_array_equal(photo, copy)


def test_read_only_photos_will_do(known_photos: dict[str, Any]) -> None:
    photo = known_photos["camera"]
    assert not photo.flags.writeable
    assert view(photo, [photo], np.random.default_rng(3)).size


@pytest.mark.parametrize("covered", [0, 1])
def test_without_backdrops_there_are_plain_colours(covered: int, cat: Any) -> None:
    for seed in SEEDS:
        seen = view(cat, [], np.random.default_rng(seed), how=ViewDifficulty(covered=covered))
        assert seen.shape[2] == 3
        assert np.ptp(seen) > 30


@pytest.mark.parametrize("shape", [(1, 1), (1, 500), (500, 1), (2, 3)])
def test_slivers_are_no_trouble(shape: tuple[int, int], backdrops: Any, rng: np.random.Generator) -> None:
    photo = rng.integers(0, 256, (*shape, 3), dtype=np.uint8)
    for seed in range(3):
        assert view(photo, [*backdrops, photo], np.random.default_rng(seed)).min() >= 0


def test_an_easy_view_fills_the_frame() -> None:
    """A white photo on a black ground is light where the thing is, and fills the frame as far as its aspect allows."""
    white = np.full((150, 200, 3), 255, np.uint8)
    for seed in SEEDS:
        rng = np.random.default_rng(seed)
        seen = view(white, [np.zeros((9, 9, 3), np.uint8)], rng, how=EASY)
        height, width = seen.shape[:2]
        side = min(width / 200, height / 150)
        share = (seen.max(axis=2) > 90).mean()
        # Less where it is rolled and shifted partly out of the frame.
        assert 0.6 * side**2 * 200 * 150 < share * height * width < 1.1 * side**2 * 200 * 150


def test_covering_covers() -> None:
    """A black backdrop in front of a white photo that fills the frame."""
    white, black = np.full((200, 200, 3), 255, np.uint8), [np.zeros((9, 9, 3), np.uint8)]
    dark = {}
    for covered in (0, 1):
        how = ViewDifficulty(pan=0, tilt=0, filled=1, covered=covered, parallax=0)
        views = [view(white, black, np.random.default_rng(seed), how=how) for seed in SEEDS]
        dark[covered] = np.mean([(seen.max(axis=2) < 40).mean() for seen in views])
    assert 0.01 < dark[1] - dark[0] < 0.2


def test_a_view_shows_the_photo_and_not_its_mirror(cat: Any, backdrops: Any) -> None:
    """Turned as far as they get, its points are still found again under a plausible plane."""
    sift = RootSift(load(), features=500)
    (known,) = sift.extract([cat])
    found = 0
    for seed in SEEDS:
        (seen,) = sift.extract([view(cat, backdrops, np.random.default_rng(seed))])
        pairs = mutual(seen.values, known.values).pairs
        fitted = registration.transform(seen.points[pairs[:, 0]], known.points[pairs[:, 1]], diagonal=360.0)
        if fitted is not None and fitted[1].sum() >= 12:
            found += 1
            assert np.linalg.det(fitted[0]) > 0
    assert found >= 5


def test_parallax_moves_parts_apart(cat: Any, backdrops: Any) -> None:
    flat = view(cat, backdrops, np.random.default_rng(5), how=EASY).astype(int)
    same = view(cat, backdrops, np.random.default_rng(5), how=ViewDifficulty(0, 0, 1, 0, 0, 1e-9)).astype(int)
    bent = view(cat, backdrops, np.random.default_rng(5), how=ViewDifficulty(0, 0, 1, 0, 0, 0.1)).astype(int)
    assert np.abs(same - flat).mean() < 1
    assert np.abs(bent - flat).mean() > 3


def test_a_camera_that_strays_little_shows_the_colours_that_there_are(cat: Any) -> None:
    still = replace(EASY, camera=0.0, sharp=640)
    photo = view(cat, [], np.random.default_rng(2), how=still)
    assert photo.shape[1] == 640
    usual, mild = (
        np.mean([np.abs(_middle(view(cat, [], np.random.default_rng(seed), how=how)) - _middle(cat)) for seed in SEEDS])
        for how in (replace(EASY, sharp=448), replace(EASY, camera=MILD.camera, sharp=MILD.sharp))
    )
    assert mild < usual / 2


def _middle(photo: Any) -> Any:
    """Mean colour of the middle of a photo."""
    height, width = photo.shape[:2]
    return photo[height // 3 : -height // 3, width // 3 : -width // 3].mean(axis=(0, 1))
