"""Networks by name, cut where one is told to, from photos to maps."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn

from resight.errors import ModelError
from resight.nn.backbones.resnet_v2 import resnet_v2
from resight.nn.networks import architectures
from resight.nn.networks.architectures import Architecture, PhotoNetwork
from resight.types import Preprocess

STEM = ("bn_in", "conv0", "bn0", "relu0", "pool0")
NAMES = (*STEM, "stage1.0", "stage1.1", "stage1", "stage2.0", "stage2", "bn_out", "relu_out")


@pytest.fixture
def network() -> nn.Sequential:
    return resnet_v2((2, 1), 4)


@pytest.fixture
def photos(rng: np.random.Generator) -> torch.Tensor:
    return torch.from_numpy(rng.standard_normal((2, 3, 40, 56), dtype=np.float32))


def test_layers_are_named_in_order(network: nn.Sequential) -> None:
    assert architectures.layers(network) == NAMES


@pytest.mark.parametrize("layer", NAMES)
def test_a_cut_network_gives_what_the_whole_one_has_at_that_layer(
    layer: str, network: nn.Sequential, photos: torch.Tensor
) -> None:
    seen: list[torch.Tensor] = []
    network.get_submodule(layer).register_forward_hook(lambda *call: seen.append(call[2]))
    with torch.inference_mode():
        network(photos)
        wanted = seen[0]
        found = architectures.cut(network, layer)(photos)
    assert torch.equal(found, wanted)
    assert found.is_contiguous()


def test_the_last_unit_of_a_stage_is_the_stage(network: nn.Sequential) -> None:
    assert (
        architectures.cut(network, "stage1.1").state_dict().keys()
        == architectures.cut(network, "stage1").state_dict().keys()
    )


def test_a_cut_network_shares_weights_and_keeps_keys(network: nn.Sequential) -> None:
    part = architectures.cut(network, "stage1.0")
    whole = network.state_dict(keep_vars=True)
    assert all(whole[key] is leaf for key, leaf in part.state_dict(keep_vars=True).items())
    assert [name for name in whole if name.startswith(("stage1.1", "stage2", "bn_out"))] == [
        name for name in whole if name not in part.state_dict()
    ]


@pytest.mark.parametrize("layer", NAMES)
def test_what_lies_behind_a_cut_is_the_rest(layer: str, network: nn.Sequential, photos: torch.Tensor) -> None:
    front, rest = architectures.cut(network, layer), architectures.behind(network, layer)
    with torch.inference_mode():
        assert torch.equal(rest(front(photos)), network(photos))
    whole = network.state_dict(keep_vars=True)
    parts = front.state_dict(keep_vars=True) | rest.state_dict(keep_vars=True)
    assert whole.keys() == parts.keys()
    assert all(whole[key] is leaf for key, leaf in parts.items())
    assert architectures.behind(network.train(), layer).training


def test_a_cut_network_stays_in_its_mode(network: nn.Sequential) -> None:
    assert not architectures.cut(network, "stage1").training
    assert architectures.cut(network.train(), "stage1").training


def test_cutting_does_not_thaw_what_is_frozen(network: nn.Sequential) -> None:
    """In training, its norms keep the statistics that they have."""
    network.train()
    for module in network.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.eval()
    before = [module.training for module in network.modules()]
    for layer in ("stage2.0", "stage2"):
        assert architectures.cut(network, layer).training
        assert architectures.behind(network, layer).training
        assert [module.training for module in network.modules()] == before


@pytest.mark.parametrize(("layer", "near"), [("stage2.1", "stage2.0"), ("stag2", "stage2"), ("bnout", "bn_out")])
def test_an_unknown_layer_is_refused_with_a_suggestion(layer: str, near: str, network: nn.Sequential) -> None:
    with pytest.raises(
        ModelError, match=rf"no layer is called '{layer}'; did you mean '{near}'\?; wanted one of bn_in"
    ):
        architectures.cut(network, layer)


def test_an_unknown_architecture_is_refused_with_a_suggestion() -> None:
    with pytest.raises(ModelError, match=r"no architecture is called 'resnet5O'; did you mean 'resnet50'\?"):
        architectures.architecture("resnet5O")


def test_the_public_architecture_is_whole() -> None:
    plan = architectures.architecture("resnet50v2")
    names = architectures.layers(plan.network())
    assert plan.layer in names
    assert {"stage2", "stage3", "bn_out", "stage3.2", "stage3.5"} <= set(names)


def _plan() -> Architecture:
    return Architecture(lambda: resnet_v2((2, 1), 4), "relu_out", ("fc.",), *architectures.IMAGENET)


def test_building_leaves_over_what_lies_behind_the_cut(network: nn.Sequential) -> None:
    state = network.state_dict() | {"fc.weight": torch.ones(1)}
    part, unused = architectures.build(_plan(), state, layer="stage1.0")
    assert torch.equal(part.get_parameter("conv0.weight"), network.get_parameter("conv0.weight"))
    behind = {key for key in network.state_dict() if key.startswith(("stage1.1", "stage2", "bn_out"))}
    assert set(unused) == behind | {"fc.weight"}
    assert not part.training


def test_building_refuses_an_unknown_unit_of_a_known_stage(network: nn.Sequential) -> None:
    state = network.state_dict() | {"stage1.7.conv1.weight": torch.ones(1)}
    with pytest.raises(ModelError, match=r"'stage1\.7\.conv1\.weight' is not part of the network"):
        architectures.build(_plan(), state, layer="stage1.0")


def test_a_shorter_file_is_enough_for_a_shorter_network(network: nn.Sequential) -> None:
    state = architectures.cut(network, "stage1").state_dict()
    part, unused = architectures.build(_plan(), state, layer="stage1")
    assert unused == ()
    assert part.state_dict().keys() == state.keys()


def test_weights_of_another_architecture_are_told_by_its_name() -> None:
    """A larger network's leaves are all there, and more; two of one form are both named."""
    for name, others in {"resnet34": "resnet34", "mobilenet_v2": "mobilenet_v2 and mobilenet_v2_tf"}.items():
        state = architectures.architecture(name).network().state_dict()
        with pytest.raises(ModelError, match=f"weights are those of another network; they fit {others}: name that"):
            architectures.build(architectures.architecture("resnet18"), state, layer="layer1")


def test_weights_of_no_architecture_are_told_by_their_leaves(network: nn.Sequential) -> None:
    state = network.state_dict()
    del state["conv0.weight"]
    with pytest.raises(ModelError, match=r"the weights do not fit the network: 'conv0\.weight' is missing"):
        architectures.build(_plan(), state, layer="stage1")


def test_photos_are_normalised_inside() -> None:
    """(x / 255 − mean) / std, by hand: (51/255 − .2) / .5 = 0, (255/255 − .5) / .25 = 2, (0 − .4) / .2 = −2."""
    module = PhotoNetwork(nn.Sequential(), Preprocess(mean=(0.2, 0.5, 0.4), std=(0.5, 0.25, 0.2)))
    photo = np.array([51, 255, 0], np.uint8).reshape(1, 1, 1, 3)
    maps = architectures.run(module, np.broadcast_to(photo, (2, 4, 5, 3)))
    assert maps.shape == (2, 3, 4, 5)
    assert maps.dtype == np.float32
    np.testing.assert_allclose(maps[1, :, 3, 4], [0, 2, -2], atol=1e-6)


def test_normalisation_is_no_part_of_the_weights(network: nn.Sequential) -> None:
    keys = PhotoNetwork(network, Preprocess()).state_dict().keys()
    assert keys == {f"network.{key}" for key in network.state_dict()}


@pytest.mark.parametrize(("layer", "channels", "stride"), [("conv0", 4, 2), ("pool0", 4, 4), ("stage2", 32, 8)])
def test_channels_and_stride_are_measured(layer: str, channels: int, stride: int, network: nn.Sequential) -> None:
    assert architectures.measure(architectures.cut(network, layer)) == (channels, stride)


def test_a_photo_of_any_size_has_a_cell_where_kernels_are_padded(network: nn.Sequential) -> None:
    assert architectures.smallest(network) == 1


@pytest.mark.parametrize("side", [2, 7, 63])
def test_the_smallest_photo_is_as_large_as_an_unpadded_kernel(side: int) -> None:
    assert architectures.smallest(nn.Sequential(nn.Conv2d(3, 1, side))) == side
