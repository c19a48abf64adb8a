"""The whole benchmark on a few scenes, with weights that are known to be right or wrong."""

from __future__ import annotations

import numpy as np
import pytest

from resight.nn.backbones.lenet import lenet
from resight.recipes.digits.benchmark import (
    COMPARED,
    CONDITIONS,
    DigitBenchmark,
    compare_signs,
    run_benchmark,
    true_boxes,
)
from resight.recipes.digits.maps import DigitMaps
from resight.recipes.digits.methods import filter_weights
from resight.recipes.digits.mnist import Digits
from resight.recipes.digits.pointing import Rules
from resight.types import Array
from tests.jobs import told

pytestmark = pytest.mark.usefixtures("few_rounds")


@pytest.fixture
def benchmark(rng: np.random.Generator) -> DigitBenchmark:
    images = np.zeros((3, 28, 28), np.uint8)
    for digit in range(3):
        images[digit, 6:22, 8 : 10 + 4 * digit] = 255
    backdrops = [np.full((140, 150), 30, np.uint8), rng.integers(0, 60, (120, 130), dtype=np.uint8)]
    return DigitBenchmark(backdrops, Digits(images, np.array([1, 2, 3])), 3, Rules(strokes=15), 0)


@pytest.fixture
def shares(rng: np.random.Generator) -> dict[str, Array]:
    return filter_weights(rng.random(11), rng.random((16, 11)), scale="standardised", temperature=1.0)


def test_every_method_is_asked_under_every_condition(benchmark: DigitBenchmark, shares: dict[str, Array]) -> None:
    steps, found = told(run_benchmark(benchmark, DigitMaps(lenet()), shares))
    assert isinstance(found, dict)
    assert list(found) == list(CONDITIONS)
    assert (steps[-1].done, steps[-1].total) == (len(steps), len(steps))
    for each in found.values():
        assert len(each) == 11
        assert each["brightness"]["energy"]["n"] == 3
        assert all(method["right"]["value"] <= method["located"]["value"] for method in each.values())
    alone = found["photos dimmed to a half"]
    assert alone["brightness"]["pointing"]["value"] == 1.0
    assert alone["random"]["pointing"]["value"] < 1.0


def test_thin_strokes_are_looked_at_only_where_that_is_the_condition(benchmark: DigitBenchmark) -> None:
    seen = {}

    def method(image: Array, label: int) -> Array:
        return seen.setdefault(condition, image).astype(float)

    for condition in CONDITIONS:
        benchmark.score(method, condition, DigitMaps(lenet()))
    plain, thin = seen["photos as they are"], seen["photos as they are, thin strokes only"]
    np.testing.assert_array_equal(thin, Rules(strokes=15).prepared(benchmark.scenes("photos as they are", 1)[0].image))
    np.testing.assert_array_equal(plain, Rules().prepared(benchmark.scenes("photos as they are", 1)[0].image))
    assert thin.mean() < plain.mean()


def test_digits_are_read_in_their_own_boxes(benchmark: DigitBenchmark) -> None:
    class Knows:
        def read(self, image: Array, boxes: Array) -> tuple[Array, Array]:
            left, top, right, bottom = boxes[0]
            return np.array([1 if right - left < bottom - top else 9]), np.ones(1)

    found = true_boxes(benchmark, Knows())  # type: ignore[arg-type]
    assert list(found) == list(CONDITIONS)
    labels = [scene.label for scene in benchmark.scenes("photos as they are")]
    assert found["photos as they are"]["value"] == pytest.approx(np.mean([label == 1 for label in labels]))


def test_scenes_are_the_same_at_every_call(benchmark: DigitBenchmark) -> None:
    first, second = (benchmark.scenes("photos as they are") for _ in range(2))
    assert len(first) == 3
    for one, other in zip(first, second, strict=True):
        np.testing.assert_array_equal(one.image, other.image)
    np.testing.assert_array_equal(benchmark.scenes("photos as they are", 1)[0].image, first[0].image)


def test_signs_are_compared_on_every_network(benchmark: DigitBenchmark, shares: dict[str, Array]) -> None:
    swapped = shares | {"filters": shares["printed"], "printed": shares["filters"]}
    maps = DigitMaps(lenet())
    _, rows = told(compare_signs(benchmark, [(maps, shares), (maps, swapped)]))
    assert isinstance(rows, list)
    assert [row["network"] for row in rows] == [0, 0, 0, 1, 1, 1]
    for row, other in zip(rows[:3], rows[3:], strict=True):
        assert row["scenes"] == other["scenes"]
        for measure in ("pointing", "energy", "iou"):
            assert set(row[measure]) == {*COMPARED, "gain"}
            gain = row[measure]["filters"] - row[measure]["printed"]
            assert row[measure]["gain"]["value"] == pytest.approx(gain)
            assert other[measure]["gain"]["value"] == pytest.approx(-gain)
