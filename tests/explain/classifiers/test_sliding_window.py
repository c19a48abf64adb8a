from __future__ import annotations

from collections import OrderedDict

import numpy as np
import pytest
import torch
from torch import nn

from resight.errors import ModelError, ShapeError
from resight.explain.classifiers.sliding_window import class_map
from resight.nn.backbones.lenet import lenet
from resight.nn.backbones.resnet import resnet


@pytest.fixture
def network() -> nn.Sequential:
    """Trained at 16 pixels, so to speak: class 1 is bright, class 0 is dark."""
    network = nn.Sequential(
        OrderedDict(conv=nn.Conv2d(3, 2, 4, stride=4), pool=nn.AdaptiveAvgPool2d(1), flatten=nn.Flatten())
    )
    with torch.no_grad():
        network.conv.weight.copy_(torch.tensor([-1.0, 1.0])[:, None, None, None].expand(-1, 3, 4, 4) / 48)
        network.conv.bias.zero_()
    return network.eval()


@pytest.mark.parametrize(("top", "left"), [(0, 0), (8, 20), (24, 32)])
def test_the_surest_window_is_where_the_thing_is(network: nn.Sequential, top: int, left: int) -> None:
    photo = -torch.ones(3, 40, 48)
    photo[:, top : top + 16, left : left + 16] = 1
    found = class_map(network, photo, 1, side=16)
    assert found.box == (left, top, 16, 16)
    assert found.probabilities.shape == (7, 9)
    row, column = divmod(int(found.probabilities.argmax()), 9)
    assert (float(found.across[column]), float(found.down[row])) == (left + 7.5, top + 7.5)
    expected = torch.tensor([-1.0, 1.0]).softmax(0)[1]
    assert float(found.probabilities.max()) == pytest.approx(float(expected), abs=1e-6)
    np.testing.assert_allclose(class_map(network, photo, 0, side=16).probabilities, 1 - found.probabilities, atol=1e-6)


def test_a_photo_of_the_trained_size_is_one_window(network: nn.Sequential) -> None:
    found = class_map(network, torch.ones(3, 16, 16), 0, side=16)
    assert (found.box, found.probabilities.shape) == ((0, 0, 16, 16), (1, 1))


def test_a_class_that_does_not_exist_is_told(network: nn.Sequential) -> None:
    with pytest.raises(ModelError, match="class 2 does not exist: the network has 2 classes"):
        class_map(network, torch.ones(3, 20, 20), 2, side=16)


@pytest.mark.parametrize(("height", "width"), [(16, 47), (29, 40), (35, 34)])
def test_each_place_is_what_the_classifier_says_of_its_window(network: nn.Sequential, height: int, width: int) -> None:
    """Also where the photo is no whole number of strides larger than a window."""
    photo = torch.randn(3, height, width, generator=torch.Generator().manual_seed(2))
    found = class_map(network, photo, 1, side=16)
    assert found.probabilities.shape == (1 + (height - 16) // 4, 1 + (width - 16) // 4)
    for (row, column), chance in np.ndenumerate(found.probabilities.numpy()):
        top, left = round(float(found.down[row]) - 7.5), round(float(found.across[column]) - 7.5)
        with torch.no_grad():
            scores = network(photo[None, :, top : top + 16, left : left + 16])[0]
        assert chance == pytest.approx(float(scores.softmax(dim=0)[1]), abs=1e-6)
    left, top, *_ = found.box
    best = np.unravel_index(int(found.probabilities.argmax()), found.probabilities.shape)
    assert (found.down[best[0]] - 7.5, found.across[best[1]] - 7.5) == (top, left)


def test_the_windows_of_a_resnet_are_its_stride_apart() -> None:
    """400 is no multiple of 32 more than 224: the seventh window begins at 192 and reaches beyond the photo."""
    network = resnet(18, classes=5)
    photo = torch.randn(3, 224, 400, generator=torch.Generator().manual_seed(0))
    boxes = set()
    for target in range(5):
        found = class_map(network, photo, target)
        np.testing.assert_array_equal(found.across, 111.5 + 32 * np.arange(7))
        np.testing.assert_array_equal(found.down, [111.5])
        left, *rest = found.box
        assert rest == [0, min(224, 400 - left), 224]
        assert found.probabilities[0, left // 32] == found.probabilities.max()
        boxes.add(found.box)
    assert len(boxes) > 1


def test_a_photo_smaller_than_a_window_is_refused(network: nn.Sequential) -> None:
    with pytest.raises(ShapeError, match=r"the photo has 15 × 30 pixels, .* window 16 × 16; wanted .*: enlarge it"):
        class_map(network, torch.ones(3, 30, 15), 0, side=16)


def test_grey_photos_are_seen_as_well() -> None:
    found = class_map(lenet(), torch.rand(1, 40, 61, generator=torch.Generator().manual_seed(0)), 7, side=28)
    assert found.probabilities.shape == (4, 9)
