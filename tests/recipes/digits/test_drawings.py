"""Pictures of heat: sizes, colours, and what is told of a photo where nothing is hot."""

from __future__ import annotations

import numpy as np
import pytest

from resight.drawing.colour_map import viridis
from resight.nn.backbones.lenet import lenet
from resight.recipes.digits import drawings as digit_drawings
from resight.recipes.digits.benchmark import CONDITIONS, DigitBenchmark
from resight.recipes.digits.drawings import PAPER, SHOWN_METHODS, coloured_heat, drawings
from resight.recipes.digits.maps import DigitMaps
from resight.recipes.digits.methods import filter_weights
from resight.recipes.digits.mnist import Digits
from resight.recipes.digits.pointing import Rules
from resight.types import Array


@pytest.fixture
def benchmark() -> DigitBenchmark:
    images = np.zeros((2, 28, 28), np.uint8)
    images[:, 5:23, 10:16] = 255
    return DigitBenchmark(
        [np.full((130, 120), 40, np.uint8)], Digits(images, np.array([1, 7])), 4, Rules(strokes=15), 0
    )


@pytest.fixture
def shares(rng: np.random.Generator) -> dict[str, Array]:
    return filter_weights(rng.random(11), rng.random((16, 11)), scale="standardised", temperature=1.0)


def test_heat_is_drawn_from_least_to_most() -> None:
    heat = np.array([[-3.0, 1.0], [-1.0, 5.0]])
    found = coloured_heat(heat)
    assert found.dtype == np.uint8
    np.testing.assert_allclose(found, viridis(np.array([[0, 0.5], [0.25, 1]])), atol=0.51)
    assert (coloured_heat(np.full((2, 2), 9.0)) == coloured_heat(np.zeros((2, 2)))).all()


@pytest.fixture
def no_scenes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(digit_drawings, "CONDITIONS", {})


@pytest.mark.usefixtures("no_scenes")
def test_photos_of_any_size_are_drawn_at_theirs(benchmark: DigitBenchmark, shares: dict[str, Array]) -> None:
    photo = np.full((70, 91, 3), 20, np.uint8)
    photo[30:50, 40:46] = 250
    blank = np.zeros((1, 1, 3), np.uint8)
    found = drawings(benchmark, DigitMaps(lenet()), shares, [("bar", photo), ("dot", blank)], invert=True)
    bar, dot = found.photos
    for look in (bar.weighed, bar.alike):
        for image in (bar.photo, look.heat, look.text, look.boxes):
            assert image.shape == (70, 91, 3)
        assert look.regions >= 1
        kept = (look.text != PAPER).any(axis=2)
        assert 0 < kept.mean() < 0.2
        np.testing.assert_array_equal(look.text[kept], photo[kept])
        assert kept[22:58, 32:54].sum() == kept.sum()  # a filter sees seven pixels around
    for look in (dot.weighed, dot.alike):
        assert (look.regions, look.read) == (0, ())
        assert (look.text == PAPER).all()


@pytest.mark.usefixtures("no_scenes")
def test_dark_on_light_is_drawn_as_its_negative(benchmark: DigitBenchmark, shares: dict[str, Array]) -> None:
    photo = np.full((40, 40, 3), 230, np.uint8)
    photo[10:30, 18:22] = 10
    maps = DigitMaps(lenet())
    inverted, plain = (
        drawings(benchmark, maps, shares, [("bar", photo)], invert=invert).photos[0].weighed.heat
        for invert in (True, False)
    )
    negative = drawings(benchmark, maps, shares, [("bar", 255 - photo)], invert=False).photos[0].weighed.heat
    np.testing.assert_array_equal(inverted, negative)
    assert not np.array_equal(inverted, plain)


def test_scenes_of_each_condition_show_each_way(benchmark: DigitBenchmark, shares: dict[str, Array]) -> None:
    found = drawings(benchmark, DigitMaps(lenet()), shares, [], invert=True).scenes
    assert [scene.condition for scene in found] == [name for name in CONDITIONS for _ in range(2)]
    for scene in found:
        assert tuple(scene.heats) == SHOWN_METHODS
        assert {heat.shape for heat in scene.heats.values()} == {(112, 112, 3)}
