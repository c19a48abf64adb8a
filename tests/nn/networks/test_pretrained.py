"""Whole networks with weights of a folder, and a classifier drawn anew."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from resight.errors import ModelError
from resight.nn.backbones.squeezenet import squeezenet
from resight.nn.networks import weights
from resight.nn.networks.architectures import cut
from resight.nn.networks.pretrained import DEVIATION, classifier, reclassified, weight_file, whole


@pytest.mark.parametrize(
    ("file", "name"),
    [
        ("alexnet-owt-7be5be79.pth", "alexnet"),
        ("resnet152-394f9c45.pth", "resnet152"),
        ("squeezenet1_1_imagenet.safetensors", "squeezenet1_1"),
        ("mobilenetv2_tf_imagenet.safetensors", "mobilenet_v2_tf"),
        ("mobilenet_v2-b0353104.pt", "mobilenet_v2"),
        ("resnet50v2_stage3.safetensors", "resnet50v2"),
    ],
)
def test_a_file_belongs_to_the_network_it_is_named_after(file: str, name: str, tmp_path: Path) -> None:
    (tmp_path / file).touch()
    (tmp_path / "readme.txt").touch()
    assert weight_file(tmp_path, name) == tmp_path / file
    others = {"alexnet", "resnet50", "resnet152", "mobilenet_v2", "squeezenet1_1"} - {name}
    assert [weight_file(tmp_path, other) for other in others] == [None] * len(others)


def test_a_folder_that_is_missing_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="there is no folder"):
        weight_file(tmp_path / "nowhere", "alexnet")


def test_a_file_gives_the_whole_network(tmp_path: Path) -> None:
    network = squeezenet(rng=np.random.default_rng(3))
    weights.write(network, tmp_path / "squeezenet1_1.safetensors")
    found = whole("squeezenet1_1", tmp_path / "squeezenet1_1.safetensors")
    photo = torch.rand(1, 3, 64, 64)
    assert torch.equal(found(photo), network(photo))
    assert found(photo).shape == (1, 1000)


def test_without_a_file_the_generator_decides() -> None:
    first, again, other = (whole("resnet18", rng=np.random.default_rng(seed)) for seed in (1, 1, 2))
    leaves = [network.get_parameter("layer1.0.conv1.weight") for network in (first, again, other)]
    assert torch.equal(leaves[0], leaves[1])
    assert not torch.equal(leaves[0], leaves[2])


@pytest.mark.parametrize("name", ["resnet18", "squeezenet1_1", "mobilenet_v2"])
def test_only_the_classifier_is_drawn_anew(name: str) -> None:
    network = whole(name)
    before = {key: leaf.clone() for key, leaf in network.state_dict().items()}
    state = torch.get_rng_state()
    reclassified(network, 7, rng=np.random.default_rng(0))
    assert torch.equal(torch.get_rng_state(), state)
    assert network(torch.rand(2, 3, 64, 64)).shape == (2, 7)
    changed = {key for key, leaf in network.state_dict().items() if not torch.equal(leaf, before[key])}
    assert {key.rpartition(".")[2] for key in changed} == {"weight", "bias"}
    assert len(changed) == 2
    fresh = next(network.get_parameter(key) for key in changed if key.endswith("weight"))
    assert fresh.std().item() == pytest.approx(DEVIATION, rel=0.1)


def test_a_network_without_a_classifier_is_refused() -> None:
    with pytest.raises(ModelError, match="no linear layer and no convolution"):
        reclassified(nn.Sequential(nn.ReLU()), 2, rng=np.random.default_rng(0))
    with pytest.raises(ModelError, match=r"kernel of \(3, 3\); wanted \(1, 1\)"):
        reclassified(nn.Sequential(nn.Conv2d(3, 4, 3)), 2, rng=np.random.default_rng(0))


@pytest.mark.parametrize(("name", "classes"), [("resnet18", 5), ("squeezenet1_1", 7), ("mobilenet_v2", 1000)])
def test_a_classifier_has_the_classes_of_its_file(tmp_path: Path, name: str, classes: int) -> None:
    made = whole(name)
    if classes != 1000:
        reclassified(made, classes, rng=np.random.default_rng(1))
    weights.write(made, tmp_path / "own.safetensors")
    network = classifier(name, tmp_path / "own.safetensors")
    assert not network.training
    photo = torch.randn(1, 3, 64, 64, generator=torch.Generator().manual_seed(0))
    with torch.inference_mode():
        np.testing.assert_array_equal(network(photo), made(photo))
    assert network(photo).shape == (1, classes)


def test_what_is_no_classifier_is_refused(tmp_path: Path) -> None:
    weights.write(whole("squeezenet1_1"), tmp_path / "squeezed.safetensors")
    with pytest.raises(ModelError, match="house ends in a feature map; wanted a network with a classifier, such as"):
        classifier("house", tmp_path / "squeezed.safetensors")
    with pytest.raises(ModelError, match="those of another network; they fit squeezenet1_1: name that architecture"):
        classifier("resnet18", tmp_path / "squeezed.safetensors")


def test_a_file_without_a_classifier_is_told_by_what_it_lacks(tmp_path: Path) -> None:
    """It is of this architecture, and fits it where it is cut as an encoder."""
    weights.write(cut(whole("resnet18"), "layer4"), tmp_path / "cut.safetensors")
    with pytest.raises(ModelError, match=r"the weights do not fit the network: 'fc\.weight' is missing"):
        classifier("resnet18", tmp_path / "cut.safetensors")
