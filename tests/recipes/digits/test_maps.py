"""LeNet on photos: each map against what it says it is, on images of any size."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest
import torch

from resight.errors import ModelError
from resight.nn.backbones.lenet import lenet
from resight.nn.networks.architectures import behind, cut
from resight.nn.networks.fully_convolutional import fully_convolutional
from resight.recipes.digits.greys import framed
from resight.recipes.digits.maps import DigitMaps

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
    bordered = np.pad(image, ((20, 21), (20, 20)), mode="edge") / np.float32(255)
    with torch.no_grad():
        cells = cut(maps.network, "relu2")(torch.from_numpy(bordered)[None, None])[0].numpy()[:, 10:]
    assert found.shape == (31, 44)
    for y, x in ((0, 0), (17, 30), (30, 43)):
        wanted = sum(weights[i] * cells[i, y // 2, 10 + x // 2] for i in range(16))
        assert found[y, x] == pytest.approx(wanted, rel=1e-4)


def test_a_border_is_no_edge(maps: DigitMaps) -> None:
    """Of a grey of one level every place is alike, at the border as elsewhere."""
    image = np.full((37, 52), 180, np.uint8)
    for heat in (maps.filter_heat(image, np.ones(16)), maps.class_heat(image, 3)[8:-8, 8:-8]):
        np.testing.assert_allclose(heat, heat[0, 0], rtol=1e-4, atol=1e-5)
    assert maps.filter_heat(image, np.ones(16)).max() > 0.01


@pytest.mark.parametrize("shape", [(1, 1), (1, 40), (3, 2), (29, 30)])
def test_an_image_of_any_size_has_maps_of_its_size(maps: DigitMaps, shape: tuple[int, int]) -> None:
    image = _grey(*shape)
    for heat in (maps.filter_heat(image, np.ones(16)), maps.class_heat(image, 3), maps.grad_cam(image, 3)):
        assert heat.shape == shape
        assert np.isfinite(heat).all()
    assert maps.filters(image).shape == (16, -(-shape[0] // 2), -(-shape[1] // 2))


def test_class_heat_is_the_score_of_the_window_around(maps: DigitMaps) -> None:
    """Of windows with a black rim, which is what the classifier alone is padded with."""
    image = np.zeros((90, 100), np.uint8)
    image[20:40, 24:44] = _grey(20, 20)
    found = maps.class_heat(image, 5)
    alone, elsewhere = (float(_scores(maps, window)[5]) for window in (image[16:44, 20:48], image[60:88, 60:88]))
    assert found[28:32, 32:36] == pytest.approx(found[70, 80] + alone - elsewhere, rel=1e-3)
    assert found[27, 34] != found[28, 34]
    assert maps.class_score(image, 5) >= alone - 1e-4


def test_the_score_is_that_of_the_surest_window(maps: DigitMaps) -> None:
    image = np.zeros((60, 60), np.uint8)
    image[20:40, 24:44] = _grey(20, 20)
    for label in range(10):
        heat = maps.class_heat(image, label)
        background = float(_scores(maps, np.zeros((28, 28), np.uint8))[label])
        assert maps.class_score(image, label) == pytest.approx(heat.max() - heat[0, 0] + background, abs=1e-3)


def test_grad_cam_is_equations_one_and_two(maps: DigitMaps) -> None:
    """By finite differences of the score in a channel's level, in float64."""
    image, network = (
        np.zeros((41, 53), np.uint8),
        fully_convolutional(lenet(rng=np.random.default_rng(1)), side=28, channels=1),
    )
    image[10:30, 20:40] = _grey(20, 20)
    bordered = np.pad(image, ((16, 19), (16, 19)), mode="edge") / 255.0
    front, rest = cut(network.double(), "relu2"), behind(network, "relu2")
    with torch.no_grad():
        values = front(torch.from_numpy(bordered)[None, None])
        slopes = []
        for channel in range(16):
            raised = values.clone()
            raised[:, channel] += 1e-6
            slopes.append(float(rest(raised)[0, 4].max() - rest(values)[0, 4].max()) / 1e-6)
    count = values.shape[2] * values.shape[3]
    weighted = sum(slope / count * each for slope, each in zip(slopes, values[0].numpy(), strict=True))
    wanted = np.maximum(weighted, 0)[8:29, 8:35]
    found = maps.grad_cam(image, 4)
    assert wanted.max() > 0
    assert found.shape == (41, 53)
    np.testing.assert_allclose(found[::2, ::2], wanted, atol=1e-2 * wanted.max())


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


@pytest.mark.parametrize("label", [10, -1])
def test_a_class_that_does_not_exist_is_refused(maps: DigitMaps, label: int) -> None:
    for asked in (maps.class_heat, maps.grad_cam, maps.class_score):
        with pytest.raises(ModelError, match=f"class {label} does not exist; wanted one from 0 to 9"):
            asked(_grey(30, 30), label)
