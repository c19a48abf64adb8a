"""Feature maps of images of any size."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from resight.nn.export import cut
from resight.nn.feature_map import feature_map
from resight.nn.lenet import lenet


@pytest.mark.parametrize(
    ("shape", "cells"), [((1, 1), (1, 1)), ((2, 3), (1, 2)), ((28, 28), (14, 14)), ((5, 64), (3, 32))]
)
def test_every_pixel_has_a_cell(shape: tuple[int, int], cells: tuple[int, int]) -> None:
    found = feature_map(cut(lenet(), "relu2"), torch.ones((1, 1, *shape)), stride=2)
    assert found.shape == (16, *cells)
    assert np.isfinite(found).all()


def test_black_around_an_image_is_no_edge() -> None:
    """What is padded is what black is, so an image within a black frame has the same map."""
    network, image = cut(lenet(), "relu2"), torch.rand((1, 1, 20, 30), generator=torch.Generator().manual_seed(0))
    framed = torch.zeros((1, 1, 36, 46))
    framed[:, :, 8:28, 8:38] = image
    alone, within = (feature_map(network, each, stride=2) for each in (image, framed))
    np.testing.assert_allclose(within[:, 4:14, 4:19][:, 2:-2, 2:-2], alone[:, 2:-2, 2:-2], atol=1e-5)
