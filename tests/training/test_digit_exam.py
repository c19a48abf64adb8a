"""The whole exam on a few scenes, with weights that are known to be right or wrong."""

from __future__ import annotations

import numpy as np
import pytest

from resight.io.mnist import Digits
from resight.nn.digit_maps import DigitMaps
from resight.nn.lenet import lenet
from resight.progress import Progress
from resight.training.digit_exam import COMPARED, DIFFICULTIES, Exam, examined, signs
from resight.training.digit_methods import filter_weights
from resight.types import Array


@pytest.fixture
def exam(rng: np.random.Generator) -> Exam:
    images = np.zeros((3, 28, 28), np.uint8)
    for digit in range(3):
        images[digit, 6:22, 8 : 10 + 4 * digit] = 255
    backdrops = [np.full((140, 150), 30, np.uint8), rng.integers(0, 60, (120, 130), dtype=np.uint8)]
    return Exam(backdrops, Digits(images, np.array([1, 2, 3])), count=3, deviations=2.0, gap=4, seed=0)


@pytest.fixture
def shares(rng: np.random.Generator) -> dict[str, Array]:
    return filter_weights(rng.random(11), rng.random((16, 11)), scale="standardised", temperature=1.0)


def _done(steps: object) -> tuple[list[Progress], object]:
    told = []
    while True:
        try:
            told.append(next(steps))  # type: ignore[call-overload]
        except StopIteration as end:
            return told, end.value


def test_every_method_is_asked_at_every_difficulty(exam: Exam, shares: dict[str, Array]) -> None:
    told, found = _done(examined(exam, DigitMaps(lenet()), shares))
    assert isinstance(found, dict)
    assert list(found) == list(DIFFICULTIES)
    assert (told[-1].done, told[-1].total) == (len(told), len(told))
    for each in found.values():
        assert len(each["methods"]) == 11
        assert each["methods"]["brightness"]["energy"]["n"] == 3
        assert each["hotspots"]["located_and_right"]["value"] <= each["hotspots"]["located"]["value"]
    alone = found["photos dimmed to a half"]["methods"]
    assert alone["brightness"]["pointing"]["value"] == 1.0
    assert alone["random"]["pointing"]["value"] < 1.0


def test_scenes_are_the_same_at_every_call(exam: Exam) -> None:
    first, second = (exam.scenes("photos as they are") for _ in range(2))
    assert len(first) == 3
    for one, other in zip(first, second, strict=True):
        np.testing.assert_array_equal(one.image, other.image)
    np.testing.assert_array_equal(exam.scenes("photos as they are", 1)[0].image, first[0].image)


def test_signs_are_compared_on_every_network(exam: Exam, shares: dict[str, Array]) -> None:
    swapped = shares | {"filters": shares["printed"], "printed": shares["filters"]}
    maps = DigitMaps(lenet())
    _, rows = _done(signs(exam, [(maps, shares), (maps, swapped)]))
    assert isinstance(rows, list)
    assert [row["network"] for row in rows] == [0, 0, 1, 1]
    for row, other in zip(rows[:2], rows[2:], strict=True):
        assert row["scenes"] == other["scenes"]
        for measure in ("pointing", "energy", "iou"):
            assert set(row[measure]) == {*COMPARED, "gain"}
            gain = row[measure]["filters"] - row[measure]["printed"]
            assert row[measure]["gain"]["value"] == pytest.approx(gain)
            assert other[measure]["gain"]["value"] == pytest.approx(-gain)
