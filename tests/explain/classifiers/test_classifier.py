"""Every method on a classifier that can be seen through, and its numbers where they lie on the photo."""

from __future__ import annotations

import importlib.util
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
import torch
from torch import nn

from resight.errors import ModelError
from resight.explain.classifiers.classifier import COARSE, METHODS, Classifier, averaged, seen
from resight.explain.classifiers.sliding_window import class_map
from resight.explain.rank_correlation import rank_correlation
from resight.nn.backbones.mobilenet_v2 import mobilenet_v2
from resight.nn.backbones.resnet import resnet
from resight.nn.backbones.squeezenet import squeezenet
from tests.nn.brightness import PLAN, SIDE, brightness

Photo = npt.NDArray[np.uint8]
NEEDS_CAPTUM = ("saliency", "guided-backpropagation", "deconvnet", "occlusion")


@pytest.fixture
def asked() -> Classifier:
    return Classifier(brightness(), PLAN, side=SIDE)


@pytest.fixture
def photo() -> Photo:
    """Dark, with a bright square in the upper right."""
    photo = np.full((64, 96, 3), 90, np.uint8)
    photo[8:40, 60:92] = 240
    return photo


def _skip_without_captum(method: str) -> None:
    if method in NEEDS_CAPTUM and importlib.util.find_spec("captum") is None:
        pytest.skip('needs captum: pip install "resight[explain]"')


@pytest.mark.parametrize("method", METHODS)
def test_every_method_covers_the_photo(asked: Classifier, photo: Photo, method: str) -> None:
    _skip_without_captum(method)
    found = asked.locate(method, photo, 1)
    assert found.weights.shape == (SIDE // COARSE, 3 * SIDE // 2 // COARSE)
    assert np.isfinite(found.weights).all()
    assert (found.box is None) == (method != "class-map")


@pytest.mark.parametrize("method", [each for each in METHODS if each not in ("saliency", "deconvnet")])
def test_a_map_is_bright_where_the_class_is(asked: Classifier, photo: Photo, method: str) -> None:
    """Saliency is as large wherever a filter is active, also for what speaks against the class.

    The deconvnet of a network without pooling knows the class alone, and nothing of the photo.
    """
    _skip_without_captum(method)
    weights = asked.locate(method, photo, 1).weights
    inside = weights[1:5, 8:11]
    assert inside.mean() > weights[:, :6].mean() + 0.2 * np.ptp(weights)


def test_the_surest_window_lies_on_the_square(asked: Classifier, photo: Photo) -> None:
    """The photo is seen at twice the window's height: there the square is as large as the window."""
    found = asked.locate("class-map", photo, 1)
    assert found.box is not None
    left, top, width, height = found.box
    np.testing.assert_allclose((96 * left, 64 * top, 96 * width, 64 * height), (60, 8, 32, 32))
    level = 240 / 255 - 0.5  # of the bright filter in that window; the dark one is off
    assert found.peak == pytest.approx(1 / (1 + np.exp(-24 * level)), rel=1e-4)


def test_the_map_of_a_layer_lies_on_its_pixels(asked: Classifier) -> None:
    """A cell's centre is that of the four pixels that it sees."""
    photo = np.full((32, 32, 3), 90, np.uint8)
    photo[12:16, 20:24] = 255
    weights = asked.locate("grad-cam", photo, 1).weights
    assert np.unravel_index(weights.argmax(), weights.shape) == (3, 5)
    assert (np.delete(weights[3], 5) < weights[3, 5] / 2).all()


def test_probabilities_are_the_networks(asked: Classifier, photo: Photo) -> None:
    pixels = torch.from_numpy(seen(photo, SIDE) / np.float32(255)).permute(2, 0, 1)[None]
    with torch.no_grad():
        expected = brightness()(pixels).softmax(dim=1)[0]
    found = asked.probabilities(photo)
    np.testing.assert_allclose(found, expected, rtol=1e-5)
    assert found.sum() == pytest.approx(1)


@pytest.mark.parametrize(
    ("shape", "expected"),
    [((1, 1), (32, 32)), ((64, 96), (32, 48)), ((10, 5), (64, 32)), ((2, 900), (32, 128)), ((4000, 5000), (32, 40))],
)
def test_a_photo_of_any_shape_is_seen(asked: Classifier, shape: tuple[int, int], expected: tuple[int, int]) -> None:
    photo = np.full((*shape, 3), 128, np.uint8)
    assert seen(photo, 32).shape[:2] == expected
    if shape != (4000, 5000):
        assert np.isfinite(asked.locate("class-map", photo, 0).weights).all()


def test_the_map_minds_the_network(photo: Photo) -> None:
    """Against the correlations one by one."""
    asked, rng = Classifier(squeezenet(classes=3), PLAN, side=SIDE), np.random.default_rng(0)
    shown: list[Any] = []
    cells = asked._cells

    def spy(network: nn.Sequential, *rest: Any) -> Any:
        shown.append(cells(network, *rest))
        return shown[-1]

    asked._cells = spy  # type: ignore[method-assign]
    found = asked.persistence("grad-cam", photo, 1, rng=rng)
    own, *others = (each.values for each in shown)
    np.testing.assert_array_equal(own, cells(asked.network, "grad-cam", seen(photo, SIDE), 1).values)
    assert found == pytest.approx(np.mean([rank_correlation(own, other) for other in others]))
    assert len(others) == 3
    assert not np.array_equal(others[0], others[1])


@pytest.mark.parametrize(
    ("made", "layer"), [(resnet, "layer4"), (squeezenet, "classifier.2"), (mobilenet_v2, "features")]
)
def test_the_layer_that_is_averaged(made: Any, layer: str) -> None:
    network = made(18, classes=3, device="meta") if made is resnet else made(classes=3, device="meta")
    assert averaged(network) == layer


def test_a_network_without_a_mean_has_no_cam() -> None:
    with pytest.raises(ModelError, match="takes the mean of a map; found none in this one: use Grad-CAM"):
        averaged(nn.Sequential(nn.Conv2d(3, 2, 3), nn.Flatten()))


def test_cam_of_a_mobilenet_is_at_its_layers_cells(photo: Photo, rng: np.random.Generator) -> None:
    """Its map's mean and the bias are the score, of a photo of 96 × 144 pixels with 3 × 5 cells."""
    network = mobilenet_v2(classes=3, rng=rng)
    asked = Classifier(network, PLAN, side=96)
    cells = asked._cells(network, "cam", seen(photo, 96), 2)
    assert (cells.values.shape, cells.across.tolist()) == ((3, 5), [0, 32, 64, 96, 128])
    with torch.no_grad():
        pixels = torch.from_numpy(seen(photo, 96) / np.float32(255)).permute(2, 0, 1)[None]
        assert cells.values.mean() == pytest.approx(float(network(pixels)[0, 2]), rel=1e-4)


def test_a_class_map_is_that_of_its_window(asked: Classifier, photo: Photo) -> None:
    cells = asked._cells(asked.network, "class-map", photo, 1)
    pixels = torch.from_numpy(photo / np.float32(255)).permute(2, 0, 1)
    np.testing.assert_allclose(cells.values, class_map(brightness(), pixels, 1, side=SIDE).probabilities, rtol=1e-5)
