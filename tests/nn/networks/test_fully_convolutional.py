"""The fully convolutional form: one cell at the training size, and what sliding the classifier gives at others."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable

import numpy as np
import pytest
import torch
from torch import nn

from resight.errors import ModelError
from resight.nn.backbones.initialisation import initialised
from resight.nn.backbones.lenet import lenet
from resight.nn.backbones.mobilenet_v2 import mobilenet_v2
from resight.nn.backbones.resnet import resnet
from resight.nn.backbones.squeezenet import squeezenet
from resight.nn.networks.architectures import ARCHITECTURES, layers
from resight.nn.networks.fully_convolutional import fully_convolutional


def _dense() -> nn.Sequential:
    """As AlexNet and VGG are, small and unpadded: stride 4, trained at 31 pixels, where 3 × 3 cells are flattened."""
    features = nn.Sequential(nn.Conv2d(3, 6, 5, stride=2), nn.ReLU(), nn.MaxPool2d(3, stride=2), nn.Conv2d(6, 8, 4))
    head = nn.Sequential(nn.Dropout(), nn.Linear(72, 10), nn.ReLU(), nn.Linear(10, 4, bias=False))
    pool = nn.AdaptiveAvgPool2d(3)
    return nn.Sequential(OrderedDict(features=features, avgpool=pool, flatten=nn.Flatten(), classifier=head))


def _global() -> nn.Sequential:
    """As residual networks are: a mean of all cells, 14 × 14 at 31 pixels."""
    conv, fc = nn.Conv2d(3, 6, 5, stride=2), nn.Linear(6, 4)
    return nn.Sequential(OrderedDict(conv=conv, avgpool=nn.AdaptiveAvgPool2d(1), flatten=nn.Flatten(), fc=fc))


SMALL = [(_dense, 4), (_global, 2)]


@pytest.mark.parametrize(("lay_out", "stride"), SMALL)
def test_it_slides_the_classifier(lay_out: Callable[[], nn.Sequential], stride: int, rng: np.random.Generator) -> None:
    network = initialised(lay_out, rng=rng).double()
    form = fully_convolutional(network, side=31)
    photos = torch.from_numpy(rng.standard_normal((2, 3, 31 + 2 * stride, 31 + 3 * stride)))
    with torch.inference_mode():
        found = form(photos)
        assert found.shape == (2, 4, 3, 4)
        for i, j in np.ndindex(3, 4):
            crop = photos[:, :, i * stride : i * stride + 31, j * stride : j * stride + 31]
            np.testing.assert_allclose(found[:, :, i, j], network(crop), rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize(
    ("network", "side"),
    [
        (lambda: resnet(18, classes=5), 64),
        (lambda: resnet(50, classes=5), 64),
        (lambda: squeezenet(classes=5), 63),
        (lambda: mobilenet_v2(classes=5), 96),
        (lambda: initialised(_dense), 31),
    ],
)
def test_at_the_training_size_it_is_the_classifier(
    network: Callable[[], nn.Sequential], side: int, rng: np.random.Generator
) -> None:
    whole = network().double()
    photos = torch.from_numpy(rng.standard_normal((2, 3, side, side)))
    with torch.inference_mode():
        found, wanted = fully_convolutional(whole, side=side)(photos), whole(photos)
    assert found.shape == (*wanted.shape, 1, 1)
    scale = wanted.abs().max().item()
    np.testing.assert_allclose(found[..., 0, 0], wanted, rtol=1e-12, atol=1e-12 * scale)


CLASSIFIERS = ("alexnet", "vgg11", "vgg16", "resnet18", "resnet50", "resnet152", "squeezenet1_1", "mobilenet_v2")


@pytest.mark.parametrize("name", CLASSIFIERS)
def test_every_classifier_has_a_form_with_one_cell_at_224(name: str) -> None:
    form = fully_convolutional(ARCHITECTURES[name].network())
    photos = torch.empty((1, 3, 224, 224), device="meta")
    assert form(photos).shape == (1, 1000, 1, 1)
    assert form(torch.empty((1, 3, 288, 352), device="meta")).shape[:2] == (1, 1000)
    assert layers(form) == layers(ARCHITECTURES[name].network())


def test_alexnets_and_vggs_first_layer_covers_their_map() -> None:
    for name, kernel in (("alexnet", (4096, 256, 6, 6)), ("vgg16", (4096, 512, 7, 7))):
        state = fully_convolutional(ARCHITECTURES[name].network()).state_dict()
        key = "classifier.1.weight" if name == "alexnet" else "classifier.0.weight"
        assert state[key].shape == kernel
        assert state["classifier.6.weight"].shape == (1000, 4096, 1, 1)


def test_numbers_are_shared_and_keys_and_modes_kept() -> None:
    network = initialised(_dense).train()
    network.get_submodule("features").requires_grad_(False).eval()
    form = fully_convolutional(network, side=31)
    assert form.state_dict().keys() == network.state_dict().keys()
    assert form.training
    assert form.get_submodule("classifier.1").training
    assert network.training
    assert not form.get_submodule("features.0").training
    assert not form.get_parameter("features.0.weight").requires_grad
    with torch.no_grad():
        network.get_parameter("classifier.1.weight").mul_(2)
    for key, leaf in network.state_dict().items():
        assert torch.equal(form.state_dict()[key].flatten(), leaf.flatten())


@pytest.mark.parametrize(
    ("network", "message"),
    [
        (_dense, r"the layer 'avgpool' makes \(3, 3\) cells of \(5, 5\); wanted as many or one: name the side"),
        (
            lambda: nn.Sequential(nn.Conv2d(3, 2, 3), nn.Flatten(), nn.Linear(50, 2)),
            r"the layer '2' takes 50 numbers, the map before has \(2, 37, 37\); wanted them equal",
        ),
    ],
)
def test_another_size_is_refused(network: Callable[[], nn.Sequential], message: str) -> None:
    with pytest.raises(ModelError, match=message):
        fully_convolutional(initialised(network), side=39)


def test_a_classifier_of_grey_images_is_slid_too() -> None:
    form = fully_convolutional(lenet(), side=28, channels=1)
    with torch.inference_mode():
        assert form(torch.zeros((1, 1, 36, 60))).shape == (1, 10, 3, 9)
