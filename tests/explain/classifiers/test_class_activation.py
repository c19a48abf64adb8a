"""Grad-CAM against loops over finite differences, and against the closed form of a cosine; CAM where both are one."""

from __future__ import annotations

from collections import OrderedDict
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional as F

from resight.errors import ModelError
from resight.explain.classifiers.class_activation import cam, grad_cam, recorded
from resight.explain.similarity_map import grad_cam as closed
from resight.explain.similarity_map import gradient
from resight.features.aggregate import gem
from resight.features.head import head
from resight.features.normalisation import unit
from resight.features.pullback import pullback
from resight.nn.backbones.initialisation import initialised
from resight.nn.backbones.squeezenet import squeezenet
from resight.types import Head


def _lay_out() -> nn.Sequential:
    features = nn.Sequential(nn.Conv2d(3, 5, 3), nn.ReLU(), nn.Conv2d(5, 6, 3), nn.ReLU(inplace=True))
    return nn.Sequential(
        OrderedDict(features=features, avgpool=nn.AdaptiveAvgPool2d(1), flatten=nn.Flatten(), fc=nn.Linear(6, 4))
    )


@pytest.fixture
def network(rng: np.random.Generator) -> nn.Sequential:
    return initialised(_lay_out, rng=rng).double()


@pytest.fixture
def images(rng: np.random.Generator) -> torch.Tensor:
    return torch.from_numpy(rng.standard_normal((2, 3, 11, 9)))


def test_grad_cam_is_the_loop(network: nn.Sequential, images: torch.Tensor) -> None:
    """Equations 1 and 2 of Shi 2018, with the gradient by differences of the scores behind the map."""
    found = grad_cam(network, images, 2, layer="features")
    assert found.shape == (2, 7, 5)
    with torch.no_grad():
        maps = network.features(images)
        for photo, one in enumerate(maps):
            slow = torch.zeros(7, 5)
            for channel in range(6):
                total = 0.0
                for i, j in np.ndindex(7, 5):
                    ends = []
                    for step in (1e-4, -1e-4):
                        moved = one.clone()
                        moved[channel, i, j] += step
                        ends.append(network.fc(moved.mean(dim=(1, 2)))[2])
                    total += float(ends[0] - ends[1]) / 2e-4
                slow += total / 35 * one[channel]
            np.testing.assert_allclose(found[photo], slow.clamp_min(0), rtol=1e-6, atol=1e-9)


def test_any_number_may_be_explained(network: nn.Sequential, images: torch.Tensor) -> None:
    both = grad_cam(network, images, lambda rows: rows[:, 0] - rows[:, 1], layer="features")
    assert both.shape == (2, 7, 5)
    one = grad_cam(network, images, lambda rows: rows[:, 3], layer="features")
    np.testing.assert_array_equal(one, grad_cam(network, images, 3, layer="features"))


def test_of_a_mean_and_a_linear_layer_cam_is_grad_cam_before_its_relu(
    network: nn.Sequential, images: torch.Tensor
) -> None:
    """``∂y/∂A = w / Z``, so that the two differ by the number of positions (Selvaraju et al. 2017, section 3.1)."""
    raw = cam(network, images, 1, layer="features")
    np.testing.assert_allclose(raw.clamp_min(0) / 35, grad_cam(network, images, 1, layer="features"), atol=1e-12)
    with torch.no_grad():
        np.testing.assert_allclose(raw.mean(dim=(1, 2)) + network.fc.bias[1], network(images)[:, 1])


def test_of_a_cosine_it_is_the_closed_form(
    network: nn.Sequential, images: torch.Tensor, rng: np.random.Generator
) -> None:
    row = unit(rng.random(6))

    def cosine(maps: torch.Tensor) -> torch.Tensor:
        return head(gem(maps.flatten(2).mT), Head()) @ torch.from_numpy(row)

    found = grad_cam(network.features, images, cosine, layer="3")
    for maps, one in zip(network.features(images).detach().numpy(), found.numpy(), strict=True):
        values = maps.reshape(6, -1).T
        slopes = gradient(values, gem(values), row, pullback=pullback("gem"), settings=Head())
        np.testing.assert_allclose(closed(values, slopes), one.ravel(), rtol=1e-6, atol=1e-12)


def test_nothing_is_left_behind(network: nn.Sequential, images: torch.Tensor) -> None:
    before = {key: value.clone() for key, value in network.state_dict().items()}
    with torch.no_grad():
        grad_cam(network, images, 0, layer="features.1")
    assert all(leaf.grad is None for leaf in network.parameters())
    assert not images.requires_grad
    assert all(torch.equal(value, before[key]) for key, value in network.state_dict().items())
    assert not network.features[1]._forward_hooks


def test_a_map_of_a_batch_is_that_of_each(network: nn.Sequential, images: torch.Tensor) -> None:
    together = grad_cam(network, images, 0, layer="features")
    apart = torch.cat([grad_cam(network, image[None], 0, layer="features") for image in images])
    np.testing.assert_allclose(together, apart, atol=1e-12)


@pytest.mark.parametrize(
    ("layer", "target", "message"),
    [
        ("features", 4, "class 4 does not exist: the network has 4 classes"),
        ("features.9", 0, "no layer is called 'features.9'; wanted one of features, "),
        ("fc", 0, "'fc' gives no map"),
    ],
)
def test_what_cannot_be_explained_is_told(
    network: nn.Sequential, images: torch.Tensor, layer: str, target: Any, message: str
) -> None:
    with pytest.raises(ModelError, match=message):
        grad_cam(network, images, target, layer=layer)


def test_cam_is_for_a_mean_and_a_linear_layer(network: nn.Sequential, images: torch.Tensor) -> None:
    with pytest.raises(ModelError, match=r"CAM wants one linear layer of the mean of the 5 channels"):
        cam(network, images, 0, layer="features.0")
    with pytest.raises(ModelError, match="class 7 does not exist"):
        cam(network, images, 7, layer="features")


def test_cam_wants_its_identity_and_not_only_as_many_channels(rng: np.random.Generator) -> None:
    """Zhou et al. 2016, section 2: the mean of the map, and the bias, are the score."""
    features = nn.Sequential(nn.Conv2d(3, 6, 3), nn.ReLU(), nn.Conv2d(6, 6, 3), nn.ReLU())
    parts = OrderedDict(features=features, pool=nn.AdaptiveMaxPool2d(1), flatten=nn.Flatten(), fc=nn.Linear(6, 4))
    photos = torch.from_numpy(rng.standard_normal((2, 3, 11, 9), dtype=np.float32))
    network = initialised(lambda: nn.Sequential(parts), rng=rng)
    with pytest.raises(ModelError, match=r"a map whose mean and bias are .* off the score: use Grad-CAM, or name"):
        cam(network, photos, 0, layer="features")
    network.pool = nn.AdaptiveAvgPool2d(1)
    found = cam(network, photos, 0, layer="features")
    with torch.no_grad():
        np.testing.assert_allclose(found.mean(dim=(1, 2)) + network.fc.bias[0], network(photos)[:, 0], rtol=1e-5)
    with pytest.raises(ModelError, match="off the score"):
        cam(network, photos, 0, layer="features.1")


def test_where_the_means_are_the_scores_a_class_has_its_own_map(rng: np.random.Generator) -> None:
    """As in SqueezeNet, whose classifier is a convolution."""
    network = squeezenet(classes=7, rng=rng)
    photos = torch.from_numpy(rng.standard_normal((2, 3, 70, 90), dtype=np.float32))
    found = cam(network, photos, 5, layer="classifier.2")
    with torch.no_grad():
        np.testing.assert_array_equal(found, network.classifier[:3](network.features(photos))[:, 5])
        np.testing.assert_allclose(found.mean(dim=(1, 2)), network(photos)[:, 5], rtol=1e-5)
    with pytest.raises(ModelError, match="off the score"):
        cam(network, photos, 5, layer="classifier.1")  # in front of the ReLU


def test_cam_takes_no_gradient(network: nn.Sequential, images: torch.Tensor, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("cam went back through the network")

    monkeypatch.setattr(torch.autograd, "grad", refuse)
    monkeypatch.setattr(torch.Tensor, "backward", refuse)
    assert not cam(network, images, 1, layer="features").requires_grad


def test_an_activation_in_place_does_not_spoil_the_map(network: nn.Sequential, images: torch.Tensor) -> None:
    maps, _ = recorded(network, images, 0, layer="features.2")
    assert (maps < 0).any()
    np.testing.assert_array_equal(F.relu(maps), recorded(network, images, 0, layer="features.3")[0])
