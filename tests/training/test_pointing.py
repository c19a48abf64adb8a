"""The exam: a map that knows gets everything, one that does not gets nothing, and polarity is put right before."""

from __future__ import annotations

import numpy as np
import pytest

from resight.training.pointing import marks
from resight.training.scenes import Scene
from resight.types import Array


def _scene(left: int, *, light: bool = False) -> Scene:
    image = np.zeros((20, 24), np.uint8)
    image[4:12, left : left + 6] = 255
    return Scene(255 - image if light else image, 7, np.array([left, 4, left + 6, 12]))


SCENES = [_scene(2), _scene(10), _scene(16, light=True)]


def test_a_map_that_knows_gets_everything() -> None:
    asked = []

    def bright(image: Array, label: int) -> Array:
        asked.append(label)
        return image / 255

    found = marks(bright, SCENES, deviations=1.0, gap=0)
    assert found.pointing.tolist() == found.energy.tolist() == found.iou.tolist() == [1, 1, 1]
    assert asked == [7, 7, 7]
    assert (found.seconds > 0).all()


def test_a_map_that_is_elsewhere_gets_nothing() -> None:
    def elsewhere(image: Array, label: int) -> Array:
        heat = np.zeros(image.shape)
        heat[18, 0] = 1
        return heat

    found = marks(elsewhere, SCENES, deviations=2.0, gap=0)
    assert found.pointing.tolist() == found.energy.tolist() == found.iou.tolist() == [0, 0, 0]


def test_a_map_that_is_the_same_everywhere_is_worth_a_guess() -> None:
    found = marks(lambda image, label: np.zeros(image.shape), SCENES, deviations=2.0, gap=0)
    assert found.pointing == pytest.approx(48 / 480)
    assert found.energy == pytest.approx(48 / 480)
    assert found.iou.tolist() == [0, 0, 0]


def test_figures_are_means_with_intervals() -> None:
    found = marks(lambda image, label: image * (np.arange(24) < 12.0), SCENES, deviations=1.0, gap=0).to_dict(seed=0)
    assert found["pointing"]["value"] == pytest.approx((1 + 1 + 48 / 480) / 3)
    assert found["pointing"]["low"] < found["pointing"]["value"] < found["pointing"]["high"]
    assert found["energy"]["n"] == 3
    assert found["ms"] > 0
