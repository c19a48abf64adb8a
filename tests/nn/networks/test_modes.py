from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from resight.explain.classifiers.activation_maximisation import maximised
from resight.explain.classifiers.class_activation import cam, grad_cam
from resight.explain.classifiers.filter_ablation import ablation
from resight.explain.classifiers.sliding_window import class_map
from resight.explain.filter_importance import nll
from resight.nn.augmentation.grey_preprocessing import GreyPreprocessing
from resight.nn.augmentation.preprocessing import predict
from resight.nn.backbones.lenet import lenet
from resight.nn.networks.fully_convolutional import fully_convolutional
from resight.nn.networks.modes import evaluating
from resight.recipes.digits.maps import DigitMaps


def _modes(network: nn.Module) -> list[bool]:
    return [module.training for module in network.modules()]


def _mixed(network: nn.Sequential) -> nn.Sequential:
    """In training, every other layer frozen, so that no mode is that of the outermost."""
    network.train()
    for layer in network[::2]:
        layer.eval()
    return network


def test_each_module_gets_its_own_mode_back() -> None:
    network = _mixed(nn.Sequential(nn.Dropout(), nn.Sequential(nn.Dropout(), nn.BatchNorm2d(2)), nn.Dropout()))
    before = _modes(network)
    assert len(set(before)) == 2
    with evaluating(network):
        assert not any(_modes(network))
    assert _modes(network) == before


def test_an_error_does_not_keep_it_in_evaluation() -> None:
    network = _mixed(nn.Sequential(nn.Dropout(), nn.Dropout()))
    before = _modes(network)
    with pytest.raises(ZeroDivisionError), evaluating(network):
        raise ZeroDivisionError
    assert _modes(network) == before


def _small() -> nn.Sequential:
    """A classifier whose answers differ in training: it has norms and a dropout."""
    layers = (nn.Conv2d(3, 6, 3, padding=1), nn.BatchNorm2d(6), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten())
    network = nn.Sequential(*layers, nn.Linear(6, 4))
    generator = torch.Generator().manual_seed(0)
    with torch.no_grad():
        for leaf in network.parameters():
            leaf.normal_(generator=generator)
    return network


def _digits(network: nn.Sequential) -> Any:
    maps, image = DigitMaps(network), np.random.default_rng(0).integers(0, 256, (30, 40), dtype=np.uint8)
    return [maps.filters(image), maps.class_heat(image, 1), maps.grad_cam(image, 1), maps.class_score(image, 1)]


IMAGES = torch.randn(2, 3, 20, 24, generator=torch.Generator().manual_seed(1))
GREYS = np.random.default_rng(0).integers(0, 256, (3, 28, 28), dtype=np.uint8)
ASKED: dict[str, tuple[Callable[[], nn.Sequential], Callable[[Any], Any]]] = {
    "class map": (_small, lambda network: class_map(network, IMAGES[0], 1, side=16).probabilities),
    "grad-cam": (_small, lambda network: grad_cam(network, IMAGES, 1, layer="2")),
    "cam": (_small, lambda network: cam(network, IMAGES, 1, layer="2")),
    "maximised": (
        _small,
        lambda network: maximised(network, 1, side=8, generator=torch.Generator().manual_seed(0), steps=2),
    ),
    "digit maps": (lenet, _digits),
    "answers": (lenet, lambda network: predict(network, GREYS, GreyPreprocessing())),
    "ablation": (
        lenet,
        lambda network: ablation(network, "pool2", GREYS, np.arange(3), GreyPreprocessing(), error=nll).silenced,
    ),
    "fully convolutional": (_small, lambda network: fully_convolutional(network, side=16) and None),
}


@pytest.mark.parametrize("name", ASKED)
def test_a_map_leaves_every_module_in_the_mode_it_was_found_in(name: str) -> None:
    made, asked = ASKED[name]
    network = _mixed(made())
    before, kept = _modes(network), {key: leaf.clone() for key, leaf in network.state_dict().items()}
    found = asked(network)
    assert _modes(network) == before
    assert all(torch.equal(leaf, kept[key]) for key, leaf in network.state_dict().items()), "a norm has followed"
    for one, other in zip(_parts(found), _parts(asked(made().eval())), strict=True):
        np.testing.assert_array_equal(one, other)  # what was asked was the network in evaluation


def _parts(found: Any) -> list[Any]:
    several = found if isinstance(found, list) else [] if found is None else [found]
    return [each.detach() if torch.is_tensor(each) else each for each in several]
