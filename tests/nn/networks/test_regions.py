"""Region descriptors: by hand, and against a loop over the windows of a fully convolutional network."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn

from resight.errors import ShapeError
from resight.nn.networks.fully_convolutional import fully_convolutional
from resight.nn.networks.heads import ProjectionHead
from resight.nn.networks.regions import Regions, places, windows


def test_places_by_hand() -> None:
    """The highest score of any class counts, not their sum."""
    scores = torch.tensor([[[[9.0, 1.0, 0.0], [2.0, 2.0, 2.0]], [[0.0, 8.0, 1.0], [2.0, 2.0, 7.0]]]])
    assert places(scores, 3).tolist() == [[[0, 0], [0, 1], [1, 2]]]
    assert places(scores, 99).shape == (1, 6, 2)


def test_windows_by_hand() -> None:
    maps = torch.arange(12.0).reshape(1, 1, 3, 4)
    found = windows(maps, torch.tensor([[[0, 1], [1, 2]]]), window=(2, 2))
    assert found.tolist() == [[[[[1, 2], [5, 6]]], [[[6, 7], [10, 11]]]]]


@pytest.mark.parametrize("count", [1, 6, 50])
def test_it_is_the_loop(count: int, rng: np.random.Generator) -> None:
    maps = torch.from_numpy(rng.standard_normal((3, 4, 7, 6)))
    scores = torch.from_numpy(rng.standard_normal((3, 5, 5, 3)))
    head = ProjectionHead.drawn(4 * 3 * 4, 8, rng=rng).double()
    found = Regions(head, count=count)(maps, scores).detach().numpy()
    for b in range(3):
        cells = sorted(np.ndindex(5, 3), key=lambda cell: -max(scores[b, k][cell].item() for k in range(5)))[:count]
        total = np.zeros(8)
        for i, j in cells:
            total += head(maps[b : b + 1, :, i : i + 3, j : j + 4])[0].detach().numpy()
        np.testing.assert_allclose(found[b], total / np.sqrt((total**2).sum()), rtol=1e-10)


def test_a_region_is_what_the_classifier_saw(rng: np.random.Generator) -> None:
    """Behind a fully convolutional form, each window has the shape that the classifier was trained on."""
    features = nn.Sequential(nn.Conv2d(3, 4, 3, stride=2), nn.ReLU())
    network = nn.Sequential(features, nn.Flatten(), nn.Linear(4 * 7 * 7, 5)).eval()
    form = fully_convolutional(network, side=16)
    photos = torch.from_numpy(rng.standard_normal((2, 3, 26, 30), dtype=np.float32))
    maps = features(photos)
    module = Regions(ProjectionHead.drawn(4 * 7 * 7, 8, rng=rng))
    found = module(maps, form(photos))
    assert found.shape == (2, 8)
    np.testing.assert_allclose(found.detach().norm(dim=1), 1, rtol=1e-6)


def test_its_head_learns(rng: np.random.Generator) -> None:
    maps, scores = (torch.from_numpy(rng.standard_normal(shape)) for shape in ((2, 3, 4, 4), (2, 5, 3, 3)))
    module = Regions(ProjectionHead.drawn(12, 4, rng=rng).double())
    assert torch.autograd.gradcheck(lambda x: module(x, scores), (maps.requires_grad_(),))


def test_scores_of_other_maps_are_refused() -> None:
    module = Regions(ProjectionHead(torch.zeros(3), torch.zeros(2, 3)))
    with pytest.raises(ShapeError, match="wanted scores of the same photos"):
        module(torch.zeros(1, 3, 4, 4), torch.zeros(1, 5, 5, 4))
    with pytest.raises(ShapeError, match="wanted scores of the same photos"):
        module(torch.zeros(1, 3, 4, 4), torch.zeros(2, 5, 3, 3))
