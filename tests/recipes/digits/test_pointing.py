"""The benchmark: a map that knows gets everything, one that does not gets nothing, and polarity is put right before."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from resight.recipes.digits.pointing import Rules, score
from resight.recipes.digits.scenes import DigitScene
from resight.types import Array


def _scene(left: int, *, light: bool = False) -> DigitScene:
    image = np.zeros((20, 24), np.uint8)
    image[4:12, left : left + 6] = 255
    return DigitScene(255 - image if light else image, 7, np.array([left, 4, left + 6, 12]))


SCENES = [_scene(2), _scene(10), _scene(16, light=True)]


def _read(image: Array, boxes: Array) -> tuple[Array, Array]:
    """A reader that knows a seven where it is shown all of it and nothing else."""
    right = [image[top:bottom, left:right].min() == 255 for left, top, right, bottom in boxes.tolist()]
    return np.where(right, 7, 1), np.ones(len(boxes))


def test_a_map_that_knows_gets_everything() -> None:
    asked = []

    def bright(image: Array, label: int) -> Array:
        asked.append(label)
        return image / 255

    found = score(bright, SCENES, _read, Rules(deviations=1.0, gap=0))
    for each in (found.pointing, found.energy, found.iou, found.located, found.right):
        assert each.tolist() == [1, 1, 1]
    assert asked == [7, 7, 7]
    assert (found.seconds > 0).all()


def test_a_map_that_is_elsewhere_gets_nothing() -> None:
    def elsewhere(image: Array, label: int) -> Array:
        heat = np.zeros(image.shape)
        heat[18, 0] = 1
        return heat

    found = score(elsewhere, SCENES, _read, Rules(gap=0))
    for each in (found.pointing, found.energy, found.iou, found.located, found.right):
        assert each.tolist() == [0, 0, 0]


def test_a_map_that_is_the_same_everywhere_is_worth_a_guess() -> None:
    found = score(lambda image, label: np.zeros(image.shape), SCENES, _read, Rules())
    assert found.pointing == pytest.approx(48 / 480)
    assert found.energy == pytest.approx(48 / 480)
    assert found.iou.tolist() == found.located.tolist() == found.right.tolist() == [0, 0, 0]


def test_a_hotspot_beside_counts_as_located_but_is_not_read() -> None:
    """Grown by a row and a column it has 48 of 63 cells, and is no longer all white."""

    def grown(image: Array, label: int) -> Array:
        mask = image > 0
        wide = mask | np.roll(mask, 1, axis=0)
        return (wide | np.roll(wide, -1, axis=1)).astype(float)

    found = score(grown, SCENES[1:2], _read, Rules(deviations=1.0, gap=0))
    assert found.iou.tolist() == [pytest.approx(48 / 63)]
    assert (found.located.tolist(), found.right.tolist()) == ([1], [0])


def test_the_hottest_hotspot_need_not_be_the_one_that_is_located() -> None:
    def two(image: Array, label: int) -> Array:
        heat = (image > 0).astype(float)
        heat[15:20, 0:20] = 1.0
        return heat

    found = score(two, SCENES[:1], _read, Rules(deviations=0.5, gap=0))
    assert (found.iou.tolist(), found.located.tolist(), found.right.tolist()) == ([0], [1], [1])


def test_only_thin_strokes_are_kept_where_that_is_the_rule() -> None:
    image = np.full((30, 40), 240, np.uint8)
    image[5:25, 20:22] = 0
    image[:, 0:12] = 60
    plain, thin = (Rules(strokes=strokes).prepared(image) for strokes in (0, 5))
    np.testing.assert_array_equal(plain, 255 - image)
    assert (thin[5:25, 20:22] == 240).all()
    assert (thin > 0).sum() == 40
    assert Rules().prepared(image, invert=False) is image


def test_figures_are_means_with_intervals() -> None:
    taken = score(lambda image, label: image * (np.arange(24) < 12.0), SCENES, _read, Rules(1.0, 0))
    found = taken.to_dict(seed=0)
    assert found["pointing"]["value"] == pytest.approx((1 + 1 + 48 / 480) / 3)
    assert found["pointing"]["low"] < found["pointing"]["value"] < found["pointing"]["high"]
    assert found["energy"]["n"] == found["located"]["n"] == 3
    assert found["ms"] > 0


@pytest.mark.parametrize(("shape", "side"), [((9, 12), 3), ((9, 12), 5), ((1, 1), 3), ((4, 3), 9)])
def test_thin_strokes_are_the_image_less_its_opening(
    shape: tuple[int, int], side: int, rng: np.random.Generator
) -> None:
    image = rng.integers(0, 120, shape, dtype=np.uint8)

    def around(values: Array, extreme: Callable[[Array], int]) -> Array:
        wide = np.pad(values, side // 2, mode="edge")
        near = np.lib.stride_tricks.sliding_window_view(wide, (side, side)).reshape(-1, side * side)
        return np.array([extreme(each) for each in near]).reshape(shape)

    found = Rules(strokes=side).prepared(image)
    assert found.dtype == np.uint8
    np.testing.assert_array_equal(found, image - around(around(image, np.min), np.max))


def test_thin_strokes_stay_and_wide_regions_go() -> None:
    image = np.full((40, 60), 90, np.uint8)
    image[5:35, 5:30] = 200
    image[8:32, 45:48] = 250
    found = Rules(strokes=9).prepared(image, invert=False)
    assert not found[:, :40].any()
    assert (found[8:32, 45:48] == 160).all()
    np.testing.assert_array_equal(Rules(strokes=0).prepared(image, invert=False), image)
