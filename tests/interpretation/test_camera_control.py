"""Controls: crops lie in what they are of, and a camera's colours are found out."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from resight.interpretation.ade20k import number_of
from resight.interpretation.camera_control import (
    BLURRED,
    STATISTICS,
    ControlResult,
    blurred,
    camera_statistics,
    control_count,
    controls,
    crops,
    in_words,
    largest_square,
    patches,
    statistics_control,
)

pytestmark = pytest.mark.usefixtures("few_rounds")


@pytest.mark.parametrize("seed", range(5))
def test_the_largest_square_is_that_of_a_search(seed: int) -> None:
    mask = np.random.default_rng(seed).random((9, 12)) < 0.8
    top, left, side = largest_square(mask)
    assert mask[top : top + side, left : left + side].all()
    larger = side + 1
    assert not any(mask[i : i + larger, j : j + larger].all() for i in range(10 - larger) for j in range(13 - larger))
    assert largest_square(np.zeros((3, 3), bool)) == (0, 0, 0)


def test_parts_show_what_they_are_of(rng: np.random.Generator) -> None:
    photos = rng.integers(0, 256, (3, 80, 96, 3), dtype=np.uint8)
    photos[1, 10:60, 20:80] = (1, 2, 3)
    masks = np.zeros((3, 80, 96), bool)
    masks[1, 10:60, 20:80] = masks[2, :20, :20] = True
    rows, found = crops(photos, masks)
    assert rows.tolist() == [1]
    assert (found[0] == (1, 2, 3)).all()
    assert patches(photos, rng=rng).shape == blurred(photos).shape == photos.shape
    assert blurred(photos)[0].std() < photos[0].std() / 1.5
    flat = np.full((1, 80, 96, 3), 77, np.uint8)
    assert (blurred(flat) == 77).all()


def test_a_camera_is_found_out_by_its_colours(rng: np.random.Generator) -> None:
    labels = np.arange(60) % 2
    photos = rng.integers(60, 190, (60, 40, 40, 3), dtype=np.uint8)
    alike = statistics_control(photos, labels, np.arange(60), np.arange(40), np.arange(40, 60), seed=0)
    assert not alike.is_above_chance
    photos[labels == 1, ..., 2] += 20  # a bluer camera
    bluer = statistics_control(photos, labels, np.arange(60), np.arange(40), np.arange(40, 60), seed=0)
    assert bluer.is_above_chance
    assert bluer.chance == 0.5
    assert camera_statistics(photos).shape == (60, 9)


def test_each_model_is_asked_about_each_part_and_too_few_crops_are_said(rng: np.random.Generator) -> None:
    photos = rng.integers(0, 256, (12, 64, 64, 3), dtype=np.uint8)
    labels, objects = np.arange(12) % 2, np.zeros((12, 64, 64), np.uint8)
    objects[:11] = number_of("sky", "annotations")
    objects[11] = number_of("road", "annotations")

    def always(some: Any) -> Any:
        return np.zeros(len(some), int)

    found = [*controls({"net": always}, photos, labels, np.arange(12), objects, seed=0)]
    assert len(found) == control_count(True)
    by_part = {one.shown: one for one in found}
    assert by_part["whole photos"].accuracy is not None
    assert by_part["whole photos"].accuracy.value == by_part["whole photos"].chance == 0.5
    assert by_part["sky alone"].photos == 11
    assert (by_part["road alone"].photos, by_part["road alone"].accuracy) == (1, None)
    assert f"photos of {BLURRED} pixels, enlarged" in by_part
    assert "better than chance" in in_words(found)


def test_a_sentence_says_what_was_found() -> None:
    class _Sure:
        value, low, high, n = 0.9, 0.8, 1.0, 50

    whole = ControlResult("net", "whole photos", _Sure(), 50, 0.5)  # type: ignore[arg-type]
    assert "no sign" in in_words([whole])
    told = in_words([whole, replace(whole, model=STATISTICS, shown="nine numbers of a photo")])
    assert "by what shows hardly anything" in told
    assert "90 %" in told
