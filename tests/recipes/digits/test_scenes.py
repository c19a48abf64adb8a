"""Scenes: digits lie where they are said to, and nothing else is changed but the contrast."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from resight.recipes.digits.mnist import Digits
from resight.recipes.digits.scenes import DigitScene, SceneDifficulty, scenes

EASY = SceneDifficulty(side=64, largest=2.0)


@pytest.fixture
def digits() -> Digits:
    """A bar for a one, a ring for a zero."""
    images = np.zeros((2, 28, 28), np.uint8)
    images[0, 4:24, 12:16] = 255
    images[1, 6:22, 8:20] = 255
    images[1, 9:19, 11:17] = 0
    return Digits(images, np.array([1, 0]))


def _drawn(level: int, digits: Digits, difficulty: SceneDifficulty = EASY, count: int = 12) -> list[DigitScene]:
    backdrops = [np.full((80, 100), level, np.uint8), np.full((30, 40), level, np.uint8)]
    return list(scenes(backdrops, digits, difficulty, count=count, rng=np.random.default_rng(0)))


@pytest.mark.parametrize(("level", "ink"), [(60, 255), (200, 0)])
def test_the_box_is_around_the_ink(level: int, ink: int, digits: Digits) -> None:
    """White on what is dark, black on what is light."""
    for scene in _drawn(level, digits):
        assert scene.image.shape == (64, 64)
        rows, columns = np.nonzero(np.abs(scene.image.astype(float) - level) > np.abs(ink - level) / 2)
        box = [columns.min(), rows.min(), columns.max() + 1, rows.max() + 1]
        np.testing.assert_allclose(scene.box, box, atol=1)
        assert np.abs(scene.image.astype(float) - ink).min() < 20


def test_sizes_and_places_vary(digits: Digits) -> None:
    found = _drawn(60, digits, count=40)
    heights = [scene.box[3] - scene.box[1] for scene in found if scene.label == 1]
    assert min(heights) < 24
    assert max(heights) > 32
    assert max(heights) <= 2 * 20 + 2
    assert len({tuple(scene.box[:2]) for scene in found}) > 30


@pytest.mark.parametrize(("level", "left"), [(80, 20), (215, 245)])
def test_contrast_takes_the_photo_towards_the_other_colour(level: int, left: int, digits: Digits) -> None:
    for scene in _drawn(level, digits, replace(EASY, contrast=0.25)):
        assert np.median(scene.image) == left


def test_rivals_are_of_another_class_and_beside(digits: Digits) -> None:
    alone = _drawn(60, digits)
    both = _drawn(60, digits, replace(EASY, rivals=1))
    inked = [[(scene.image > 150).sum() for scene in each] for each in (alone, both)]
    assert np.mean(inked[1]) > 1.5 * np.mean(inked[0])
    for scene in both:
        left, top, right, bottom = scene.box
        inside = np.zeros((64, 64), bool)
        inside[top:bottom, left:right] = True
        assert ((scene.image > 150) & inside).any()
        assert ((scene.image > 150) & ~inside).any()


def test_a_rival_that_finds_no_place_is_left_out(digits: Digits) -> None:
    """All digits are of one class, so that there is no other."""
    ones = Digits(digits.images[:1], digits.labels[:1])
    for scene in _drawn(60, ones, replace(EASY, rivals=1), count=3):
        left, top, right, bottom = scene.box
        outside = scene.image.copy()
        outside[max(top - 2, 0) : bottom + 2, max(left - 2, 0) : right + 2] = 60
        assert (outside == 60).all()


def test_equal_seeds_give_equal_scenes(digits: Digits) -> None:
    first, second = (_drawn(60, digits, count=4) for _ in range(2))
    for one, other in zip(first, second, strict=True):
        np.testing.assert_array_equal(one.image, other.image)
        assert one.label == other.label
