"""Silenced filters against networks whose filters are really gone, and the sign of Ghosh et al. 2017, equation 1."""

from __future__ import annotations

import copy
import math

import numpy as np
import numpy.typing as npt
import pytest
import torch
from torch import nn

from resight.errors import ModelError
from resight.explain.classifiers.filter_ablation import ablation
from resight.explain.filter_importance import importance, nll, weights, zero_one
from resight.nn.augmentation.grey_preprocessing import GreyPreprocessing
from resight.nn.backbones.lenet import lenet

Array = npt.NDArray[np.float64]


@pytest.fixture
def photos(rng: np.random.Generator) -> npt.NDArray[np.uint8]:
    return rng.integers(0, 256, (7, 28, 28), dtype=np.uint8)


LABELS = np.array([3, 0, 9, 3, 5, 1, 7])


def exclude(network: nn.Sequential, filter: int) -> nn.Sequential:
    """The network with the weights and bias of a filter of its last convolution zero, so that its map is."""
    silent = copy.deepcopy(network)
    with torch.no_grad():
        silent.conv2.weight[filter] = 0
        silent.conv2.bias[filter] = 0
    return silent


def likelihoods(network: nn.Sequential, photos: npt.NDArray[np.uint8]) -> list[float]:
    """Negative log likelihoods in float64, photo by photo."""
    found = []
    for photo, label in zip(photos, LABELS, strict=True):
        image = torch.from_numpy(photo / 255.0)[None, None]
        row = network.double()(image)[0].tolist()
        found.append(math.log(sum(map(math.exp, row))) - row[label])
    return found


def test_errors_are_those_of_networks_without_the_filter(photos: npt.NDArray[np.uint8]) -> None:
    network = lenet(rng=np.random.default_rng(3))
    network.conv2.bias.data.uniform_(-0.1, 0.1)
    found = ablation(network, "pool2", photos, LABELS, GreyPreprocessing(), error=nll)
    assert (found.intact.shape, found.silenced.shape) == ((7,), (16, 7))
    np.testing.assert_allclose(found.intact, likelihoods(copy.deepcopy(network), photos), rtol=1e-4)
    for filter in range(16):
        np.testing.assert_allclose(found.silenced[filter], likelihoods(exclude(network, filter), photos), rtol=1e-4)
    assert np.ptp(found.silenced, axis=0).min() > 1e-3  # the filters are not all alike, or nothing were tested


@pytest.mark.parametrize(("batch", "rows"), [(1, 1), (3, 10), (100, 4096)])
def test_batches_change_nothing(batch: int, rows: int, photos: npt.NDArray[np.uint8]) -> None:
    network = lenet()
    whole = ablation(network, "pool2", photos, LABELS, GreyPreprocessing(), error=nll)
    parts = ablation(network, "pool2", photos, LABELS, GreyPreprocessing(), error=nll, batch=batch, rows=rows)
    np.testing.assert_allclose(parts.intact, whole.intact, rtol=1e-4)
    np.testing.assert_allclose(parts.silenced, whole.silenced, rtol=1e-4)


def test_where_one_filter_alone_matters_it_weighs_most() -> None:
    """A filter that sees brightness decides between two classes, and three others see nothing of use."""
    network = nn.Sequential()
    network.add_module("conv", nn.Conv2d(1, 4, 1))
    network.add_module("flatten", nn.Flatten())
    network.add_module("fc", nn.Linear(4, 2))
    with torch.no_grad():
        network.conv.weight.copy_(torch.tensor([0.0, 1.0, 0.3, 0.0]).reshape(4, 1, 1, 1))
        network.conv.bias.copy_(torch.tensor([0.5, 0.0, 0.0, 0.0]))
        network.fc.weight.copy_(torch.tensor([[0.0, -6.0, 0.0, 0.0], [0.0, 6.0, 0.0, 0.0]]))
        network.fc.bias.copy_(torch.tensor([3.0, -3.0]))
    photos, labels = np.array([0, 255, 10, 250], np.uint8).reshape(4, 1, 1), np.array([0, 1, 0, 1])
    for error in (nll, zero_one):
        found = ablation(network, "conv", photos, labels, GreyPreprocessing(), error=error)
        rises = importance(found.intact.mean(), found.silenced.mean(axis=1))
        assert rises[1] > 0.4
        np.testing.assert_allclose(np.delete(rises, 1), 0, atol=1e-6)
        assert weights(rises).argmax() == 1
        assert weights(importance(found.intact.mean(), found.silenced.mean(axis=1), sign="paper")).argmin() == 1


@pytest.mark.parametrize("training", [True, False])
def test_the_network_keeps_its_mode(training: bool, photos: npt.NDArray[np.uint8]) -> None:
    network = nn.Sequential(*lenet(), nn.Dropout(0.9)).train(training)
    first, second = (ablation(network, "5", photos, LABELS, GreyPreprocessing(), error=nll) for _ in range(2))
    np.testing.assert_array_equal(first.silenced, second.silenced)
    assert network.training is network[-1].training is training


def test_an_unknown_layer_is_refused(photos: npt.NDArray[np.uint8]) -> None:
    with pytest.raises(ModelError, match="no layer is called 'pool3'; did you mean 'pool2'"):
        ablation(lenet(), "pool3", photos, LABELS, GreyPreprocessing(), error=nll)
