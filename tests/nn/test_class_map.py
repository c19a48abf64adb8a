from __future__ import annotations

from collections import OrderedDict

import numpy as np
import pytest
import torch
from torch import nn

from resight.errors import ModelError
from resight.nn.class_map import class_map


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
