"""LeNet on photos: each map against what it says it is, on images of any size."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest
import torch

from resight.io.greys import framed
from resight.nn.digit_maps import DigitMaps
from resight.nn.export import cut
from resight.nn.lenet import lenet

Grey = npt.NDArray[np.uint8]


@pytest.fixture(scope="module")
def maps() -> DigitMaps:
    return DigitMaps(lenet(rng=np.random.default_rng(1)))


def _grey(*shape: int) -> Grey:
    return np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8)


def _scores(maps: DigitMaps, window: Grey) -> npt.NDArray[np.float32]:
    with torch.no_grad():
        return maps.network(torch.from_numpy(window / np.float32(255))[None, None])[0].numpy()


def test_filter_heat_is_the_weighted_map_on_its_pixels(maps: DigitMaps, rng: np.random.Generator) -> None:
    image, weights = _grey(31, 44), rng.random(16)
    found = maps.filter_heat(image, weights)
    padded = np.zeros((32, 44), np.float32)
    padded[:31] = image / np.float32(255)
    with torch.no_grad():
        cells = cut(maps.network, "relu2")(torch.from_numpy(padded)[None, None])[0].numpy()
    assert found.shape == (31, 44)
    for y, x in ((0, 0), (17, 30), (30, 43)):
        wanted = sum(weights[i] * cells[i, y // 2, x // 2] for i in range(16))
        assert found[y, x] == pytest.approx(wanted, rel=1e-4)


@pytest.mark.parametrize("shape", [(1, 1), (1, 40), (3, 2)])
def test_a_tiny_image_has_heat_of_filters_and_none_of_a_class(maps: DigitMaps, shape: tuple[int, int]) -> None:
    image = np.full(shape, 255, np.uint8)
    assert maps.filter_heat(image, np.ones(16)).shape == shape
    assert not maps.class_heat(image, 3).any()
    assert not maps.grad_cam(image, 3).any()
    assert maps.class_score(image, 3) == -np.inf


def test_class_heat_is_the_score_of_the_window_around(maps: DigitMaps) -> None:
    """Of windows with a black rim, which is what the classifier alone is padded with."""
    image = np.zeros((90, 100), np.uint8)
    image[20:40, 24:44] = _grey(20, 20)
    found = maps.class_heat(image, 5)
    assert found.shape == (90, 100)
    assert found.min() == 0
    alone = _scores(maps, image[16:44, 20:48])[5]  # black all around, as what is padded
    elsewhere = _scores(maps, np.zeros((28, 28), np.uint8))[5]
    assert found[30, 34] - found[70, 80] == pytest.approx(float(alone - elsewhere), rel=1e-3)
    assert maps.class_score(image, 5) >= alone - 1e-4


def test_at_a_digits_size_the_score_is_the_classifiers(maps: DigitMaps) -> None:
    image = _grey(28, 28)
    for label in range(10):
        assert maps.class_score(image, label) == pytest.approx(float(_scores(maps, image)[label]), abs=1e-4)


def test_grad_cam_is_equations_one_and_two(maps: DigitMaps) -> None:
    """On one window, by finite differences of the score in a channel's level."""
    image, network = _grey(28, 28), lenet(rng=np.random.default_rng(1)).double()
    behind = torch.nn.Sequential(*list(network)[5:])
    with torch.no_grad():
        values = cut(network, "relu2")(torch.from_numpy(image / 255.0)[None, None])
        mean_slopes = []
        for channel in range(16):
            raised = values.clone()
            raised[:, channel] += 1e-6
            mean_slopes.append(float(behind(raised)[0, 4] - behind(values)[0, 4]) / 1e-6 / 14**2)
    wanted = np.maximum(sum(slope * each for slope, each in zip(mean_slopes, values[0].numpy(), strict=True)), 0)
    found = maps.grad_cam(image, 4)
    np.testing.assert_allclose(found[::2, ::2], wanted, atol=1e-2 * wanted.max())
    assert maps.grad_cam(_grey(33, 50), 4).shape == (33, 50)


def test_boxes_are_read_as_they_are_framed(maps: DigitMaps) -> None:
    image = _grey(50, 70)
    boxes = np.array([[0, 0, 30, 20], [12, 5, 20, 50]])
    classes, sure = maps.read(image, boxes)
    for box, found, share in zip(boxes, classes, sure, strict=True):
        left, top, right, bottom = box
        row = _scores(maps, framed(image[top:bottom, left:right])).astype(float)
        assert found == row.argmax()
        assert share == pytest.approx(1 / np.exp(row - row.max()).sum(), rel=1e-3)
    assert [len(each) for each in maps.read(image, np.zeros((0, 4), int))] == [0, 0]


def test_images_are_left_as_they_were(maps: DigitMaps) -> None:
    image = _grey(40, 40)
    image.setflags(write=False)
    before = image.copy()
    maps.filter_heat(image, np.ones(16))
    maps.class_heat(image, 1)
    maps.grad_cam(image, 1)
    np.testing.assert_array_equal(image, before)
