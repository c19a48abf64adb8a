"""Maps in pixels by captum: each against what its own rule says on a network small enough to see through."""

from __future__ import annotations

import sys
from functools import partial
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from resight.errors import MissingExtra, ModelError
from resight.explain.classifiers.attribution import deconvnet, guided_backpropagation, occlusion, saliency, with_relus
from resight.nn.backbones.initialisation import initialise, materialise
from resight.nn.backbones.lenet import lenet
from resight.nn.backbones.mobilenet_v2 import mobilenet_v2
from resight.nn.backbones.resnet import resnet


class Six(nn.Module):
    """The same as a function, which nothing could hook."""

    def forward(self, maps: torch.Tensor) -> torch.Tensor:
        return nn.functional.relu6(maps)


@pytest.fixture
def network(rng: np.random.Generator) -> nn.Sequential:
    network = nn.Sequential(nn.Conv2d(3, 6, 3), nn.ReLU(), nn.Conv2d(6, 4, 3), nn.ReLU(), nn.Flatten())
    network.append(nn.Linear(4 * 6 * 6, 3))
    initialise(network, rng)
    return network.double().eval()


@pytest.fixture
def images(rng: np.random.Generator) -> torch.Tensor:
    return torch.from_numpy(rng.standard_normal((2, 3, 10, 10)))


@pytest.fixture
def captum() -> None:
    pytest.importorskip("captum", reason='needs captum: pip install "resight[explain]"')


@pytest.mark.usefixtures("captum")
def test_saliency_is_the_largest_slope_of_a_pixels_channels(network: nn.Sequential, images: torch.Tensor) -> None:
    leaf = images.clone().requires_grad_()
    network(leaf)[:, 1].sum().backward()
    assert leaf.grad is not None
    np.testing.assert_allclose(saliency(network, images, 1).detach(), leaf.grad.abs().amax(dim=1))


@pytest.mark.usefixtures("captum")
@pytest.mark.parametrize(("show", "gated"), [(guided_backpropagation, True), (deconvnet, False)])
def test_a_relu_lets_through_what_its_rule_says(
    network: nn.Sequential, images: torch.Tensor, show: object, gated: bool
) -> None:
    """Springenberg et al. 2014, figure 1: by the gradient's sign, and guided also by that of what entered."""
    first, _, second, _, _, last = network
    maps = first(images)
    inner = second(maps.relu())
    slope = last.weight[1].reshape(4, 6, 6).expand(2, -1, -1, -1).relu()
    slope = slope * (inner > 0) if gated else slope
    slope = nn.functional.conv_transpose2d(slope, second.weight).relu()
    slope = slope * (maps > 0) if gated else slope
    slow = nn.functional.conv_transpose2d(slope, first.weight).amax(dim=1)
    found = show(network, images, 1)  # type: ignore[operator]
    np.testing.assert_allclose(found.detach(), slow.detach(), atol=1e-12)


@pytest.mark.usefixtures("captum")
def test_occlusion_is_the_fall_of_the_score(network: nn.Sequential, images: torch.Tensor) -> None:
    found = occlusion(network, images, 2, window=5, stride=5)
    for top, left in np.ndindex(2, 2):
        hidden = images.clone()
        hidden[:, :, 5 * top : 5 * top + 5, 5 * left : 5 * left + 5] = 0
        fall = (network(images) - network(hidden))[:, 2].detach()
        inside = found[:, 5 * top : 5 * top + 5, 5 * left : 5 * left + 5]
        np.testing.assert_allclose(inside, fall[:, None, None].expand(-1, 5, 5), rtol=1e-6)  # captum sums in float32


@pytest.mark.usefixtures("captum")
def test_a_random_colour_is_that_of_its_generator(network: nn.Sequential, images: torch.Tensor) -> None:
    drawn = [
        occlusion(network, images, 2, window=5, stride=5, colour=torch.Generator().manual_seed(seed))
        for seed in (0, 0, 1)
    ]
    np.testing.assert_array_equal(drawn[0], drawn[1])
    assert not torch.equal(drawn[0], drawn[2])
    hidden = images.clone()
    hidden[:, :, :5, :5] = torch.randn(1, 3, 1, 1, generator=torch.Generator().manual_seed(0)).double()
    fall = (network(images) - network(hidden))[:, 2].detach()
    np.testing.assert_allclose(drawn[0][:, 0, 0], fall, rtol=1e-6)


def test_every_relu_becomes_a_layer_and_the_network_stays_the_same(rng: np.random.Generator) -> None:
    """Those of a residual unit are functions, which nothing could hook."""
    network = resnet(18, classes=4, device="meta")
    materialise(network)
    initialise(network, rng)
    changed = with_relus(network.eval())
    photo = torch.from_numpy(rng.standard_normal((1, 3, 64, 64), dtype=np.float32))
    with torch.inference_mode():
        np.testing.assert_array_equal(changed(photo), network(photo))
    assert sum(isinstance(module, nn.ReLU) for module in changed.modules()) >= 17
    assert not any(node.target is torch.relu for node in changed.graph.nodes)  # type: ignore[union-attr]


@pytest.mark.usefixtures("captum")
@pytest.mark.parametrize(("show", "gated"), [(guided_backpropagation, True), (deconvnet, False)])
@pytest.mark.parametrize("six", [nn.ReLU6(), Six()])
def test_a_relu6_is_a_relu_with_a_ceiling(
    images: torch.Tensor, rng: np.random.Generator, show: Any, gated: bool, six: nn.Module
) -> None:
    """By the same rules; where the ceiling is reached, nothing changes with the photo, and nothing comes back."""
    layers = nn.Sequential(nn.Conv2d(3, 6, 3), six, nn.Flatten(), nn.Linear(6 * 8 * 8, 3))
    initialise(layers, rng)
    first, _, _, last = layers.double().eval()
    with torch.no_grad():
        first.weight *= 4
    maps = first(images)
    assert (maps > 6).any()
    slope = last.weight[1].reshape(6, 8, 8).expand(2, -1, -1, -1) * (maps <= 6)
    slope = slope.relu() * ((maps > 0) if gated else 1)
    slow = nn.functional.conv_transpose2d(slope, first.weight).amax(dim=1)
    np.testing.assert_allclose(show(layers, images, 1).detach(), slow.detach(), atol=1e-12)


@pytest.mark.usefixtures("captum")
def test_of_a_mobilenet_guided_back_propagation_is_no_plain_gradient(rng: np.random.Generator) -> None:
    network = mobilenet_v2(classes=4, rng=rng)
    photo = torch.from_numpy(rng.standard_normal((1, 3, 64, 64), dtype=np.float32))
    leaf = photo.clone().requires_grad_()
    (slope,) = torch.autograd.grad(network(leaf)[:, 2].sum(), leaf)
    found = guided_backpropagation(network, photo, 2)
    assert float((found - slope.amax(dim=1)).abs().max()) > 0.1 * float(found.abs().max())
    changed = with_relus(network)
    assert not any(isinstance(changed.get_submodule(str(node.target)), nn.ReLU6) for node in _layers(changed))
    with torch.inference_mode():
        np.testing.assert_array_equal(changed(photo), network(photo))


def _layers(network: Any) -> list[Any]:
    return [node for node in network.graph.nodes if node.op == "call_module"]


@pytest.mark.usefixtures("captum")
def test_grey_images_have_maps_too(rng: np.random.Generator) -> None:
    network = lenet(rng=rng)
    images = torch.from_numpy(rng.random((2, 1, 28, 28), dtype=np.float32))
    colour = torch.Generator().manual_seed(0)
    for found in (
        saliency(network, images, 3),
        guided_backpropagation(network, images, 3),
        deconvnet(network, images, 3),
        occlusion(network, images, 3, window=7, stride=7),
        occlusion(network, images, 3, window=7, stride=7, colour=colour),
    ):
        assert found.shape == (2, 28, 28)
        assert found.any()


@pytest.mark.usefixtures("captum")
@pytest.mark.parametrize("show", [saliency, guided_backpropagation, deconvnet, partial(occlusion, window=3, stride=3)])
def test_norms_in_training_do_not_follow_what_is_explained(images: torch.Tensor, show: Any) -> None:
    network = nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.ReLU(), nn.Flatten(), nn.Linear(256, 3))
    initialise(network, np.random.default_rng(0))
    network.double().train()[0].eval()
    found = show(network, images, 0)
    assert [layer.training for layer in network] == [False, True, True, True, True]
    np.testing.assert_array_equal(network[1].running_mean, 0)
    np.testing.assert_array_equal(found.detach(), show(network.eval(), images, 0).detach())


def test_a_network_without_a_relu_is_refused() -> None:
    with pytest.raises(ModelError, match=r"has no ReLU, .*: use Grad-CAM or saliency"):
        with_relus(nn.Sequential(nn.Conv2d(3, 2, 3), nn.SiLU()))


def test_a_network_that_decides_by_its_numbers_is_refused() -> None:
    class Fickle(nn.Module):
        def forward(self, images: torch.Tensor) -> torch.Tensor:
            return images if images.sum() > 0 else -images

    with pytest.raises(ModelError, match=r"graph cannot be followed .*: use Grad-CAM or saliency"):
        with_relus(Fickle())


def test_without_captum_the_extra_is_named(
    network: nn.Sequential, images: torch.Tensor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "captum", None)
    with pytest.raises(MissingExtra, match=r'needs captum: pip install "resight\[explain\]"'):
        saliency(network, images, 0)
