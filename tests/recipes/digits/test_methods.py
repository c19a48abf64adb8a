"""The methods by name: weights of both signs, and maps that look at no network."""

from __future__ import annotations

import numpy as np
import pytest

from resight.explain.filter_importance import weights
from resight.nn.backbones.lenet import lenet
from resight.recipes.digits.maps import DigitMaps
from resight.recipes.digits.methods import OURS, filter_weights, methods
from resight.types import Array


@pytest.fixture
def shares(rng: np.random.Generator) -> dict[str, Array]:
    return filter_weights(rng.random(11), rng.random((16, 11)), scale="standardised", temperature=1.0)


def test_weights_are_of_all_classes_and_of_each(rng: np.random.Generator) -> None:
    intact, silenced = rng.random(11), rng.random((16, 11))
    found = filter_weights(intact, silenced, scale="raw", temperature=0.5)
    rises = silenced - intact
    np.testing.assert_allclose(found[OURS], weights(rises[:, 0], scale="raw", temperature=0.5))
    np.testing.assert_allclose(found["printed"], weights(-rises[:, 0], scale="raw", temperature=0.5))
    assert found[f"{OURS} by class"].shape == found["printed by class"].shape == (16, 10)
    np.testing.assert_allclose(found["printed by class"][:, 3], weights(-rises[:, 4], scale="raw", temperature=0.5))
    assert found["alike"].tolist() == [1 / 16] * 16


def test_every_method_makes_a_map_of_the_images_size(shares: dict[str, Array], rng: np.random.Generator) -> None:
    image = rng.integers(0, 256, (34, 43), dtype=np.uint8)
    for name, method in methods(DigitMaps(lenet()), shares, rng=rng).items():
        heat = method(image, 2)
        assert heat.shape == (34, 43), name
        assert np.isfinite(heat).all(), name


def test_the_centre_is_the_centre(shares: dict[str, Array], rng: np.random.Generator) -> None:
    heat = methods(DigitMaps(lenet()), shares, rng=rng)["centre"](np.zeros((21, 31), np.uint8), 0)
    assert np.unravel_index(heat.argmax(), heat.shape) == (10, 15)


def test_weights_by_class_are_those_of_the_class(shares: dict[str, Array], rng: np.random.Generator) -> None:
    maps, image = DigitMaps(lenet()), rng.integers(0, 256, (30, 30), dtype=np.uint8)
    found = methods(maps, shares, rng=rng)[f"{OURS} by class"](image, 7)
    np.testing.assert_allclose(found, maps.filter_heat(image, shares[f"{OURS} by class"][:, 7]))


def test_occlusion_is_hot_where_the_score_comes_from(shares: dict[str, Array], rng: np.random.Generator) -> None:
    """A map that scores what is bright at one place, in place of a network."""

    class Spot:
        def class_score(self, image: Array, label: int) -> float:
            return float(image[40:44, 70:74].sum())

        class_heat = grad_cam = filter_heat = None

    image = np.full((84, 112), 60, np.uint8)
    image[40:44, 70:74] = 255
    heat = methods(Spot(), {}, rng=rng)["occlusion"](image, 0)  # type: ignore[arg-type]
    top, left = np.unravel_index(heat.argmax(), heat.shape)
    assert 28 <= top < 56
    assert 56 <= left < 84
    assert heat[:, :35].max() == 0
